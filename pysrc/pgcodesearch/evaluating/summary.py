"""Means over queries: all, and by category, language and repository."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from pgcodesearch.evaluating.metrics import percentile

GROUPINGS = ("category", "language", "repository")
MEANS = ("mrr", "ndcg", "precision_1", "precision_5", "precision_10", "recall", "hit", "token_iou")
HEADINGS = {
    "mrr": "MRR@{k}", "ndcg": "NDCG@{k}", "precision_1": "P@1", "precision_5": "P@5", "precision_10": "P@10",
    "recall": "Recall@{k}", "hit": "Hit@{k}", "token_iou": "IoU",
}  # fmt: skip


def summarize(rows: Sequence[dict[str, Any]], k: int) -> dict[str, Any]:
    """The means of a run's rows, and what a mean hides.

    ``all`` and each group of ``category``, ``language`` and ``repository`` has ``queries`` and the MEANS;
    ``ranks`` counts queries by the rank of the first match ('miss' for none); ``no_answer`` has ``queries`` and
    ``empty``, the share of queries without an answer that got no result; ``latency_ms`` has p50, p95 and p99.
    """
    answerable = [row for row in rows if row["metrics"]]
    without = [row for row in rows if not row["metrics"]]
    latencies = [float(row["latency_ms"]) for row in rows]
    return {
        "all": _means(answerable),
        **{name: _grouped(answerable, name) for name in GROUPINGS},
        "ranks": _ranks(answerable, k),
        "no_answer": {
            "queries": len(without),
            "empty": _mean(1.0 if not row["results"] else 0.0 for row in without),
        },
        "latency_ms": {f"p{share}": _rounded(percentile(latencies, share / 100)) for share in (50, 95, 99)},
    }


def _grouped(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[name] or "", []).append(row)
    return {group: _means(groups[group]) for group in sorted(groups)}


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"queries": len(rows), **{name: _mean(row["metrics"].get(name) for row in rows) for name in MEANS}}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(math.fsum(known) / len(known)) if known else None


def _rounded(value: float) -> float | None:
    # NaN has no spelling in JSON.
    return None if math.isnan(value) else round(value, 6)


def _ranks(rows: Sequence[dict[str, Any]], k: int) -> dict[str, int]:
    ranks = [row["metrics"]["first_rank"] for row in rows]
    counts = {str(rank): ranks.count(rank) for rank in range(1, k + 1)}
    return {**counts, "miss": ranks.count(None)}
