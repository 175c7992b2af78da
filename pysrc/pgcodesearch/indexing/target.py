"""A repository on its way into the database: what is on record of it, and batches of what is new."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.indexing.decoding import Text
from pgcodesearch.indexing.plain_files import Ignored
from pgcodesearch.indexing.reading import Skip
from pgcodesearch.indexing.sieve import Found

_BATCH_BYTES = 2_000_000
_BATCH_FILES = 200
# A file that changes again in the clock tick in which it was read keeps its time: git's "racily clean". FAT's ticks are
# the longest.
_RACY_NS = 2_000_000_000

# Reasons that count for nothing where a file was asked for.
GUESSES = ("generated", "minified", "binary")

# Size, time and reason of a skip of a file on record.
Stored = tuple[int, int | None, str | None]


@dataclass(slots=True)
class SyncResult:
    """What a sync found: counts of entries, and the commit of the work tree. ``ignored`` is in no table."""

    repository_id: int = 0
    branch_id: int = 0
    seen: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    ignored: Ignored = field(default_factory=Ignored)
    notes: list[str] = field(default_factory=list)
    commit: str | None = None


class SyncTarget:
    """A branch's record and the batch in hand; ``known`` loses what is seen again, and the rest is gone."""

    def __init__(
        self, connection: psycopg.Connection[Any], name: str, root: Path, branch: str | None = None
    ) -> None:
        """Without ``branch`` the repository's default one. A new branch begins as a copy of that."""
        self._connection = connection
        row = connection.execute(
            "select repository_id, branch_id from codesearch.ensure_branch(%s, %s, %s)",
            (name, branch, str(root)),
        ).fetchone()
        connection.commit()
        assert row is not None
        repository_id, self.branch_id = row
        self.result = SyncResult(repository_id, self.branch_id)
        self.batch = Batch(connection, self.branch_id, self.result)
        self.known: dict[str, Stored] = {}

    def read_known(self) -> None:
        """Read what is on record."""
        self.known = _known_files(self._connection, self.branch_id)

    def finish(self, state: str | None) -> SyncResult:
        """Store the rest of the batch, forget what was not seen, and record the commit that is stored now."""
        self.batch.flush()
        self.result.removed = forget(self._connection, self.branch_id, list(self.known))
        self._connection.execute("select codesearch.record_index_run(%s, %s)", (self.branch_id, state))
        self._connection.commit()
        return self.result


class Batch:
    """Files and skips on their way to the database."""

    def __init__(self, connection: psycopg.Connection[Any], branch_id: int, result: SyncResult) -> None:
        self._connection = connection
        self._branch_id = branch_id
        self._result = result
        self._files: list[dict[str, Any]] = []
        self._skips: list[dict[str, Any]] = []
        self._bytes = 0
        self._marked = False

    def add(self, found: Found, text: Text | Skip) -> None:
        """Take one file, or its skip; stores the batch where it is full."""
        row: dict[str, Any] = {"path": found.path, "modified_ns": _time_to_trust(found)}
        if isinstance(text, Skip):
            self._result.skipped[text.reason] = self._result.skipped.get(text.reason, 0) + 1
            row |= {"reason": text.reason, "detail": text.detail, "size_bytes": found.size_bytes}
            self._skips.append(row)
        else:
            row |= {"content": text.text, "encoding": text.encoding}
            self._files.append(
                row | ({"disk_bytes": found.size_bytes} if text.encoding or text.shortened else {})
            )
            self._bytes += len(text.text)
        if self._bytes >= _BATCH_BYTES or len(self._files) + len(self._skips) >= _BATCH_FILES:
            self.flush()

    def flush(self) -> None:
        """Store what is in hand, and commit."""
        if self._files:
            self._mark()
            changed = self._connection.execute(
                "select codesearch.store_files(%s, %s)", (self._branch_id, json.dumps(self._files))
            ).fetchone()
            assert changed is not None
            self._result.changed += changed[0]
            self._result.unchanged += len(self._files) - changed[0]
        if self._skips:
            self._connection.execute(
                "select codesearch.skip_files(%s, %s)", (self._branch_id, json.dumps(self._skips))
            )
        self._connection.commit()
        self._files, self._skips, self._bytes = [], [], 0

    def _mark(self) -> None:
        """Say that the branch no longer is what its commit says; finish() names the new one. Interrupted before
        that, no later run may trust git's word on what changed since."""
        if not self._marked:
            self._connection.execute("select codesearch.mark_dirty(%s)", (self._branch_id,))
            self._marked = True


def _time_to_trust(found: Found) -> int:
    """When a file changed last; 0, which no file has, where it could change again and keep that time."""
    return found.modified_ns if time.time_ns() - found.modified_ns > _RACY_NS else 0


def _known_files(connection: psycopg.Connection[Any], branch_id: int) -> dict[str, Stored]:
    """Size, time and reason of a skip of every file on record, by path."""
    rows = connection.execute(
        "select path, disk_size, modified_ns, skip from codesearch.known_files(%s)", (branch_id,)
    ).fetchall()
    return {path: (size, modified, skip) for path, size, modified, skip in rows}


def forget(connection: psycopg.Connection[Any], branch_id: int, paths: list[str]) -> int:
    """Remove files that are gone; how many of them were indexed."""
    if not paths:
        return 0
    row = connection.execute("select codesearch.forget_files(%s, %s)", (branch_id, paths)).fetchone()
    connection.commit()
    return int(row[0]) if row else 0
