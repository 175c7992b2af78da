"""pgcodesearch shards."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.terminal import say


@click.group("shards")
def command() -> None:
    """Several databases searched as one: add them, see them, move repositories between them."""


@command.command("status")
@json_option
def status(as_json: bool) -> None:
    """The shards of this coordinator: do they answer, what do they hold, with which model."""
    from pgcodesearch.database import connect
    from pgcodesearch.sharding.states import shard_states

    with connect(database(), autocommit=True) as connection:
        rows = shard_states(connection)
    if as_json:
        print_json(rows)
    elif not rows:
        say("this database has no shards: it answers from its own repositories")
    else:
        columns = [
            "shard",
            "state",
            "repositories",
            "files",
            "chunks",
            "pending",
            "coverage",
            "model",
            "database_url",
        ]
        print_table(rows, columns)
        for row in rows:
            for problem in row["problems"]:
                say(f"{row['shard']}: {problem}", err=True)
    if any(row["problems"] for row in rows):
        click.get_current_context().exit(1)


@command.command("add")
@click.argument("name")
@click.argument("url")
@json_option
def add(name: str, url: str, as_json: bool) -> None:
    """Let this database, the coordinator, ask the one at URL too, under NAME.

    The coordinator has no repositories of its own and is on a server with PL/Proxy. The first shard may be in use
    already; further ones are empty.
    """
    from pgcodesearch.database import resolve_url
    from pgcodesearch.sharding.coordinator import add_shard

    added = add_shard(resolve_url(database()), name, url)
    if as_json:
        print_json(
            {"shard": added.name, "shard_number": added.shard_number, "database_url": added.database_url}
        )
    else:
        say(f"{added.name} is shard {added.shard_number}")


@command.command("move")
@click.argument("repository")
@click.argument("shard")
@click.option("--grace", type=click.FloatRange(0), default=10.0, show_default=True, metavar="SECONDS",
              help="How long the old shard keeps the files for searches that have begun.")  # fmt: skip
@json_option
def move(repository: str, shard: str, grace: float, as_json: bool) -> None:
    """Move REPOSITORY to SHARD while it is searched and written. Run again, an interrupted move goes on."""
    from dataclasses import asdict

    from pgcodesearch.cli._progress import make_progress
    from pgcodesearch.database import resolve_url
    from pgcodesearch.sharding.moving import move_repository

    with make_progress(as_json) as progress:
        done = move_repository(resolve_url(database()), repository, shard, progress.count, grace)
    if as_json:
        print_json(asdict(done))
    elif done.source == done.target:
        say(f"{repository} is in {shard}")
    else:
        say(f"{repository}: {done.files} files from {done.source} to {done.target},"
            f" writers waited for {done.held_seconds:.1f} s")  # fmt: skip
