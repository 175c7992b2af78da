"""Private servers for tests: nothing of the machine's own clusters is touched."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pgcodesearch
from pgcodesearch.database.embedded_programs import program_directory
from pgcodesearch.database.embedded_user import ServerUser, server_user

DEBIAN_MAJOR = 15
DEBIAN_PROGRAMS = Path(f"/usr/lib/postgresql/{DEBIAN_MAJOR}/bin")
DEBIAN_EXTENSIONS = Path(f"/usr/share/postgresql/{DEBIAN_MAJOR}/extension")

# What the servers of a parallel run may come to.
_MEMORY_BYTES = 8 << 30


def temporary_home(prefix: str) -> Path:
    """A short-named folder that the server's system user may enter; pytest's own are closed to it."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=_memory_folder()))
    path.chmod(0o755)
    return path


def _memory_folder() -> str | None:
    """A folder in memory where there is room: a test's database is a thousand small files, made and removed again."""
    folder = "/dev/shm"
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return folder if found.f_bavail * found.f_frsize >= _MEMORY_BYTES else None


def missing_debian_parts() -> list[str]:
    """What docker/install-server.sh would still have to install on this machine."""
    wanted = {
        "PostgreSQL 15": DEBIAN_PROGRAMS / "postgres",
        "pgvector": DEBIAN_EXTENSIONS / "vector.control",
        "PL/Python": DEBIAN_EXTENSIONS / "plpython3u.control",
        "pg_cron": DEBIAN_EXTENSIONS / "pg_cron.control",
        "PL/Proxy": DEBIAN_EXTENSIONS / "plproxy.control",
        "extension pgcodesearch": DEBIAN_EXTENSIONS / "pgcodesearch.control",
    }
    return [name for name, path in wanted.items() if not path.exists()]


@dataclass
class PrivateServer:
    """A private cluster of the PostgreSQL whose programs lie in ``programs``, on a unix socket in ``home``."""

    home: Path
    programs: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        return f"host={self.home / 'run'} port=5432 user=postgres dbname=postgres"

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def settings(self) -> list[str]:
        """Lines of postgresql.conf."""
        return [
            "listen_addresses = ''",
            f"unix_socket_directories = '{self.home / 'run'}'",
            "port = 5432",
            "fsync = off",
            "max_connections = 120",
            "shared_buffers = '128MB'",
            "max_wal_size = '256MB'",
            "maintenance_work_mem = '256MB'",
            "max_parallel_maintenance_workers = 0",
            # As the embedded server has them.
            "random_page_cost = 1.1",
            "jit = off",
        ]

    def create(self) -> None:
        user = self._user()
        user.let_in(self.home)
        user.let_in(self.programs)
        for folder in (self.data, self.home / "run"):
            user.own_directory(folder)
        user.own_file(self.home / "log")
        user.run(
            [self.program("initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            cwd=self.data,
        )  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as config:
            config.write("\n".join(["", *self.settings(), ""]))

    def start(self) -> None:
        self._control("start", "-l", str(self.home / "log"))

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-m", mode)

    def destroy(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def log_tail(self) -> str:
        return (self.home / "log").read_text(errors="replace")[-3000:]

    def _control(self, action: str, *options: str) -> None:
        user = self._user()
        entry = user.entry
        command = [self.program("pg_ctl"), action, "-w", "-t", "120", "-D", str(self.data), *options]
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command, cwd=self.data, env=_server_environment(), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, check=False,
                **({} if entry is None else {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}),
            )  # fmt: skip
            output.seek(0)
            assert done.returncode == 0, f"{output.read()}\n{self.log_tail()}"

    @staticmethod
    def _user() -> ServerUser:
        return server_user()


@dataclass
class DebianServer(PrivateServer):
    """A private cluster of Debian's PostgreSQL, with pg_cron loaded and PL/Python usable."""

    programs: Path = DEBIAN_PROGRAMS
    cron_database: str = "codesearch"

    def settings(self) -> list[str]:
        return [
            *super().settings(),
            "shared_preload_libraries = 'pg_cron'",
            f"cron.database_name = '{self.cron_database}'",
            f"cron.host = '{self.home / 'run'}'",
        ]

    @staticmethod
    def _user() -> ServerUser:
        return ServerUser(pwd.getpwnam("postgres") if os.geteuid() == 0 else None)


def older_server(home: Path) -> PrivateServer:
    """PostgreSQL 16, which the embedded server's wheel carries beside 18."""
    return PrivateServer(home, program_directory().parents[1] / "pginstall" / "bin")


def _server_environment() -> dict[str, str]:
    """The environment of a server whose PL/Python imports this test run's own packages."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    # PL/Python looks for its standard library beside the first python3 of PATH.
    environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    if sys.version_info[:2] == (
        3,
        11,
    ):  # Debian's PL/Python is 3.11: other versions' wheels do not load there
        package = Path(pgcodesearch.__file__).resolve().parents[1]
        paths = [str(package), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return environment
