"""Keeps a number of worker processes running: starts them, replaces those that die, gives back what they held."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psycopg

from pgcodesearch.database import connect, schema
from pgcodesearch.database.connection import URL_VARIABLE
from pgcodesearch.database.errors import CodeSearchError, translate
from pgcodesearch.indexing.daemon import EXIT_RECYCLE, EXIT_REFUSED, DaemonOptions
from pgcodesearch.indexing.pool import local_workers_that_died
from pgcodesearch.terminal import say

_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.2
# Attempts after which a job is a dead letter.
_MOST_ERRORS = 5
_MOST_DEATHS = 10


class WorkerRefused(CodeSearchError):
    """a worker can't work on this database"""


class Supervisor:
    """A number of worker processes on one database."""

    def __init__(self, url: str, processes: int, options: DaemonOptions) -> None:
        """Raises NotInitialized, SchemaTooNew, SchemaTooOld or psycopg.Error at once."""
        self._url = url
        self._wanted = processes
        self._options = options
        self._running: list[subprocess.Popen[bytes]] = []
        self._died: dict[str, int] = {}
        self._starts: list[float] = []
        with connect(url) as connection:
            schema.check_compatible(connection)
            died = local_workers_that_died(connection)
            connection.execute("select codesearch.release_jobs(%s, died => true)", (died,))
            # A restored dump may lack its queue.
            connection.execute(
                "select codesearch.queue_missing_embeddings(repository_id) from codesearch.repository"
            )

    @property
    def processes(self) -> list[int]:
        """The ids of the running processes."""
        return [process.pid for process in self._running]

    def run(self, stopped: threading.Event) -> None:
        """Keep the processes running until told to stop, or with ``once`` until no job is due.

        Raises WorkerRefused where they cannot work on this database.
        """
        try:
            self.start()
            while self._running and not stopped.wait(_POLL_SECONDS):
                self.collect()
        finally:
            self.stop()

    def start(self) -> None:
        """Start processes until as many run as were asked for."""
        environment = {**os.environ, URL_VARIABLE: self._url}
        arguments = [sys.executable, "-m", "pgcodesearch.indexing.daemon", self._options.to_json()]
        while len(self._running) < self._wanted:
            self._running.append(subprocess.Popen(arguments, env=environment, stdin=subprocess.PIPE))
            self._starts.append(time.monotonic())

    def collect(self) -> None:
        """Replace processes that ended; what a dead one held is queued again as soon as the server answers."""
        for process in [process for process in self._running if process.poll() is not None]:
            self._running.remove(process)
            _close_input(process)
            if process.returncode == EXIT_REFUSED:
                raise WorkerRefused(hint="its own words are above")
            if process.returncode == 0 and self._options.once:
                self._wanted -= 1
            elif process.returncode not in (0, EXIT_RECYCLE):
                name = f"{socket.gethostname()}:{process.pid}"
                say(f"worker {name}: died ({_status(process.returncode)})", err=True)
                self._note_death(name, process.returncode)
        self._release()
        # Something that kills every process at its start must not fill the machine with starting ones.
        recent = [start for start in self._starts if time.monotonic() - start < 10]
        self._starts = recent
        if len(recent) <= 5 * self._wanted:
            self.start()

    def stop(self) -> None:
        """End all processes: they finish the step in hand and give back the rest."""
        for process in self._running:
            _close_input(process)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.kill()
                process.wait()
            if process.returncode not in (0, EXIT_RECYCLE):
                self._note_death(f"{socket.gethostname()}:{process.pid}", process.returncode)
        self._running.clear()
        self._release()

    def _note_death(self, name: str, code: int) -> None:
        # Its own alarm says that the work in hand was to blame; a kill may have any cause.
        self._died[name] = _MOST_ERRORS if code == -signal.SIGALRM else _MOST_DEATHS

    def _release(self) -> None:
        if not self._died:
            return
        try:
            with connect(self._url, connect_timeout=5) as connection:
                for name, most in self._died.items():
                    connection.execute(
                        "select codesearch.release_jobs(%s, died => true, most_attempts => %s)",
                        ([name], most),
                    )
            self._died.clear()
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


def _close_input(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        assert process.stdin is not None
        process.stdin.close()


def _status(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"
