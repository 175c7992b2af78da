"""Worker processes: started, told to end by closing their standard input, and known by name when they ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from typing import IO, Any

import psycopg

from pgcodesearch.database.connection import URL_VARIABLE

EXIT_REFUSED = 3  # the schema does not fit: starting again would not help
EXIT_RECYCLE = 4  # grown too large: to be started again
EXIT_UNAVAILABLE = 5  # the model of the jobs that are left cannot answer
_STOP_SECONDS = 20.0
# A job is given up after so many attempts that ended with the worker. Its own alarm says that the work in hand was to
# blame, as an error does; a kill may have any cause.
_MOST_HANGS = 5
_MOST_DEATHS = 10


@dataclass(frozen=True)
class DaemonOptions:
    """``threads`` of one embedder; ``step_seconds``: the longest that parsing a group of files or embedding a round of
    texts may take; ``max_megabytes``: resident memory at which the process is replaced by a new one;
    ``upkeep``: whether it looks after the indexes when it has nothing to do; ``only_repository``: leaves other
    repositories' jobs alone."""

    stages: tuple[str, ...] = ("chunk", "embed")
    once: bool = False
    threads: int | None = None
    poll_seconds: float = 1.0
    step_seconds: int = 300
    max_megabytes: int = 2000
    upkeep: bool = True
    only_repository: int | None = None

    def to_json(self) -> str:
        """The argument of the process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> DaemonOptions:
        """The options that :meth:`to_json` gave."""
        given = json.loads(text)
        return cls(**given | {"stages": tuple(given["stages"])})


@dataclass(frozen=True)
class Ended:
    """A process that is no more: ``name`` is the one its leases are under, ``said`` what it printed."""

    name: str
    code: int
    said: str

    @property
    def died(self) -> bool:
        """Whether it ended without having been told to, or asked to be replaced."""
        return self.code not in (0, EXIT_RECYCLE)

    @property
    def how(self) -> str:
        """The signal or the exit status."""
        if self.code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-self.code).name
        return f"exit status {self.code}"

    @property
    def last_line(self) -> str:
        """The end of what it printed; how it ended where that is nothing."""
        return (self.said.strip().splitlines() or [self.how])[-1]

    def release_jobs(self, connection: psycopg.Connection[Any]) -> None:
        """Queue what it held again; the attempt counts."""
        most = _MOST_HANGS if self.code == -signal.SIGALRM else _MOST_DEATHS
        connection.execute(
            "select codesearch.release_jobs(%s, died => true, most_attempts => %s)", ([self.name], most)
        )


@dataclass
class _Process:
    popen: subprocess.Popen[bytes]
    output: IO[bytes] | None

    def tell_to_end(self) -> None:
        with contextlib.suppress(OSError):
            assert self.popen.stdin is not None
            self.popen.stdin.close()

    def ended(self) -> Ended:
        self.tell_to_end()
        said = ""
        if self.output is not None:
            self.output.seek(0)
            said = self.output.read().decode(errors="replace")
            self.output.close()
        return Ended(f"{socket.gethostname()}:{self.popen.pid}", self.popen.returncode, said)


class Processes:
    """Processes of :mod:`pgcodesearch.indexing.daemon` on one database, all with the same options."""

    def __init__(self, url: str, options: DaemonOptions, *, quiet: bool) -> None:
        """``quiet``: what they print is kept for :class:`Ended`; else it goes where this process prints."""
        self._environment = {**os.environ, URL_VARIABLE: url}
        self._arguments = [sys.executable, "-m", "pgcodesearch.indexing.daemon", options.to_json()]
        self._quiet = quiet
        self._running: list[_Process] = []

    def __len__(self) -> int:
        return len(self._running)

    def start(self) -> None:
        """Start one more."""
        # Closed with its process.
        output = tempfile.TemporaryFile() if self._quiet else None  # noqa: SIM115
        popen = subprocess.Popen(
            self._arguments, env=self._environment, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
        self._running.append(_Process(popen, output))

    def collect(self) -> list[Ended]:
        """Those that ended since the last time."""
        gone = [process for process in self._running if process.popen.poll() is not None]
        self._running = [process for process in self._running if process not in gone]
        return [process.ended() for process in gone]

    def stop(self) -> list[Ended]:
        """End all: they finish the step in hand and give back the rest; who takes too long is killed."""
        for process in self._running:
            process.tell_to_end()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._running:
            try:
                process.popen.wait(max(0.1, deadline - time.monotonic()))
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.popen.kill()
                process.popen.wait()
        return self.collect()


def local_workers_that_died(connection: psycopg.Connection[Any]) -> list[str]:
    """Workers of this machine that hold jobs and are no more: a power cut or kill -9 need not cost a lease's time."""
    prefix = f"{socket.gethostname()}:"
    rows = connection.execute(
        "select distinct worker from codesearch.index_job where state = 'running' and starts_with(worker, %s)",
        (prefix,),
    ).fetchall()
    return [name for (name,) in rows if not _alive(name.removeprefix(prefix))]


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, OverflowError):
        return True
    return True
