"""pgcodesearch compare."""

from __future__ import annotations

from typing import Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import console, print_json, print_table
from pgcodesearch.cli._protocol import protocol_options, refuse_mixed
from pgcodesearch.cli.report import print_only_one
from pgcodesearch.terminal import say

_COLUMNS = ["category", "queries", "baseline", "candidate", "difference", "low", "high", "wins", "losses"]
_SHOWN_ALONE = 10
_METRICS = ["mrr", "ndcg", "recall", "precision_1", "hit"]


@click.command("compare")
@click.argument("baseline", metavar="MODEL_A")
@click.argument("candidate", metavar="MODEL_B")
@click.option("--set", "query_set", default="default", show_default=True, help="Set of judged queries.")
@click.option("--repository", metavar="NAME", help="Only queries of this repository.")
@click.option(
    "--metric", type=click.Choice(_METRICS), default="mrr", show_default=True, help="What to compare."
)
@click.option(
    "--gate", "gated", is_flag=True, help="Judge MODEL_B, and store verdict and reason; 1 if refused."
)
@click.option("--min-gain", type=float, default=0.0, show_default=True, help="Gate: least mean difference.")
@click.option("--max-category-drop", type=float, default=0.03, show_default=True,
              help="Gate: most that a category may fall.")  # fmt: skip
@protocol_options
@json_option
@click.pass_context
def command(
    context: click.Context, baseline: str, candidate: str, query_set: str, repository: str | None, metric: str,
    gated: bool, min_gain: float, max_category_drop: float, protocol: str | None, limit: int, minimum: int, seed: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Ask all judged queries of MODEL_A and MODEL_B through codesearch.search, and say who wins where.

    low and high are the 95 % interval of the difference (paired bootstrap over queries). Last come places of which one
    is sure (confidence above 0.5) and the other is not (below 0.3), where both are calibrated.

    With --protocol codesearchnet no judged queries and no search: in each language of the index, the first sentence of
    a function's documentation asks for the function, without its documentation, among up to 999 others, by cosine.
    """
    refuse_mixed(context, protocol, ("query_set", "metric", "gated", "min_gain", "max_category_drop"))
    if protocol:
        from pgcodesearch.cli import _protocol
        from pgcodesearch.evaluating.protocol import ProtocolOptions

        options = ProtocolOptions(limit, minimum, seed, repository)
        _protocol.compare(baseline, candidate, options, as_json)
        return
    from rich.progress import Progress

    from pgcodesearch.database import connect
    from pgcodesearch.evaluating import comparing
    from pgcodesearch.model_versions import registry
    from pgcodesearch.operating.blind_spots import found_by_one

    with connect(database(), autocommit=True) as connection:
        with Progress(console=console(stderr=True), transient=True) as bar:
            tasks = {name: bar.add_task(name) for name in (baseline, candidate)}
            found = comparing.compare(
                connection, baseline, candidate, query_set, metric, repository,
                lambda name, done, total: bar.update(tasks[name], completed=done, total=total),
            )  # fmt: skip
        rule = comparing.GateRule(min_gain=min_gain, max_category_drop=max_category_drop)
        verdict = comparing.gate(connection, found, rule) if gated else None
        models = {model["name"]: model for model in registry.list_models(connection)}
        alone = found_by_one(connection, found.baseline.run_id, found.candidate.run_id)
    rows = _rows(found, metric)
    about = [
        {"model": name, "artefact_bytes": models[name]["artefact_bytes"], "vector_bytes": models[name]["vector_bytes"],
         **{f"search_{share}_ms": run.metrics["latency_ms"][share] for share in ("p50", "p95")}}
        for name, run in ((baseline, found.baseline), (candidate, found.candidate))
    ]  # fmt: skip
    if as_json:
        judged = {"promote": verdict.promote, "reason": verdict.reason} if verdict else None
        print_json(
            {
                "comparison_id": found.comparison_id,
                "metric": metric,
                "rows": rows,
                "models": about,
                "found_by_one": alone,
                "gate": judged,
            }
        )
    else:
        print_table(rows, _COLUMNS, title=f"{metric}: {candidate} against {baseline}")
        print_table(about, list(about[0]))
        if alone:
            print_only_one(alone[:_SHOWN_ALONE])
        if verdict:
            say(f"{'promote' if verdict.promote else 'refuse'}: {verdict.reason}")
    if verdict and not verdict.promote:
        context.exit(1)


def _rows(found: Any, metric: str) -> list[dict[str, Any]]:
    rows = []
    for name, difference in sorted(found.differences.items(), key=lambda item: (item[0] == "all", item[0])):
        means = [
            (
                run.metrics["all"]
                if name == "all"
                else run.metrics["category"]["" if name == "none" else name]
            )[metric]
            for run in (found.baseline, found.candidate)
        ]
        rows.append({
            "category": name, "queries": difference.queries, "baseline": means[0], "candidate": means[1],
            "difference": difference.mean, "low": difference.low, "high": difference.high,
            "wins": difference.wins, "losses": difference.losses,
        })  # fmt: skip
    return rows
