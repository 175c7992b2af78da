"""Counts what an index run has done, for its progress bar."""

from __future__ import annotations

import time
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


class Meter:
    """Counts what a stage has done: files by the queue, texts by the vectors stored (asked less often)."""

    def __init__(self, connection: Connection, stage: str, repository_id: int) -> None:
        self._connection = connection
        self._stage = stage
        self._repository_id = repository_id
        self._total = 0
        self._next_read = 0.0
        self._first: int | None = None
        self.last = (0, 0)

    def read(self, pending: int) -> tuple[int, int]:
        """Done and total, from the number of jobs that are not."""
        if self._stage == "chunk":
            self._total = max(self._total, pending)
            self.last = (self._total - pending, self._total)
        elif time.monotonic() >= self._next_read:
            began = time.monotonic()
            missing = self._missing_texts()
            self._first = missing if self._first is None else self._first
            self.last = (max(self._first - missing, 0), self._first)
            self._next_read = time.monotonic() + max(1.0, 10 * (time.monotonic() - began))
        return self.last

    def _missing_texts(self) -> int:
        row = self._connection.execute(
            "select sum(c.total_texts - c.embedded_texts)"
            " from codesearch.model_version m, codesearch.embedding_coverage(m.model_version_id) c"
            " where m.status in ('active', 'candidate') and c.repository_id = %s",
            (self._repository_id,),
        ).fetchone()
        self._connection.commit()
        return int(row[0]) if row and row[0] is not None else 0
