"""What each leg, and both together, find with each model: the table of a model card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.embedding.stored import load_named
from pgcodesearch.evaluating import EvaluationOptions, evaluate
from pgcodesearch.model_versions import adding, filling, registry


def add_models(
    connection: psycopg.Connection[Any], database: str | None, folders: Sequence[str]
) -> list[str]:
    """Register ``NAME=FOLDER`` models where they are not there yet and embed all for them; the active one leads."""
    known = {row["name"]: row["status"] for row in registry.list_models(connection)}
    names = [name for name, status in known.items() if status == "active"]
    for given in folders:
        name, _, folder = given.rpartition("=")
        if name not in known:
            name = adding.add_model(connection, Path(folder), name or None)
        filling.backfill(database, name)
        names.append(name)
    return names


def legs_table(
    connection: psycopg.Connection[Any], query_set: str, models: Sequence[str], options: EvaluationOptions
) -> str:
    """Markdown: BM25, and for each model its vectors alone and the whole search, over one set of judged queries."""
    rows = ["| | NDCG@10 | MRR@10 | Recall@10 |", "|---|---|---|---|"]
    for label, metrics in _runs(connection, query_set, models, options):
        values = (metrics["all"][key] for key in ("ndcg", "mrr", "recall"))
        rows.append(f"| {label} | " + " | ".join(f"{value:.3f}" for value in values) + " |")
    return "\n".join(rows)


def _runs(
    connection: psycopg.Connection[Any], query_set: str, models: Sequence[str], options: EvaluationOptions
) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "BM25", evaluate(connection, query_set, None, replace(options, mode="lexical")).metrics
    for model in models:
        embedder = load_named(connection, model)
        for mode, label in (("vector", "vectors alone"), ("hybrid", "search")):
            asked = replace(options, mode=mode, model=model)
            yield f"{model}, {label}", evaluate(connection, query_set, embedder, asked).metrics
