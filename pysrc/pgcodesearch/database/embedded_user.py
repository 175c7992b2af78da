"""Who runs the embedded server: the caller, or, because PostgreSQL refuses root, an unprivileged system user."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pgcodesearch.database.errors import EmbeddedServerError

SYSTEM_USER = "pgcodesearch"


@dataclass(frozen=True)
class ServerUser:
    """The system user the server's programs run as; ``entry`` is None when it is the caller."""

    entry: pwd.struct_passwd | None

    def run(self, arguments: list[str], *, cwd: Path, input: str | None = None) -> None:
        """Run a program of the server and wait. Raises EmbeddedServerError with what it wrote."""
        options: dict[str, Any] = {}
        if self.entry is not None:
            options = {"user": self.entry.pw_uid, "group": self.entry.pw_gid, "extra_groups": []}
        # pg_ctl leaves the server behind with the same output files: pipes would never see their end.
        with tempfile.TemporaryFile("w+") as output:
            try:
                finished = subprocess.run(
                    arguments, cwd=cwd, env=_environment(), text=True, stdout=output, stderr=output, check=False,
                    **({"input": input} if input is not None else {"stdin": subprocess.DEVNULL}), **options,
                )  # fmt: skip
            except OSError as error:
                raise EmbeddedServerError(f"cannot run {arguments[0]}: {error}") from error
            output.seek(0)
            written = output.read()
        if finished.returncode != 0:
            raise EmbeddedServerError(f"{Path(arguments[0]).name} failed", detail=written.strip())

    def own_directory(self, path: Path) -> None:
        """Create a directory that only this user may enter, or check that an existing one is this user's."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = os.geteuid() if self.entry is None else self.entry.pw_uid
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (wanted, os.geteuid()):
            raise EmbeddedServerError(
                f"{path} belongs to another user", hint="remove it, or set PGCODESEARCH_HOME"
            )
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)
        path.chmod(0o700)

    def own_file(self, path: Path) -> None:
        """Create a file this user may write."""
        path.touch(mode=0o600)
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def let_in(self, path: Path) -> None:
        """Let another user pass through the folders above ``path`` (the execute bit: passing, not listing)."""
        if self.entry is None:
            return
        for folder in (path, *path.resolve().parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def server_user() -> ServerUser:
    """The caller, or for root the system user ``pgcodesearch``, created when it is missing."""
    if os.geteuid() != 0:
        return ServerUser(None)
    for attempt in ("find", "create"):
        try:
            return ServerUser(pwd.getpwnam(SYSTEM_USER))
        except KeyError:
            if attempt == "find":
                _create_system_user()
    raise EmbeddedServerError(
        f"root cannot run PostgreSQL, and the system user {SYSTEM_USER} could not be created",
        hint=f"create it with: useradd --system {SYSTEM_USER}; or run as an ordinary user",
    )


def _create_system_user() -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is not None:
        # Another process may create it in the same moment; only the entry's presence counts.
        subprocess.run(
            [program, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
            check=False,
            capture_output=True,
        )


def _environment() -> dict[str, str]:
    """The caller's environment without libpq's variables, which would redirect or reconfigure the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG") or name == "PGTZ"}
