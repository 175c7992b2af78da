"""Measured: runs over judged queries, models and rankers compared, and training."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.comparing import paired_difference
from pgcodesearch.evaluating.summary import GROUPINGS, HEADINGS, MEANS
from pgcodesearch.operating.training_report import plot, read_report
from pgcodesearch.serving.handling import Asked
from pgcodesearch.serving.rendering import html

_RUNS = 200
_COMPARISONS = (
    "select compared_at, coalesce(query_set, protocol) as measured_on, baseline, candidate, metric, differences,"
    " verdict, reason from codesearch.model_comparison order by comparison_id desc limit 100"
)
_RANKERS = (
    "select r.name, r.status, p.name as parent, r.created_at, r.metrics, r.fitted_on from codesearch.ranker r"
    " left join codesearch.ranker p on p.ranker_id = r.parent_id order by r.ranker_id desc limit 100"
)
_TRAININGS = (
    "select run_id, base_model, candidate, status, stage, reason, started_at, finished_at from codesearch.training_run"
    " order by run_id desc limit 200"
)


def evaluations(asked: Asked) -> Response:
    """Runs (those of an ablation are told apart by their notes), comparisons of models with their gates, rankers."""
    return html(
        "evaluations.html", runs=store.list_runs(asked.client.connection, _RUNS), here="/evaluation",
        comparisons=[_compared(row) for row in asked.rows(_COMPARISONS)], rankers=asked.rows(_RANKERS),
    )  # fmt: skip


def evaluation(asked: Asked) -> Response:
    """A run: its means by group and the ranks of first matches; beside another run (``beside``) of the same queries."""
    connection = asked.client.connection
    run = store.load_run(connection, int(asked.request.path_params["run_id"]))
    beside = asked.number("beside")
    other = None if beside is None else store.load_run(connection, beside)
    metrics = run["metrics"]
    several = {name: metrics[name] for name in GROUPINGS if len(metrics[name]) > 1}
    groups = {"all": {"all queries": metrics["all"]}, **several}
    return html(
        "evaluation.html", run=run, groups=groups,
        headings={name: HEADINGS[name].format(k=run["k"]) for name in MEANS}, ranks=_ranks(metrics["ranks"]),
        others=[one for one in store.list_runs(connection, _RUNS)
                if one["query_set"] == run["query_set"] and one["run_id"] != run["run_id"]],
        other=other, differences=_differences(run, other) if other else [], here="/evaluation",
    )  # fmt: skip


def trainings(asked: Asked) -> Response:
    """Training runs: what they began from, what came of them, and why."""
    return html("trainings.html", runs=asked.rows(_TRAININGS), here="/training")


def training(asked: Asked) -> Response:
    """A training run with its metrics."""
    report = read_report(asked.client.connection, int(asked.request.path_params["run_id"]))
    return html("training.html", run=report.run, metrics=report.metrics[-50:], here="/training")


def training_plot(asked: Asked) -> Response:
    """Its metrics against the step."""
    report = read_report(asked.client.connection, int(asked.request.path_params["run_id"]))
    return Response(plot(report), media_type="image/svg+xml")


def _compared(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "all": row["differences"].get("all")}


def _ranks(ranks: dict[str, int]) -> list[dict[str, Any]]:
    most = max(ranks.values(), default=0) or 1
    ordered = sorted(ranks, key=lambda rank: (rank == "miss", len(rank), rank))
    return [
        {"rank": rank, "queries": ranks[rank], "width": round(100 * ranks[rank] / most, 1)}
        for rank in ordered
    ]


def _differences(run: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    """This run less the other over the queries that both have, with intervals (paired bootstrap)."""
    before = {row["id"]: row["metrics"] for row in other["results"] if row["metrics"]}
    pairs = [
        (before[row["id"]], row["metrics"])
        for row in run["results"]
        if row["metrics"] and row["id"] in before
    ]
    if not pairs:
        return []
    found = []
    for name in ("ndcg", "mrr", "recall"):
        difference = paired_difference([a[name] for a, _ in pairs], [b[name] for _, b in pairs])
        found.append({"metric": HEADINGS[name].format(k=run["k"]), "difference": difference})
    return found
