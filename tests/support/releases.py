"""Earlier releases, as their installation scripts: what users upgrade from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import psycopg

from pgcodesearch.database import loading
from support.databases import Database

_SCRIPTS = Path(__file__).parents[1] / "upgrade/releases"


def released_versions() -> list[str]:
    """Versions whose script is kept, oldest first."""
    names = [path.stem.partition("--")[2] for path in _SCRIPTS.glob("pgcodesearch--*.sql")]
    return sorted(names, key=lambda version: tuple(map(int, version.split("."))))


def script(version: str) -> str:
    """All SQL of a release, in load order, each file below a line ``-- its path``."""
    return (_SCRIPTS / f"pgcodesearch--{version}.sql").read_text(encoding="utf-8")


def revision(version: str) -> str:
    """The schema revision that a release carries."""
    found = re.search(r"insert into alembic_version values \('(\d{4})'\)", script(version))
    assert found is not None, version
    return found[1]


def install(database: Database, version: str) -> None:
    """Give an empty database the schema of a release, as `pgcodesearch init` of that release did."""
    statements = "\n".join(line for line in script(version).splitlines() if not line.startswith("\\"))
    with psycopg.connect(database.url) as connection:
        connection.execute("create extension if not exists vector")
        loading.prepare_session(connection)
        connection.execute(statements.encode())


def add_to_extension(directory: Path, version: str) -> None:
    """Put a release's script beside the newest one that ``support.extension.build_extension`` wrote."""
    shutil.copy(_SCRIPTS / f"pgcodesearch--{version}.sql", directory / "extension")
