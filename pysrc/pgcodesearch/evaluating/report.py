"""A run's means as tables and as JSON that two runs can be compared by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from pgcodesearch.evaluating.summary import GROUPINGS, HEADINGS, MEANS


def tables(run: dict[str, Any]) -> RenderableType:
    """Everything a run measured, for a terminal; ``run`` is from ``store.load_run``."""
    metrics, k = run["metrics"], run["k"]
    parts: list[RenderableType] = [_headline(run)]
    for grouping in GROUPINGS:
        if len(metrics[grouping]) > 1:
            parts.append(_metric_table(grouping, metrics[grouping], k))
    parts.append(_metric_table("total", {"all": metrics["all"]}, k))
    parts.append(_rank_table(metrics["ranks"]))
    parts.append(_footer(metrics))
    return Group(*parts)


def _headline(run: dict[str, Any]) -> str:
    note = f" ({run['note']})" if run["note"] else ""
    return (
        f"run {run['run_id']}{note}: {run['query_set']}, mode {run['mode']}, model {run['model'] or 'none'}"
    )


def _metric_table(title: str, groups: dict[str, dict[str, Any]], k: int) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(title, no_wrap=True)
    for heading in ("n", *(HEADINGS[name].format(k=k) for name in MEANS)):
        table.add_column(heading, justify="right")
    for name, means in sorted(groups.items()):  # jsonb does not keep the order of keys
        table.add_row(name or "-", str(means["queries"]), *(number(means[metric]) for metric in MEANS))
    return table


def _rank_table(ranks: dict[str, int]) -> Table:
    ordered = sorted(ranks, key=lambda rank: (rank == "miss", len(rank), rank))
    table = Table("rank of the first match", *ordered, box=None, pad_edge=False)
    table.add_row("queries", *(str(ranks[rank]) for rank in ordered))
    return table


def _footer(metrics: dict[str, Any]) -> str:
    latency = metrics["latency_ms"]
    text = "search latency p50 {p50} ms, p95 {p95} ms, p99 {p99} ms".format(
        **{name: number(value, 1) for name, value in latency.items()}
    )
    nothing = metrics["no_answer"]
    if nothing["queries"]:
        text += f"\nno answer: {nothing['empty']:.1%} of {nothing['queries']} such queries got no result"
    return text


def number(value: float | None, digits: int = 3) -> str:
    """A number for a table; a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def as_json(run: dict[str, Any]) -> dict[str, Any]:
    """The run for ``--json``: settings and means, and each query's metrics by id, without its results."""
    kept = {name: value for name, value in run.items() if name != "results"}
    for name in ("started_at", "finished_at"):
        kept[name] = kept[name].isoformat() if kept.get(name) else None
    kept["queries"] = {
        row["id"]: {"category": row["category"], "latency_ms": row["latency_ms"], **row["metrics"]}
        for row in run["results"]
    }
    return kept


def run_lines(run: dict[str, Any]) -> Iterator[str]:
    """The run as JSON Lines of ``{"id", "results": [{"path", "start_line", "end_line", "score"}]}``, best first."""
    names = ("path", "start_line", "end_line", "score")
    for row in run["results"]:
        results = [{name: result[name] for name in names} for result in row["results"]]
        yield json.dumps({"id": row["id"], "results": results}, ensure_ascii=False)
