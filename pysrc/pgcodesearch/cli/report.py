"""pgcodesearch report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.terminal import say, say_code


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


@command.command("blind-spots")
@click.option("--days", type=click.IntRange(1, 36500), default=30, show_default=True, help="How far back.")
@click.option(
    "--limit", type=click.IntRange(1, 10000), default=20, show_default=True, help="Questions at most."
)
@click.option("--most-asked", is_flag=True, help="Those asked most often first, not the newest.")
@click.option("--between", nargs=2, type=int, metavar="RUN RUN",
              help="What only one of two evaluation runs finds, of two models or two rankers.")  # fmt: skip
@json_option
def blind_spots(
    days: int, limit: int, most_asked: bool, between: tuple[int, int] | None, as_json: bool
) -> None:
    """Show what was asked and not answered, or answered with nothing that was used.

    What asks the same in other words counts as one question. With --between: places of which one run is sure
    (confidence above 0.5), and the other is not (below 0.3, or not found).
    """
    from pgcodesearch.database import connect
    from pgcodesearch.operating.blind_spots import found_by_one, read_blind_spots

    with connect(database(), autocommit=True) as connection:
        if between:
            rows = found_by_one(connection, *between)[:limit]
        else:
            rows = read_blind_spots(connection, days, limit, most_asked)
    if as_json:
        print_json(rows)
    elif not rows:
        say("nothing: both find the same" if between else "no blind spots")
    elif between:
        print_only_one(rows)
    else:
        print_table(
            [{**row, "asked": f"{row['asked_at']:%Y-%m-%d %H:%M}"} for row in rows],
            ["query", "searches", "unanswered", "unclicked", "confidence", "asked"],
        )


def print_only_one(rows: list[dict[str, Any]]) -> None:
    """Rows of codesearch.found_by_one as a table."""
    print_table(
        [{**row, "place": f"{row['path']}:{row['start_line']}", "other": row["other_confidence"]} for row in rows],
        ["found_by", "model", "query", "place", "symbol", "confidence", "other", "grade"], "found by one alone",
    )  # fmt: skip


@command.command("weekly")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write one page with plots, which needs nothing beside it.")  # fmt: skip
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown.")
@json_option
def weekly(html: Path | None, as_markdown: bool, as_json: bool) -> None:
    """Show how search did in the last seven days, beside the seven before."""
    from pgcodesearch.database import connect
    from pgcodesearch.operating.weekly_page import page
    from pgcodesearch.operating.weekly_report import markdown, read_weekly

    if as_markdown and as_json:
        raise click.UsageError("--markdown and --json do not go together")
    with connect(database(), autocommit=True) as connection:
        report = read_weekly(connection)
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
    if as_json:
        print_json(asdict(report))
    elif as_markdown:
        say_code(markdown(report).rstrip("\n"))
    elif html is not None:
        say(f"report written to {html}")
    else:
        columns = ["measure", "seven_days", "before", "change", "is"]
        print_table([dict(zip(columns, report.line(row), strict=True)) for row in report.measures], columns)
        say("queries without use, blind spots and plots: --markdown, --html FILE")


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
