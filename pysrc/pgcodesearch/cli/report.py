"""pgcodesearch report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table


@click.group("report")
def command() -> None:
    """Report on what happened in the database."""


@command.command("training")
@click.argument("run_id", metavar="[RUN]", type=int, required=False)
@click.option("--output", metavar="FILE.svg", type=click.Path(dir_okay=False, path_type=Path),
              help="Write a plot of the metrics.")  # fmt: skip
@json_option
def training(run_id: int | None, output: Path | None, as_json: bool) -> None:
    """Show a training run and its metrics by step; the newest without RUN."""
    from pgcodesearch.database import connect
    from pgcodesearch.operating.training_report import plot, read_report

    if output is not None and output.suffix.lower() != ".svg":
        raise click.BadParameter(f"{output.name}: the plot is written as .svg", param_hint="--output")
    with connect(database(), autocommit=True) as connection:
        report = read_report(connection, run_id)
    if output is not None:
        output.write_text(plot(report), encoding="utf-8")
    if as_json:
        print_json(asdict(report))
        return
    run = report.run
    click.echo(
        f"run {run['run_id']} of {run['base_model']}: {run['status']}{_told(run['candidate'], run['reason'])}"
    )
    if output is not None:
        click.echo(f"plot written to {output}")
    elif report.metrics:
        print_table(report.metrics, list(report.metrics[0]))


def _told(candidate: str | None, reason: str | None) -> str:
    return (f", {candidate}" if candidate else "") + (f": {reason}" if reason else "")
