"""pgcodesearch calibrate."""

from __future__ import annotations

from pathlib import Path

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import console, print_json, print_table
from pgcodesearch.terminal import say


@click.command("calibrate")
@click.option(
    "--set", "query_sets", metavar="NAME", multiple=True, default=("default",), show_default=True,
    help="Judged queries to fit on, those that nothing answers among them; repeatable.",
)  # fmt: skip
@click.option("--name", required=True, help="Name of the version of the ranker that is made.")
@click.option("--model", metavar="NAME", help="For searches of this model version alone; default: for all.")
@click.option("--refuse", type=click.FloatRange(0, 1), default=0.75, show_default=True,
              help="Share of questions without an answer that mode adaptive answers with nothing.")  # fmt: skip
@click.option("--precision", type=click.FloatRange(0, 1), default=0.9, show_default=True,
              help="Of the results that mode adaptive shows.")  # fmt: skip
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True,
              help="Parts, by repository; each is judged by what the others gave.")  # fmt: skip
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a reliability plot (SVG)."
)
@click.option("--activate", is_flag=True, help="Let it answer, unless it was refused.")
@json_option
@click.pass_context
def command(
    context: click.Context, query_sets: tuple[str, ...], name: str, model: str | None, refuse: float,
    precision: float, folds: int, plot: Path | None, activate: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fit how sure results are, so that a search can say 'nothing here'.

    The ranker that answers now gets a version with a calibration: the column confidence of search, min_confidence and
    mode adaptive go by it. Queries are asked of other repositories too, which have no answer to them. Undone with:
    pgcodesearch rankers rollback
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from pgcodesearch.database import connect
    from pgcodesearch.evaluating.calibrating import CalibrateOptions, calibrate
    from pgcodesearch.evaluating.calibrating.plot import reliability_plot

    options = CalibrateOptions(name, query_sets, model, folds, refuse, precision)
    with connect(database(), autocommit=True) as connection:
        with Progress(console=console(stderr=True), transient=True) as bar:
            tasks = {step: bar.add_task(step, total=None) for step in ("ask", "fit")}
            report = calibrate(
                connection, options,
                lambda step, done, total: bar.update(tasks[step], completed=done, total=total),
            )  # fmt: skip
        if activate and not report.refused:
            connection.execute("select codesearch.activate_ranker(%s, %s)", [name, "calibrate"])
    if plot:
        plot.write_text(reliability_plot(report.held_out), encoding="utf-8")
    if as_json:
        print_json(
            {"name": name, "refused": report.refused,
             "held_out": {legs: asdict(found) for legs, found in report.held_out.items()},
             "calibration": report.calibration}
        )  # fmt: skip
    else:
        print_table(
            [{"legs": legs, "questions": f"{found.questions} + {found.unanswered}", "AUROC": round(found.auroc, 3),
              "error": round(found.error, 3), "known": round(found.known, 3),
              "refused": f"{found.refused:.0%}", "NDCG lost": round(found.ndcg_cost, 3),
              "precise": round(found.precise, 3),
              "precision": f"{found.precision:.2f} ({found.low:.2f}–{found.high:.2f})",
              "shown": f"{found.shown:.0%}"} for legs, found in report.held_out.items()],
            ["legs", "questions", "AUROC", "error", "known", "refused", "NDCG lost", "precise", "precision", "shown"],
            "held out",
        )  # fmt: skip
        say(f"calibration {name}: {report.refused or 'may answer'}")
        if not report.refused and not activate:
            say(f"to use it: pgcodesearch rankers activate {name}")
    context.exit(1 if report.refused else 0)
