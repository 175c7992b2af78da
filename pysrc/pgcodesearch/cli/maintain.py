"""pgcodesearch maintain."""

from __future__ import annotations

from dataclasses import asdict

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table


@click.command("maintain")
@click.option("--rebuild", is_flag=True, help="Rebuild the vector indexes, whatever their recall.")
@json_option
@click.pass_context
def command(context: click.Context, rebuild: bool, as_json: bool) -> None:
    """Do all that has to be done now and then: for system cron, where pg_cron does not.

    Refreshes the inverted index, prunes logs, queues what lacks a vector, measures the recall of the vector indexes
    and rebuilds those below maintenance.min_recall. Searches and workers go on meanwhile. Exit code 1 where a
    step failed.
    """
    from pgcodesearch.operating.maintaining import maintain

    steps = [asdict(step) for step in maintain(database(), rebuild)]
    if as_json:
        print_json(steps)
    else:
        print_table(steps, ["step", "ok", "outcome", "duration_ms"])
    if not all(step["ok"] for step in steps):
        context.exit(1)
