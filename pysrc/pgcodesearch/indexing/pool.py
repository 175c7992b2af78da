"""Worker processes of one run: replaced when they die, and ended with it."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.embedding.errors import EndpointUnavailable
from pgcodesearch.indexing.processes import EXIT_UNAVAILABLE, DaemonOptions, Processes

# A file that kills its worker is given up at its tenth attempt; more deaths in a row than that have another cause.
_MOST_DEATHS = 12


class WorkersDied(CodeSearchError):
    """worker processes die again and again"""

    default_hint = "what is stored stays; run the command again with --jobs 1 to go on"


class WorkerPool:
    """Processes that work on one repository's jobs of one stage until none is due."""

    def __init__(self, url: str, stage: str, repository_id: int) -> None:
        options = DaemonOptions(
            stages=(stage,), once=True, threads=1, upkeep=False, only_repository=repository_id
        )
        self._processes = Processes(url, options, quiet=True)
        self._deaths = 0
        self._unavailable: str | None = None

    def keep(self, count: int) -> None:
        """Start processes until ``count`` run; no more once a model cannot answer."""
        while self.running < count and self._unavailable is None:
            self._processes.start()

    @property
    def running(self) -> int:
        """How many processes run."""
        return len(self._processes)

    def collect(self, connection: psycopg.Connection[Any], progressed: bool) -> None:
        """Forget processes that ended; what a dead one had claimed is queued again at once.

        Raises WorkersDied when that happens again and again without progress between, and EndpointUnavailable where the
        jobs that are left wait for a model that cannot answer, once all processes ended.
        """
        if progressed:
            self._deaths = 0
        for ended in self._processes.collect():
            if ended.code == EXIT_UNAVAILABLE:
                self._unavailable = ended.last_line
            elif ended.died:
                self._deaths += 1
                ended.release_jobs(connection)
                connection.commit()
                if self._deaths > _MOST_DEATHS:
                    raise WorkersDied(detail=ended.last_line)
        if self._unavailable is not None and not self.running:
            raise EndpointUnavailable(self._unavailable)

    def stop(self) -> list[str]:
        """End all processes: they finish the step in hand and give back the rest. Names of those that had to be
        killed."""
        return [ended.name for ended in self._processes.stop() if ended.died]
