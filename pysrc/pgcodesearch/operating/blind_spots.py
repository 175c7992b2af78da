"""What search does not answer, and what one of two runs alone finds, as the database knows it."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.rows import Connection

Rows = list[dict[str, Any]]


def read_blind_spots(
    connection: Connection, days: int = 30, limit: int = 20, most_asked: bool = False
) -> Rows:
    """Rows of ``codesearch.find_blind_spots``, the newest first, or those asked most often."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from codesearch.find_blind_spots(now() - make_interval(days => %s))"
            " order by case when %s then searches end desc, asked_at desc limit %s",
            (days, most_asked, limit),
        ).fetchall()


def found_by_one(connection: Connection, one: int, other: int) -> Rows:
    """Rows of ``codesearch.found_by_one``: what only one of two evaluation runs is sure of."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from codesearch.found_by_one(%s, %s)", (one, other)).fetchall()
