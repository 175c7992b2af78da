"""Asks judged queries of ``codesearch.search``, the function users call, and keeps what it answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from pgvector import HalfVector

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.judgments import JudgedQuery, Place
from pgcodesearch.evaluating.metrics import score_query
from pgcodesearch.evaluating.summary import summarize
from pgcodesearch.evaluating.token_overlap import token_overlap

# Evaluations are not what users asked: they stay out of the query log, from which models learn.
SEARCH = """
    select rank, chunk_id, path, start_line, end_line, kind, symbol, score, lexical_rank, vector_rank,
        confidence
    from codesearch.search(query => %(query)s, k => %(k)s, repository => %(repository)s, mode => %(mode)s,
        model => %(model)s, query_embedding => %(embedding)s, min_score => %(min_score)s, log => false,
        per_file => %(per_file)s)
    order by rank
"""
COLUMNS = (
    "rank",
    "chunk_id",
    "path",
    "start_line",
    "end_line",
    "kind",
    "symbol",
    "score",
    "lexical_rank",
    "vector_rank",
    "confidence",
)


class QueryEmbedder(Protocol):
    """What turns queries into vectors; :class:`pgcodesearch.embedding.Embedder` is one."""

    def encode(self, texts: Sequence[str], kind: str = ...) -> np.ndarray: ...


@dataclass(frozen=True)
class EvaluationOptions:
    """How to ask: see the arguments of ``codesearch.search``."""

    k: int = 10
    mode: str = "hybrid"
    model: str | None = None
    repository: str | None = None
    min_score: float | None = None
    per_file: int | None = None
    note: str | None = None
    warm_up: bool = True


@dataclass(frozen=True)
class EvaluationRun:
    """A finished run: its id in the database, its means (see ``summarize``), one row a query."""

    run_id: int
    metrics: dict[str, Any]
    rows: list[dict[str, Any]]


def evaluate(
    connection: Connection,
    query_set: str,
    embedder: QueryEmbedder | None,
    options: EvaluationOptions = EvaluationOptions(),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> EvaluationRun:
    """Ask every query of the set once and store the run; ``connection`` must be in autocommit mode.

    Without an embedder no vector is passed: the database embeds the query itself, or searches lexically.
    ``latency_ms`` of a query is the round trip of the SQL call, without embedding; one untimed pass over a few
    queries warms caches first. Raises UnknownQuerySet, and what ``codesearch.search`` raises.
    """
    if options.k < 1:
        raise InvalidArgument(f"k must be 1 or more, not {options.k}")
    queries = store.load_queries(connection, query_set, options.repository)
    embeddings = _embed(queries, embedder, options.mode)
    model = options.model or store.active_model(connection)
    run_id = store.start_run(
        connection, query_set=query_set, model=model, mode=options.mode, k=options.k, note=options.note
    )
    if options.warm_up:
        for query, embedding in list(zip(queries, embeddings, strict=True))[:10]:
            _search(connection, query, embedding, options)
    read_lines = _line_reader(connection)
    rows = []
    for done, (query, embedding) in enumerate(zip(queries, embeddings, strict=True), start=1):
        results, latency_ms = _search(connection, query, embedding, options)
        rows.append({
            "id": query.key, "query": query.query, "repository": query.repository, "language": query.language,
            "category": query.category, "metrics": _metrics(query, results, options.k, read_lines),
            "results": results, "latency_ms": round(latency_ms, 3),
        })  # fmt: skip
        progress(done, len(queries))
    metrics = summarize(rows, options.k)
    store.finish_run(connection, run_id, metrics, rows)
    return EvaluationRun(run_id, metrics, rows)


def answer_metrics(
    connection: Connection, query: JudgedQuery, embedding: np.ndarray | None, options: EvaluationOptions
) -> dict[str, Any]:
    """Ask one query and score the answer; nothing is stored. Without an embedding the database embeds the query."""
    given = None if embedding is None else HalfVector(embedding)
    results, _ = _search(connection, query, given, options)
    places = [Place(row["path"], row["start_line"], row["end_line"]) for row in results]
    return score_query(places, query.relevant, options.k).as_dict()


def _embed(
    queries: Sequence[JudgedQuery], embedder: QueryEmbedder | None, mode: str
) -> Sequence[HalfVector | None]:
    if embedder is None or mode == "lexical":
        return [None] * len(queries)
    return [HalfVector(row) for row in embedder.encode([q.query for q in queries], kind="query")]


def _search(
    connection: Connection, query: JudgedQuery, embedding: HalfVector | None, options: EvaluationOptions
) -> tuple[list[dict[str, Any]], float]:
    arguments = {
        "query": query.query, "k": options.k, "repository": query.repository, "mode": options.mode,
        "model": options.model, "embedding": embedding, "min_score": options.min_score,
        "per_file": options.per_file,
    }  # fmt: skip
    began = time.perf_counter()
    rows = connection.execute(SEARCH, arguments).fetchall()
    latency_ms = (time.perf_counter() - began) * 1000
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows], latency_ms


def _metrics(
    query: JudgedQuery, results: list[dict[str, Any]], k: int, read_lines: Callable[..., list[str] | None]
) -> dict[str, Any]:
    if not query.relevant:
        return {}
    places = [Place(row["path"], row["start_line"], row["end_line"]) for row in results[:k]]
    overlap = token_overlap(places, query.relevant, lambda path: read_lines(query.repository, path))
    return {**score_query(places, query.relevant, k).as_dict(), "token_iou": overlap}


def _line_reader(connection: Connection) -> Callable[..., list[str] | None]:
    # A few files are read again and again by the queries of one repository.
    @lru_cache(maxsize=256)
    def read_lines(repository: str | None, path: str) -> list[str] | None:
        return store.file_lines(connection, repository, path)

    return read_lines
