"""Building the extension for a test, without changing the machine where that can be avoided."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from pgcodesearch.database import sql_files
from support.servers import DEBIAN_EXTENSIONS, DEBIAN_PROGRAMS


def build_extension(directory: Path) -> Path:
    """Write the control file and scripts into ``directory``/extension; PostgreSQL 18 finds them by a setting."""
    target = directory / "extension"
    target.mkdir()
    source = sql_files.sql_directory() / "extension"
    subprocess.run([str(source / "build.sh"), str(target)], check=True)
    (target / "pgcodesearch.control").write_bytes((source / "pgcodesearch.control").read_bytes())
    for path in (directory, target, *target.iterdir()):
        path.chmod(0o755)
    return directory


def refresh_debian_extension(build: Path, shared: Path) -> None:
    """Install the extension of this working tree for Debian's server, where this user may; by PGXS.

    Once a run: the processes of a parallel run have the folder ``shared`` in common, and none may read half a file.
    """
    done = shared / "extension-installed"
    with (shared / "extension.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() or not os.access(DEBIAN_EXTENSIONS, os.W_OK):
            return
        subprocess.run(
            ["make", "-s", "-C", str(sql_files.sql_directory() / "extension"), f"BUILD={build}",
             f"PG_CONFIG={DEBIAN_PROGRAMS / 'pg_config'}", "install"],
            check=True,
        )  # fmt: skip
        done.touch()
