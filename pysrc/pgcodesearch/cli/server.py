"""pgcodesearch server."""

from __future__ import annotations

import os

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say


@click.group("server")
def command() -> None:
    """Start, stop, name or query the embedded server.

    Its folder is PGCODESEARCH_HOME, by default the user's data folder. It listens on a unix socket only.
    """


@command.command("start")
@json_option
def start(as_json: bool) -> None:
    """Start the embedded server if it does not run, and print its URL."""
    from pgcodesearch.database import embedded

    _print_url(embedded.ensure_running(), as_json)


@command.command("url")
@json_option
def url(as_json: bool) -> None:
    """Print the embedded server's URL, for psql and other programs; starts nothing."""
    from pgcodesearch.database.embedded import EmbeddedServer
    from pgcodesearch.home import home

    _print_url(EmbeddedServer(home()).url, as_json)


@command.command("stop")
def stop() -> None:
    """Stop the embedded server; its data stay."""
    from pgcodesearch.database import embedded

    say("stopped" if embedded.stop() else "was not running")


@command.command("psql", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database; ARGUMENTS go to psql.

    \b
    pgcodesearch server psql -c "select * from codesearch.index_status"
    """
    from pgcodesearch.database import resolve_url
    from pgcodesearch.database.embedded_programs import client_program

    program = client_program("psql")
    os.execv(program, [program, "-d", resolve_url(database()), *arguments])


def _print_url(address: str, as_json: bool) -> None:
    if as_json:
        print_json({"database_url": address})
    else:
        say(address)
