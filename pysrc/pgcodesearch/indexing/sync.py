"""Brings source_file in line with a folder; the database's triggers queue what changed."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.indexing.reading import DEFAULT_MAX_BYTES, Skip, read_source
from pgcodesearch.indexing.walking import Found, walk

_BATCH_BYTES = 2_000_000
_BATCH_FILES = 200
# A file written in the same clock tick as its last reading could change unseen: git's "racily clean".
_RACY_NS = 2_000_000_000
# Reasons that only the name or the kind of an entry gives.
_SKIPS_BY_NAME = ("symlink", "not a file", "vendored", "path")


@dataclass(slots=True)
class SyncResult:
    """What a sync found: counts of entries, and the commit of the work tree where there is one."""

    repository_id: int = 0
    seen: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    commit: str | None = None


def sync_repository(
    connection: psycopg.Connection[Any],
    name: str,
    root: Path,
    exclude: tuple[str, ...] = (),
    max_bytes: int = DEFAULT_MAX_BYTES,
    progress: Callable[[SyncResult], None] | None = None,
) -> SyncResult:
    """Store new and changed files, forget those that are gone, record skips; commits batch by batch.

    Interrupted at any point, the next call goes on: what was stored has its size and time on record and is not
    read again. Raises FileNotFoundError or NotADirectoryError for a bad root, psycopg.Error.
    """
    result = SyncResult(commit=git_commit(root))
    # Walk before touching the database: a mistyped root must not leave an empty repository.
    walked = walk(root, exclude)
    first = next(walked, None)
    repository_id = result.repository_id = _repository(connection, name, root)
    known = _known_files(connection, repository_id)
    batch = _Batch(connection, repository_id, result)
    started = time.time_ns()
    for found in _chain(first, walked):
        result.seen += 1
        stored = known.pop(found.path, None)
        if stored and started - found.modified_ns > _RACY_NS and _is_current(found, stored, max_bytes):
            result.unchanged += 1
            if stored[2]:
                result.skipped[stored[2]] = result.skipped.get(stored[2], 0) + 1
            continue
        batch.add(found, read_source(found, max_bytes))
        if progress:
            progress(result)
    batch.flush()
    result.removed = _forget(connection, repository_id, list(known))
    connection.execute(
        "update codesearch.repository set indexed_commit = %s, indexed_at = now() where repository_id = %s",
        (result.commit, repository_id),
    )
    connection.commit()
    return result


class _Batch:
    """Files and skips on their way to the database."""

    def __init__(self, connection: psycopg.Connection[Any], repository_id: int, result: SyncResult) -> None:
        self._connection = connection
        self._repository_id = repository_id
        self._result = result
        self._files: list[dict[str, Any]] = []
        self._skips: list[dict[str, Any]] = []
        self._bytes = 0

    def add(self, found: Found, text: str | Skip) -> None:
        row: dict[str, Any] = {"path": found.path, "modified_ns": found.modified_ns}
        if isinstance(text, Skip):
            self._result.skipped[text.reason] = self._result.skipped.get(text.reason, 0) + 1
            row |= {"reason": text.reason, "detail": text.detail, "size_bytes": found.size_bytes}
            self._skips.append(row)
        else:
            self._files.append(row | {"content": text})
            self._bytes += len(text)
        if self._bytes >= _BATCH_BYTES or len(self._files) + len(self._skips) >= _BATCH_FILES:
            self.flush()

    def flush(self) -> None:
        if self._files:
            changed = self._connection.execute(
                "select codesearch.store_files(%s, %s)", (self._repository_id, json.dumps(self._files))
            ).fetchone()
            assert changed is not None
            self._result.changed += changed[0]
            self._result.unchanged += len(self._files) - changed[0]
        if self._skips:
            self._connection.execute(
                "select codesearch.skip_files(%s, %s)", (self._repository_id, json.dumps(self._skips))
            )
        self._connection.commit()
        self._files, self._skips, self._bytes = [], [], 0


def _is_current(found: Found, stored: tuple[int, int | None, str | None], max_bytes: int) -> bool:
    """Whether reading the file again could tell nothing new."""
    size, modified, skip = stored
    if (size, modified) != (found.size_bytes, found.modified_ns):
        return False
    if found.skip or skip in _SKIPS_BY_NAME:
        return skip == found.skip
    # The limit may have changed since, and permissions change without a trace in size and time.
    return (skip == "too large") == (found.size_bytes > max_bytes) and skip != "unreadable"


def _repository(connection: psycopg.Connection[Any], name: str, root: Path) -> int:
    row = connection.execute("select codesearch.ensure_repository(%s)", (name,)).fetchone()
    assert row is not None
    connection.execute(
        "update codesearch.repository set root = %s where repository_id = %s and root is distinct from %s",
        (str(root), row[0], str(root)),
    )
    connection.commit()
    return int(row[0])


def _known_files(
    connection: psycopg.Connection[Any], repository_id: int
) -> dict[str, tuple[int, int | None, str | None]]:
    """Size, time and reason of a skip of every file on record, by path."""
    rows = connection.execute(
        "select path, disk_size, modified_ns, skip from codesearch.known_files(%s)", (repository_id,)
    ).fetchall()
    return {path: (size, modified, skip) for path, size, modified, skip in rows}


def _forget(connection: psycopg.Connection[Any], repository_id: int, paths: list[str]) -> int:
    if not paths:
        return 0
    row = connection.execute("select codesearch.forget_files(%s, %s)", (repository_id, paths)).fetchone()
    connection.commit()
    return int(row[0]) if row else 0


def _chain(first: Found | None, rest: Any) -> Any:
    if first is not None:
        yield first
        yield from rest


def git_commit(root: Path) -> str | None:
    """The commit checked out at ``root``; None outside git, without commits or without the git command."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--verify", "-q", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() or None
