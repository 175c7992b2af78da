"""Keeps a number of worker processes running: starts them, replaces those that die, gives back what they held."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

import psycopg

from pgcodesearch.database import connect, schema
from pgcodesearch.database.errors import CodeSearchError, translate
from pgcodesearch.indexing.processes import (
    EXIT_REFUSED,
    EXIT_UNAVAILABLE,
    DaemonOptions,
    Ended,
    Processes,
    local_workers_that_died,
)
from pgcodesearch.terminal import say

_POLL_SECONDS = 0.2
# Something that kills every process at its start must not fill the machine with starting ones.
_STARTS_EACH, _STARTS_SECONDS = 5, 10.0


class WorkerRefused(CodeSearchError):
    """a worker can't work on this database"""

    default_hint = "its own words are above"


class Supervisor:
    """A number of worker processes on one database."""

    def __init__(self, url: str, processes: int, options: DaemonOptions) -> None:
        """Raises NotInitialized, SchemaTooNew, SchemaTooOld or psycopg.Error at once."""
        self._url = url
        self._wanted = processes
        self._once = options.once
        self._processes = Processes(url, options, quiet=False)
        self._dead: list[Ended] = []
        self._starts: list[float] = []
        with connect(url) as connection:
            schema.check_compatible(connection)
            died = local_workers_that_died(connection)
            connection.execute("select codesearch.release_jobs(%s, died => true)", (died,))
            # A restored dump may lack its queue.
            connection.execute("select codesearch.queue_restored_embeddings()")

    def run(self, stopped: threading.Event) -> None:
        """Keep the processes running until told to stop, or with ``once`` until no job is due.

        Raises WorkerRefused where they cannot work on this database.
        """
        try:
            self.start()
            while len(self._processes) and not stopped.wait(_POLL_SECONDS):
                self.collect()
        finally:
            self.stop()

    def start(self) -> None:
        """Start processes until as many run as were asked for."""
        while len(self._processes) < self._wanted:
            self._processes.start()
            self._starts.append(time.monotonic())

    def collect(self) -> None:
        """Replace processes that ended; what a dead one held is queued again as soon as the server answers."""
        for ended in self._processes.collect():
            if ended.code in (EXIT_REFUSED, EXIT_UNAVAILABLE):
                raise WorkerRefused()
            if ended.code == 0 and self._once:
                self._wanted -= 1
            elif ended.died:
                say(f"worker {ended.name}: died ({ended.how})", err=True)
                self._dead.append(ended)
        self._release()
        self._starts = [start for start in self._starts if time.monotonic() - start < _STARTS_SECONDS]
        if len(self._starts) <= _STARTS_EACH * self._wanted:
            self.start()

    def stop(self) -> None:
        """End all processes: they finish the step in hand and give back the rest."""
        self._dead += [ended for ended in self._processes.stop() if ended.died]
        self._release()

    def _release(self) -> None:
        if not self._dead:
            return
        try:
            with connect(self._url, connect_timeout=5) as connection:
                for ended in self._dead:
                    ended.release_jobs(connection)
            self._dead.clear()
        except psycopg.Error as error:
            say(f"jobs of dead workers are not given back yet: {translate(error).message}", err=True)


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; the signals' earlier handlers come back afterwards."""
    stopped = threading.Event()
    earlier = {
        number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stopped
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
