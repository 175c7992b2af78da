"""pgcodesearch hook."""

from __future__ import annotations

from pathlib import Path

import click

from pgcodesearch.cli._context import database
from pgcodesearch.terminal import say


@click.group("hook")
def command() -> None:
    """Let git index a work tree after every commit, merge and checkout."""


@command.command("install")
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@click.option("--repository", metavar="NAME", help="Name to index under; default: the work tree's folder.")
def install(path: Path, repository: str | None) -> None:
    """Add the hooks to the work tree that holds PATH; what its hooks do already is kept. Harmless when repeated.

    A --database given here is written into the hooks, but not its password: that is looked up where the hooks run, in
    ~/.pgpass, PGPASSWORD or a connection service (service=NAME). Hooks that are links, programs or shared with other
    repositories are left alone.
    """
    from pgcodesearch.database import without_password
    from pgcodesearch.indexing.hooks import install_hooks

    url = database()
    for hook in install_hooks(path.resolve(), repository, url):
        say(f"installed {hook}")
    if url and without_password(url) != url:
        say("the password is not written into them: put it into ~/.pgpass, or set PGPASSWORD where git runs")


@command.command("remove")
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
def remove(path: Path) -> None:
    """Take the hooks out of the work tree that holds PATH; what else its hooks do is kept."""
    from pgcodesearch.indexing.hooks import remove_hooks

    changed = remove_hooks(path.resolve())
    for hook in changed:
        say(f"removed from {hook}")
    if not changed:
        say("nothing was installed")
