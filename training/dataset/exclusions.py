"""What may never become training data: by its own name, by the name a manifest declares, or as a copy in a folder."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pgcodesearch.training.dataset.database import Repository
from pgcodesearch.training.sources import is_excluded_name, is_excluded_path

_LINES = {
    "go.mod": re.compile(r"^module\s+(\S+)", re.MULTILINE),
    "setup.cfg": re.compile(r"^name\s*=\s*(\S+)", re.MULTILINE),
    "setup.py": re.compile(r"\bname\s*=\s*[\"']([^\"']+)"),
    "METADATA": re.compile(r"^Name: (\S+)", re.MULTILINE),
    "PKG-INFO": re.compile(r"^Name: (\S+)", re.MULTILINE),
}
_GEMSPEC = re.compile(r"\.name\s*=\s*[\"']([^\"']+)")
_FILES = ("pyproject.toml", "Cargo.toml", "package.json", "composer.json", *_LINES)
# Paths of files that declare a package's name, as a regular expression of Postgres.
MANIFESTS = rf"(^|/)({'|'.join(re.escape(name) for name in _FILES)}|[^/]+\.gemspec)$"


def declared_name(path: str, content: str) -> str:
    """The package name that a manifest declares; empty where it declares none, or cannot be read."""
    file = PurePosixPath(path).name
    pattern = _GEMSPEC if file.endswith(".gemspec") else _LINES.get(file)
    if pattern:
        found = pattern.search(content)
        return re.sub(r"/v[0-9]+$", "", found.group(1)) if found else ""
    try:
        document = tomllib.loads(content) if file.endswith(".toml") else json.loads(content)
    except ValueError:
        return ""
    for table in (document, *(_table(document, key) for key in ("project", "package", "tool.poetry"))):
        if isinstance(table, dict) and isinstance(table.get("name"), str):
            return str(table["name"])
    return ""


def _table(document: object, dotted: str) -> object:
    for key in dotted.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def excluded_repository(repository: Repository, names: set[str]) -> bool:
    """Is the repository an excluded package by its name, its folder, or where it was cloned from?"""
    known = [repository.name]
    if repository.root:
        root = Path(repository.root)
        known += [root.name, *_origin(root)]
    return any(is_excluded_name(name, names) for name in known)


def _origin(root: Path) -> list[str]:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "config", "--get", "remote.origin.url"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError:
        return []
    parts = re.split(r"[/:]", done.stdout.strip().removesuffix(".git"))[-2:]
    return ["/".join(parts)] if done.returncode == 0 and len(parts) == 2 else []


class ExcludedFiles:
    """Tells files of excluded packages in one repository: copies, known by folder, by name or by a manifest."""

    def __init__(self, names: set[str], manifests: Iterable[tuple[str, str]] = ()) -> None:
        """``manifests``: (path, content) of the repository's files like :data:`MANIFESTS`."""
        self._names = names
        self._folders = {
            "" if (parent := str(PurePosixPath(path).parent)) == "." else f"{parent}/"
            for path, content in manifests
            if (name := declared_name(path, content)) and is_excluded_name(name, names)
        }

    def holds(self, path: str) -> bool:
        """Is this a file of an excluded package?"""
        return is_excluded_path(path, self._names) or any(path.startswith(folder) for folder in self._folders)

    @property
    def holds_all(self) -> bool:
        """Does the repository's own manifest name an excluded package?"""
        return "" in self._folders
