"""Worker processes of one run: started, watched, replaced when they die, ended with it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import IO, Any

import psycopg

from pgcodesearch.database.connection import URL_VARIABLE
from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.embedding.errors import EndpointUnavailable

# A file that kills its worker is given up at its tenth attempt; more deaths in a row than that have another cause.
_MOST_DEATHS = 12
_STOP_SECONDS = 20.0
EXIT_UNAVAILABLE = 5  # the model of the jobs that are left cannot answer


class WorkersDied(CodeSearchError):
    """worker processes die again and again"""

    default_hint = "what is stored stays; run the command again with --jobs 1 to go on"


@dataclass
class _Process:
    popen: subprocess.Popen[bytes]
    errors: IO[bytes]

    @property
    def worker_name(self) -> str:
        return f"{socket.gethostname()}:{self.popen.pid}"

    def last_error(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self.popen.returncode}"


class WorkerPool:
    """Processes that work on jobs of one stage."""

    def __init__(self, url: str, stage: str) -> None:
        self._environment = {**os.environ, URL_VARIABLE: url}
        self._stage = stage
        self._processes: list[_Process] = []
        self._deaths = 0
        self._unavailable: str | None = None

    def keep(self, count: int) -> None:
        """Start processes until ``count`` run; no more once a model cannot answer."""
        while len(self._processes) < count and self._unavailable is None:
            errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with its process)
            arguments = [sys.executable, "-m", "pgcodesearch.indexing.process", self._stage, "1"]
            popen = subprocess.Popen(
                arguments, env=self._environment, stdin=subprocess.PIPE, stdout=errors, stderr=errors
            )
            self._processes.append(_Process(popen, errors))

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
        for process in [p for p in self._processes if p.popen.poll() is not None]:
            message = process.last_error()
            self._forget(process)
            if process.popen.returncode == 0:
                continue
            if process.popen.returncode == EXIT_UNAVAILABLE:
                self._unavailable = message
                continue
            self._deaths += 1
            connection.execute("select codesearch.release_jobs(%s, died => true)", ([process.worker_name],))
            connection.commit()
            if self._deaths > _MOST_DEATHS:
                raise WorkersDied(detail=message)
        if self._unavailable is not None and not self._processes:
            raise EndpointUnavailable(self._unavailable)

    def stop(self) -> list[str]:
        """End all processes: they finish the batch in hand and give back the rest. Names of those that had to be
        killed."""
        killed = []
        for process in self._processes:
            with contextlib.suppress(OSError):
                assert process.popen.stdin is not None
                process.popen.stdin.close()
        for process in list(self._processes):
            try:
                process.popen.wait(_STOP_SECONDS)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.popen.kill()
                process.popen.wait()
            if process.popen.returncode != 0:
                killed.append(process.worker_name)
            self._forget(process)
        return killed

    def _forget(self, process: _Process) -> None:
        self._processes.remove(process)
        with contextlib.suppress(OSError):
            assert process.popen.stdin is not None
            process.popen.stdin.close()


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
