"""Logged searches as a test wants them: when, by whom, how sure, and what was used."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from support.databases import Database


def ask(
    database: Database, query: str, *, confidence: float | None = 0.9, shown: int = 1, used: str | None = None,
    role: str = "somebody", days: float = 0.0, mode: str = "hybrid", score: float = 9.0, latency: float = 5.0,
    repository: str | None = None,
) -> int:  # fmt: skip
    """Log a search of so many days ago as it would be, and what was used of it; its id."""
    query_id = int(database.value(
        "insert into codesearch.query_log (asked_at, asked_by, query, query_hash, query_class, mode, filters, k,"
        " result_count, top_score, latency_ms, confidence) values (now() - make_interval(secs => %(age)s),"
        " %(role)s, %(query)s::text, md5(%(query)s::text)::uuid, codesearch.classify_query(%(query)s), %(mode)s,"
        " %(filters)s, 10, %(shown)s, %(score)s, %(latency)s, %(confidence)s) returning query_id",
        {"age": days * 86400, "role": role, "query": query, "mode": mode, "shown": shown, "confidence": confidence,
         "score": score if shown else None, "latency": latency,
         "filters": Jsonb({"repository": repository} if repository else {})},
    ))  # fmt: skip
    if used:
        database.rows(
            "insert into codesearch.query_feedback (query_id, given_at, signal, chunk_id, rank, content_hash, value)"
            " select query_id, asked_at, %s, 1, 1, md5('x')::uuid, 60 from codesearch.query_log where query_id = %s",
            (used, query_id),
        )
    return query_id
