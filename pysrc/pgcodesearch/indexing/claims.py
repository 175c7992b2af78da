"""The jobs that a worker has claimed: ended, failed or given back, each in a transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pgcodesearch.database.rows import Connection, one_row

_WRITERS_PAUSE = timedelta(milliseconds=200)
_LONGEST_WAIT = 5.0


class Claims:
    """What one worker holds. A job is a row of ``claim_jobs``: job, file or version, stage, model, generation."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._left: list[int] = []

    def end(self, jobs: list[Any], done: set[Any]) -> None:
        """End the jobs of these files or versions; the others, and what changed meanwhile, are queued."""
        ended = [job for job in jobs if job[1] in done]
        (count,) = one_row(
            self._connection, "select codesearch.complete_jobs(%s, %s)",
            ([job[0] for job in ended], [job[4] for job in ended]),
        )  # fmt: skip
        self._connection.commit()
        # One that another transaction has locked is held still. Done again, it takes no time.
        self.give_back([job[0] for job in jobs if job[1] not in done or count < len(ended)])

    def fail(self, job: Any, error: Exception) -> None:
        """Record a job's error: tried again later, or given up."""
        self._connection.execute(
            "select codesearch.fail_job(%s, %s, %s)", (job[0], job[4], f"{type(error).__name__}: {error}")
        )
        self._connection.commit()

    def give_back(self, jobs: list[int], error: str | None = None) -> None:
        """Queue jobs again whose file a writer holds, or whose model cannot answer; those still held later."""
        jobs = jobs + self._left
        if jobs:
            (self._left,) = one_row(
                self._connection, "select codesearch.requeue_jobs(%s, %s, %s, %s)",
                (self._name, jobs, timedelta(0) if error else _WRITERS_PAUSE, error),
            )  # fmt: skip
            self._connection.commit()

    def give_back_left(self, stopping: Callable[[], bool]) -> None:
        """Wait some seconds for who has locked what is to be given back: else others wait until its lease has ended."""
        until = time.monotonic() + _LONGEST_WAIT
        while self._left and time.monotonic() < until and not stopping():
            time.sleep(_WRITERS_PAUSE.total_seconds())
            self.give_back([])

    def release(self) -> None:
        """Give back what is not done, for others to take at once."""
        self._connection.rollback()
        self._connection.execute("select codesearch.release_jobs(%s)", ([self._name],))
        self._connection.commit()
