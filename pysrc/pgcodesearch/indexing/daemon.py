"""One worker process that never ends by itself: ``python -m pgcodesearch.indexing.daemon OPTIONS`` (JSON).

The database is in PGCODESEARCH_DATABASE_URL. It waits for jobs by LISTEN, which behind a transaction pooler says
nothing, and by polling, which always works; reconnects when the server was away; and ends on SIGTERM, or when its
standard input closes, with what it holds done or given back. SIGALRM ends it the hard way when one step takes too
long, even in a parser that holds the interpreter: the file's next attempts are made alone, and after five it is a
dead letter.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module
from typing import Any

import psutil
import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.errors import CodeSearchError, described, translate
from pgcodesearch.embedding.errors import NOT_THE_TEXTS_FAULT
from pgcodesearch.embedding.threads import available_cpus
from pgcodesearch.indexing.preparing import installed_revision, newest_revision
from pgcodesearch.indexing.processes import EXIT_RECYCLE, EXIT_REFUSED, EXIT_UNAVAILABLE, DaemonOptions
from pgcodesearch.indexing.upkeep import Upkeep
from pgcodesearch.indexing.worker import Worker, load_embedder, worker_name
from pgcodesearch.operating.webhook import webhook_from_environment
from pgcodesearch.terminal import say

CHANNEL = "codesearch_jobs"
_CHECK_SECONDS = 30.0
_RENEW_SECONDS = 40.0  # a third of claim_jobs's lease
_LONGEST_RECONNECT = 5.0

Connection = psycopg.Connection[Any]


class Daemon:
    """Works on jobs until it is told to stop."""

    def __init__(self, options: DaemonOptions, url: str | None = None) -> None:
        self._options = options
        self._url = url
        self.name = worker_name()
        self.stopped = threading.Event()
        self._busy_since: float | None = None

    def run(self) -> int:
        """Work, and connect again when the connection is lost; the exit status.

        Raises SchemaTooNew, SchemaTooOld, NotInitialized; psycopg.Error, and EndpointUnavailable where a model's jobs
        are left for that, only with ``once``.
        """
        threading.Thread(target=self._renew_leases, daemon=True).start()
        pause = 0.2
        while not self.stopped.is_set():
            began = time.monotonic()
            try:
                with self._connect() as connection:
                    return self._work(connection)
            except psycopg.Error as error:
                if self._options.once:
                    raise
                self._say(f"{translate(error).message}; trying again")
            finally:
                self._busy_since = None
                signal.alarm(0)
            pause = 0.2 if time.monotonic() - began > 10 else min(pause * 2, _LONGEST_RECONNECT)
            self.stopped.wait(pause)
        return 0

    def _connect(self) -> Connection:
        return connect(self._url, application_name=f"pgcodesearch worker {self.name}")

    def _work(self, connection: Connection) -> int:
        worker = Worker(
            connection, self._options.stages, self._embedder, name=self.name, stopping=self._step_begins,
            say=self._say, only_repository=self._options.only_repository,
        )  # fmt: skip
        upkeep = Upkeep(connection, webhook_from_environment())
        import_module(
            "pgcodesearch.indexing.replacement"
        )  # slow to load: before jobs are claimed, not with them in hand
        check_fits(connection)
        checked = time.monotonic()
        worker.release()  # what it held when the connection was lost
        listening = _listen(connection)
        while not self.stopped.is_set():
            if time.monotonic() - checked > _CHECK_SECONDS:
                check_fits(connection)
                checked = time.monotonic()
            self._step_begins()
            self._busy_since = time.monotonic()
            stage, count = worker.run_once()
            self._busy_since = None
            signal.alarm(0)
            if self._has_grown():
                worker.release()
                return EXIT_RECYCLE
            if count:
                upkeep.note(stage)
                continue
            if self._options.upkeep:
                upkeep.run()
            if self._options.once:
                worker.settle()
                return 0
            self._wait(connection, listening)
        worker.release()
        return 0

    def _step_begins(self) -> bool:
        """Asked by the worker between two commits; whether to stop."""
        signal.alarm(self._options.step_seconds)
        return self.stopped.is_set()

    def _wait(self, connection: Connection, listening: bool) -> None:
        if not listening:
            self.stopped.wait(self._options.poll_seconds)
            return
        for _ in connection.notifies(timeout=self._options.poll_seconds, stop_after=1):
            pass

    def _renew_leases(self) -> None:
        """Beside the work, on a connection of its own: a step may outlast the lease."""
        renewed = 0.0
        while not self.stopped.wait(5.0):
            since = self._busy_since
            if since is None or time.monotonic() - max(since, renewed) < _RENEW_SECONDS:
                continue
            try:
                with connect(self._url, autocommit=True) as connection:
                    connection.execute("select codesearch.renew_leases(%s)", (self.name,))
                renewed = time.monotonic()
            except psycopg.Error as error:
                self._say(f"the lease was not renewed: {translate(error).message}")

    def _has_grown(self) -> bool:
        return psutil.Process().memory_info().rss > self._options.max_megabytes * 1_000_000

    def _embedder(self, connection: Connection, model_version_id: int) -> Any:
        return load_embedder(connection, model_version_id, self._options.threads or available_cpus())

    def _say(self, text: str) -> None:
        say(f"worker {self.name}: {text}", err=True)


def check_fits(connection: Connection) -> None:
    """Raise NotInitialized, SchemaTooNew or SchemaTooOld unless the database has the schema of this code."""
    if installed_revision(connection) != newest_revision():
        connection.rollback()
        from pgcodesearch.database import schema

        schema.check_compatible(connection)
    connection.commit()


def _listen(connection: Connection) -> bool:
    try:
        connection.execute(f"listen {CHANNEL}")
        connection.commit()
    except psycopg.Error:
        if connection.closed:
            raise
        connection.rollback()
        return False
    return True


def main(options: DaemonOptions) -> int:
    """Run one worker process until it is told to stop."""
    # Ctrl-C reaches every process of a terminal's group; the parent decides how this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    daemon = Daemon(options)
    signal.signal(signal.SIGTERM, lambda *_: daemon.stopped.set())
    threading.Thread(target=_watch_parent, args=(daemon.stopped,), daemon=True).start()
    try:
        return daemon.run()
    except NOT_THE_TEXTS_FAULT as error:
        say(str(error), err=True)
        return EXIT_UNAVAILABLE
    except (CodeSearchError, psycopg.Error) as error:
        say(*f"error: {described(error).lines()}".split("\n"), err=True)
        return EXIT_REFUSED


def _watch_parent(stopped: threading.Event) -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's end.
    while os.read(0, 1):
        pass
    stopped.set()


if __name__ == "__main__":
    sys.exit(main(DaemonOptions.from_json(sys.argv[1])))
