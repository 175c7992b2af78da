"""pgcodesearch rankers."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.terminal import say

_RANKERS = """
    select r.name, r.status, m.name as model, r.created_at, r.metrics #>> '{held_out,all,0}' as before,
           r.metrics #>> '{held_out,all,1}' as held_out, r.metrics #>> '{gate,reason}' as gate
    from codesearch.ranker r left join codesearch.model_version m using (model_version_id)
    order by r.ranker_id
"""


@click.group("rankers", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the rankers that were tuned; without an active one the one that ships answers."""
    if context.invoked_subcommand:
        return
    from psycopg.rows import dict_row

    from pgcodesearch.database import connect

    with connect(database(), row_factory=dict_row, autocommit=True) as connection:
        rows = connection.execute(_RANKERS).fetchall()
    if as_json:
        print_json(rows)
        return
    if not any(row["status"] == "active" for row in rows):
        say("the ranker that ships answers")
    if rows:
        print_table(rows, ["name", "status", "model", "before", "held_out", "gate"])


@command.command("activate")
@click.argument("name", required=False)
@click.option("--shipped", is_flag=True, help="The one that ships.")
@click.option("--reason", help="Kept with the switch.")
@click.option("--force", is_flag=True, help="Even one that the gate refused.")
def activate(name: str | None, shipped: bool, reason: str | None, force: bool) -> None:
    """Let the ranker NAME answer, at once."""
    from pgcodesearch.database import connect
    from pgcodesearch.database.errors import mapped_errors

    if (name is None) != shipped:
        raise click.UsageError("give the name of a ranker, or --shipped")
    with connect(database(), autocommit=True) as connection, mapped_errors():
        connection.execute("select codesearch.activate_ranker(%s, %s, %s)", [name, reason, force])
    say(f"{name or 'the ranker that ships'} answers")


@command.command("rollback")
def rollback() -> None:
    """Undo the newest switch of the ranker; again to go further back."""
    from pgcodesearch.database import connect
    from pgcodesearch.database.errors import mapped_errors

    with connect(database(), autocommit=True) as connection, mapped_errors():
        row = connection.execute("select codesearch.rollback_ranker()").fetchone()
    say(f"{(row and row[0]) or 'the ranker that ships'} answers")
