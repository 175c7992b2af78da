"""How many files of a folder differ from what is indexed of it, counted without indexing anything.

Sizes and times are compared, and the content where only the time differs. What an index run would count as new may
have been excluded by it, so that a file nobody knows of counts only if it changed after that run.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.indexing.git import DIRTY, changes, head
from pgcodesearch.indexing.sieve import EVERYTHING, Found, Selection, with_setting
from pgcodesearch.indexing.walking import Walk

_BETWEEN_LOOKS_AT_THE_CLOCK = 200

_KNOWN = """
select f.path, coalesce(f.disk_bytes, f.size_bytes), f.modified_ns,
       case when f.disk_bytes is null and f.encoding is null then f.content_hash end
from codesearch.source_file f where f.branch_id = %(branch)s
union all
select s.path, null, null, null from codesearch.skipped_file s where s.branch_id = %(branch)s
"""


@dataclass(frozen=True)
class IndexedBranch:
    """A branch as it is indexed: ``files`` has size, time and SHA-256 of each; a skipped one has no size."""

    name: str
    root: Path
    is_default: bool
    indexed_commit: str | None
    indexed_at: datetime | None
    files: dict[str, tuple[int | None, int | None, bytes | None]]
    selection: Selection

    @classmethod
    def read(cls, connection: psycopg.Connection[Any], branch_id: int) -> IndexedBranch | None:
        """What is on record; None where the repository has no folder, or the folder is not on this machine."""
        row = connection.execute(
            "select b.name, r.root, b.is_default, b.indexed_commit, b.indexed_at from codesearch.branch b"
            " join codesearch.repository r using (repository_id) where b.branch_id = %s",
            (branch_id,),
        ).fetchone()
        if row is None or row[1] is None or not os.path.isabs(row[1]) or not os.path.isdir(row[1]):
            return None
        name, root, is_default, commit, indexed_at = row
        rows = connection.execute(_KNOWN, {"branch": branch_id}).fetchall() if is_default else []
        files = {path: (size, modified, digest) for path, size, modified, digest in rows}
        selection = with_setting(connection, EVERYTHING)
        return cls(name, Path(root), is_default, commit, indexed_at, files, selection)


def count_changes(branch: IndexedBranch, seconds: float) -> int | None:
    """Files that were changed, added or removed since; None where that can't be told, or not in this time.

    Nothing that the folder holds is executed (git_command). Raises GitFailed, OSError.
    """
    if not branch.is_default:
        return _moved(branch)
    deadline = time.monotonic() + seconds
    known = dict(branch.files)
    changed = 0
    for number, found in enumerate(Walk(branch.root, branch.selection)):
        if number % _BETWEEN_LOOKS_AT_THE_CLOCK == 0 and time.monotonic() > deadline:
            return None
        changed += _differs(branch, found, known.pop(found.path, None))
    return changed + sum(1 for size, _, _ in known.values() if size is not None)


def _moved(branch: IndexedBranch) -> int | None:
    """A branch that was read from git's objects: files that differ between its commit then and now."""
    indexed = branch.indexed_commit.removesuffix(DIRTY) if branch.indexed_commit else None
    now = head(branch.root, branch.name)
    if indexed is None or now is None:
        return None
    if indexed == now:
        return 0
    found = changes(branch.root, indexed, now)
    return None if found is None else len(found)


def _differs(
    branch: IndexedBranch, found: Found, stored: tuple[int | None, int | None, bytes | None] | None
) -> bool:
    if stored is None:
        return not found.skip and branch.indexed_at is not None and _after(found, branch.indexed_at)
    size, modified, digest = stored
    if size is None:
        return False
    if found.skip or size != found.size_bytes:
        return True
    if modified == found.modified_ns:
        return False
    return digest is None or digest != _digest(branch.root / found.path, size)


def _after(found: Found, moment: datetime) -> bool:
    return found.modified_ns > moment.timestamp() * 1e9


def _digest(path: Path, size: int) -> bytes | None:
    """SHA-256 of a regular file's content, None where it can't be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return hashlib.sha256(file.read(size + 1)).digest()
