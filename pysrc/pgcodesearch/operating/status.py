"""What `pgcodesearch status` tells: what is indexed, what is pending, how fresh it is."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database import connect, resolve_url, schema, without_password
from pgcodesearch.database.errors import NotInitialized
from pgcodesearch.searching.outbox import spool_of
from pgcodesearch.searching.spool import SpoolState


def status(database: str | None = None, read_database: str | None = None) -> dict[str, Any]:
    """The whole database's and each repository's state, as ``read_database`` has it where that is given.

    ``replica_lag_seconds`` is how far the server that answers is behind its primary, None on a primary;
    ``waiting_for_primary`` counts what this user's processes have still to send to ``database``, and
    ``lost_for_primary`` what they had to drop or was refused.
    ``query_encoder`` is what embeds queries that come without a vector: ``table``, ``model``, or None with the reason
    in ``without_encoder``. ``vector_coverage`` is embedded texts over all texts of the active model, 0 to 1; 1 where
    there is no text; ``provisional_coverage`` those with a provisional vector until theirs is made. ``calibration``:
    the ranker that answers, whether it is calibrated, on how many questions with and without an answer, with what
    error, or why not. ``weak_categories``: classes of query that need judgments; empty for who may not see them.
    Raises NotInitialized where there is no schema.
    """
    url = resolve_url(read_database or database)
    waiting = spool_of(database).state() if read_database and database else SpoolState(0, 0, 0)
    with connect(url, row_factory=dict_row, autocommit=True) as connection:
        revision = schema.current_revision(connection)
        if revision is None:
            raise NotInitialized()
        repositories = connection.execute(
            "select * from codesearch.index_status order by repository"
        ).fetchall()
        active = connection.execute(
            "select m.name, e.encoder as query_encoder, e.reason as without_encoder"
            " from codesearch.model_version m, codesearch.query_encoder(m.model_version_id) e where m.status = 'active'"
        ).fetchone()
        lag = connection.execute("select seconds from codesearch.replica_lag()").fetchone()
        calibration = connection.execute(
            "select * from codesearch.calibration_status(codesearch.resolve_model(null))"
        ).fetchone()
        weak = []
        if connection.execute(
            "select 1 where has_table_privilege('codesearch.weak_category', 'select')"
        ).fetchone():
            weak = connection.execute(
                "select category, reason, judged, wanted from codesearch.weak_category where wanted > 0"
            ).fetchall()
    total = sum(row["total_texts"] or 0 for row in repositories)
    provisional = sum(row["provisional_texts"] or 0 for row in repositories)
    embedded = sum(row["embedded_texts"] or 0 for row in repositories)
    return {
        "database_url": without_password(url),
        "replica_lag_seconds": lag and lag["seconds"],
        "waiting_for_primary": waiting.waiting,
        "lost_for_primary": waiting.dropped + waiting.refused,
        "schema_revision": revision,
        "active_model": active["name"] if active else None,
        "query_encoder": active["query_encoder"] if active else None,
        "without_encoder": active["without_encoder"] if active else "no model version is active",
        "calibration": calibration,
        "weak_categories": weak,
        "pending_files": sum(row["pending_files"] for row in repositories),
        "failed_files": sum(row["failed_files"] for row in repositories),
        "vector_coverage": embedded / total if total else 1.0,
        "provisional_coverage": provisional / total if total else 0.0,
        "last_indexed_at": max(
            (row["last_indexed_at"] for row in repositories if row["last_indexed_at"]), default=None
        ),
        "repositories": repositories,
    }
