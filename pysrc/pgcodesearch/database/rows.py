"""Statements that always give one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def one_row(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The first row of a statement that gives one whatever is in the database."""
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None, statement
    return tuple(row)
