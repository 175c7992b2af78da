"""pgcodesearch report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.terminal import say


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
    say(
        f"run {run['run_id']} of {run['base_model']}: {run['status']}{_told(run['candidate'], run['reason'])}"
    )
    if output is not None:
        say(f"plot written to {output}")
    elif report.metrics:
        print_table(report.metrics, list(report.metrics[0]))


@command.command("drift")
@click.option("--days", type=click.IntRange(1, 36500), default=30, show_default=True,
              help="How far back the series goes.")  # fmt: skip
@json_option
def drift(days: int, as_json: bool) -> None:
    """Show whether the active model still fits what is asked and indexed, how that went, and alerts.

    Measured by every run of maintenance, and by: select * from codesearch.check_drift()
    """
    from pgcodesearch.database import connect
    from pgcodesearch.operating.drift_report import read_drift

    with connect(database(), autocommit=True) as connection:
        report = read_drift(connection, days)
    if as_json:
        print_json(asdict(report))
        return
    if not report.status:
        say("nothing is measured: pgcodesearch maintain does, once there is a model")
        return
    columns = ["measure", "state", "value", "baseline", "soft", "hard", "of"]
    print_table(map(_drift_row, report.status), columns, f"model {report.status[0]['model']}")
    print_table(map(_drift_row, report.series), ["at", *columns[:4], "of"], "\nseries")
    if report.alerts:
        print_table(map(_alert_row, report.alerts), ["at", "posted", "alert"], "\nalerts")


def _drift_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row, "measure": f"{row['measure'].replace('_', ' ')} {row['subject']}".strip(), "of": row["sample_count"],
        "soft": row["threshold"], "hard": row["hard_threshold"], "at": f"{row['measured_at']:%Y-%m-%d %H:%M}",
    }  # fmt: skip


def _alert_row(row: dict[str, Any]) -> dict[str, Any]:
    posted = row["posted_at"] is not None
    return {"at": f"{row['raised_at']:%Y-%m-%d %H:%M}", "posted": posted, "alert": row["text"]}


def _told(candidate: str | None, reason: str | None) -> str:
    return (f", {candidate}" if candidate else "") + (f": {reason}" if reason else "")
