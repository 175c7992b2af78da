"""Finds sql/ and reads sql/manifest, the table of contents that fixes the load order.

A manifest line names one file below sql/; ``#`` begins a comment; ``[tables 0001]`` opens a section whose files
run once, in that revision, and are frozen afterwards; every other section (``[functions]``, ``[triggers]``,
``[views]``, ``[roles]``) is replaceable and runs again, in the manifest's order, at every install and upgrade.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pgcodesearch

_SECTION = re.compile(r"^\[(?P<name>[a-z_]+)(?:\s+(?P<revision>\d{4}))?\]$")
ONCE_SECTION = "tables"


class ManifestError(ValueError):
    """sql/manifest is not readable"""


@dataclass(frozen=True)
class SqlFile:
    """One line of the manifest: the section, the revision (only for run-once files) and the path below sql/."""

    section: str
    revision: str | None
    path: str

    def text(self) -> str:
        return (sql_directory() / self.path).read_text(encoding="utf-8")


@cache
def sql_directory() -> Path:
    """sql/ of the checkout this package is run from, else the copy inside the installed package."""
    return _shipped_or_checkout("_sql", "sql", "manifest")


@cache
def migrations_directory() -> Path:
    """migrations/ of the checkout, else the copy inside the installed package."""
    return _shipped_or_checkout("_migrations", "migrations", "env.py")


@cache
def plpython_directory() -> Path:
    """plpython/ of the checkout, else the copy inside the installed package."""
    return _shipped_or_checkout("_plpython", "plpython", "embed_in_server.sql")


def plproxy_directory() -> Path:
    """plproxy/ of the checkout, else the copy inside the installed package."""
    return _shipped_or_checkout("_plproxy", "plproxy", "30_search.sql")


def proxy_texts() -> list[str]:
    """The files of plproxy/, in the order in which they are loaded."""
    return [file.read_text(encoding="utf-8") for file in sorted(plproxy_directory().glob("*.sql"))]


def _shipped_or_checkout(shipped: str, checkout: str, probe: str) -> Path:
    package = Path(pgcodesearch.__file__).resolve().parent
    for candidate in (package.parents[1] / checkout, package / shipped):
        if (candidate / probe).is_file():
            return candidate
    raise FileNotFoundError(f"pgcodesearch is installed without its {checkout}/ files")


def parse_manifest(text: str) -> list[SqlFile]:
    """The manifest's files in load order. Raises ManifestError with the line number."""
    files: list[SqlFile] = []
    section: tuple[str, str | None] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line.startswith("["):
            section = _parse_section(line, number)
        elif section is None:
            raise ManifestError(f"manifest line {number}: {line!r} stands before the first section")
        elif not line.endswith(".sql") or line.startswith("/") or ".." in line.split("/"):
            raise ManifestError(f"manifest line {number}: {line!r} is not a .sql file below sql/")
        elif any(line == file.path for file in files):
            raise ManifestError(f"manifest line {number}: {line!r} is listed twice")
        else:
            files.append(SqlFile(section[0], section[1], line))
    return files


def _parse_section(line: str, number: int) -> tuple[str, str | None]:
    match = _SECTION.match(line)
    if match is None:
        raise ManifestError(
            f"manifest line {number}: {line!r} is not a section like [tables 0001] or [views]"
        )
    name, revision = match["name"], match["revision"]
    if (name == ONCE_SECTION) != (revision is not None):
        raise ManifestError(
            f"manifest line {number}: only, and always, [{ONCE_SECTION} NNNN] names a revision"
        )
    return name, revision


def manifest() -> list[SqlFile]:
    """All files of sql/manifest in load order."""
    return parse_manifest((sql_directory() / "manifest").read_text(encoding="utf-8"))


def table_files(revision: str) -> list[SqlFile]:
    """The files that run once, in this revision."""
    return [file for file in manifest() if file.revision == revision]


def replaceable_files() -> list[SqlFile]:
    """The files that run again at every upgrade."""
    return [file for file in manifest() if file.revision is None]
