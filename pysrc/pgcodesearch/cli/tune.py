"""pgcodesearch tune."""

from __future__ import annotations

from typing import Literal

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import console, print_json, print_table
from pgcodesearch.terminal import say


@click.command("tune")
@click.option(
    "--set", "query_sets", metavar="NAME[=WEIGHT]", multiple=True, default=("default",), show_default=True,
    help="Judged queries to fit on, and what they count; repeatable. feedback: logged queries and what was used.",
)  # fmt: skip
@click.option("--name", required=True, help="Name of the ranker that is made.")
@click.option(
    "--model", metavar="NAME", help="Fit for searches of this model version alone; default: for all."
)
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True,
              help="Parts, by repository; each is ranked by what the others gave.")  # fmt: skip
@click.option("--shared", type=float, default=0.01, show_default=True, help="Holds all weights near zero.")
@click.option(
    "--apart", type=float, default=0.1, show_default=True, help="Holds the classes near each other."
)
@click.option("--objective", type=click.Choice(["listwise", "ndcg"]), default="listwise", show_default=True,
              help="What is fitted: the choice among candidates, or from there on NDCG itself.")  # fmt: skip
@click.option("--settings", "trials", type=click.IntRange(0), default=0, show_default=True,
              help="Settings that are tried beside the weights; the best go with the ranker.")  # fmt: skip
@click.option("--grid", is_flag=True, help="Try those of a grid, instead of Bayesian search.")
@click.option("--activate", is_flag=True, help="Let it answer, unless the gate refuses it.")
@json_option
@click.pass_context
def command(
    context: click.Context, query_sets: tuple[str, ...], name: str, model: str | None, folds: int, shared: float,
    apart: float, objective: Literal["listwise", "ndcg"], trials: int, grid: bool, activate: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fit a ranker to judged queries: what each feature of a candidate counts, for each class of query.

    What it would gain is measured on repositories that it was not fitted on. Undone with: pgcodesearch rankers rollback
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from pgcodesearch.database import connect
    from pgcodesearch.embedding.stored import load_named
    from pgcodesearch.evaluating.tuning import FitOptions, SettingsOptions, TuneOptions, tune
    from pgcodesearch.extras import require_extra

    require_extra("train", "torch")
    sets = dict(_counted(item) for item in query_sets)
    options = TuneOptions(
        name,
        sets,
        model,
        folds,
        FitOptions(shared, apart, set_weights=sets, objective=objective),
        settings=SettingsOptions(trials, grid),
    )
    with connect(database(), autocommit=True) as connection:
        with Progress(console=console(stderr=True), transient=True) as bar:
            tasks = {step: bar.add_task(step, total=None) for step in ("ask", "fit", "settings")}
            report = tune(
                connection, load_named(connection, model), options,
                lambda step, done, total: bar.update(tasks[step], completed=done, total=total),
            )  # fmt: skip
        if activate and report.verdict.promote:
            connection.execute("select codesearch.activate_ranker(%s, %s)", [name, "tune"])
    if as_json:
        print_json(
            {"name": name, "promote": report.verdict.promote, "reason": report.verdict.reason,
             "held_out": {key: {"before": old, "after": new, **asdict(change)}
                          for key, (old, new, change) in report.held_out.items()},
             "weights": report.weights, "settings": asdict(report.settings)}
        )  # fmt: skip
    else:
        print_table(
            [{"held out": key, "queries": change.queries, "before": old, "after": new, "difference": change.mean,
              "low": change.low, "high": change.high} for key, (old, new, change) in report.held_out.items()],
            ["held out", "queries", "before", "after", "difference", "low", "high"], "NDCG@10",
        )  # fmt: skip
        say(f"ranker {name}: {report.verdict.reason}")
        if report.settings.held_out:
            found, gain = report.settings, report.settings.held_out
            chosen = (
                ", ".join(f"{key} {value}" for key, value in found.settings.items())
                or "none, they do not hold"
            )
            say(
                f"settings: {found.before:.4f} → {found.after:.4f} where they were chosen, held out {gain.mean:+.4f}"
                f" ({gain.low:+.4f} to {gain.high:+.4f}): {chosen}"
            )
        if report.verdict.promote and not activate:
            say(f"to use it: pgcodesearch rankers activate {name}")
    context.exit(0 if report.verdict.promote else 1)


def _counted(item: str) -> tuple[str, float]:
    name, _, weight = item.partition("=")
    try:
        return name, float(weight or 1)
    except ValueError as error:
        raise click.BadParameter(f"{item!r}: what a set counts is a number", param_hint="--set") from error
