"""pgcodesearch maintain."""

from __future__ import annotations

from dataclasses import asdict

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table


@click.command("maintain")
@click.option("--rebuild", is_flag=True, help="Rebuild the vector indexes, whatever their recall.")
@click.option("--webhook", metavar="URL", envvar="PGCODESEARCH_WEBHOOK", show_envvar=True,
              help="Post the alerts that wait there, as JSON. A secret: better in the environment.")  # fmt: skip
@json_option
@click.pass_context
def command(context: click.Context, rebuild: bool, webhook: str | None, as_json: bool) -> None:
    """Do all that has to be done now and then: for system cron, where pg_cron does not.

    Refreshes the inverted index, prunes logs, queues what lacks a vector, measures drift and the recall of the
    vector indexes, and rebuilds those below maintenance.min_recall. Searches and workers go on meanwhile. Exit code 1
    where a step failed, or the webhook took no alerts: they wait for the next run.
    """
    from pgcodesearch.operating.maintaining import maintain
    from pgcodesearch.operating.webhook import Webhook

    receiver = Webhook(webhook) if webhook else None
    steps = [asdict(step) for step in maintain(database(), rebuild, receiver)]
    if as_json:
        print_json(steps)
    else:
        print_table(steps, ["step", "ok", "outcome", "duration_ms"])
    if not all(step["ok"] for step in steps):
        context.exit(1)
