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

    A --database given here is written into the hooks.
    """
    from pgcodesearch.indexing.hooks import install_hooks

    for hook in install_hooks(path.resolve(), repository, database()):
        say(f"installed {hook}")


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
