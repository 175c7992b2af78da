"""The one row of a statement."""

from __future__ import annotations

from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def one(connection: Connection, statement: str, *parameters: Any) -> tuple[Any, ...]:
    """The row of a statement that always has one."""
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return tuple(row)
