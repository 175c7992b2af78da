"""Brings source_file in line with a folder; the database's triggers queue what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.indexing.git import GitView
from pgcodesearch.indexing.notebooks import size_limit
from pgcodesearch.indexing.reading import read_source
from pgcodesearch.indexing.sieve import EVERYTHING, Found, Selection, with_setting
from pgcodesearch.indexing.target import GUESSES, Stored, SyncResult, SyncTarget, forget
from pgcodesearch.indexing.walking import Walk

# Reasons that only the name or the kind of an entry gives.
_SKIPS_BY_NAME = ("symlink", "not a file", "vendored", "ignored", "repository", "path")


def sync_repository(
    connection: psycopg.Connection[Any],
    name: str,
    root: Path,
    selection: Selection = EVERYTHING,
    progress: Callable[[SyncResult], None] | None = None,
) -> SyncResult:
    """Store new and changed files, forget those that are gone, record skips; commits batch by batch.

    Not read again is a file of the size and time on record, and one that git vouches for: unchanged since the commit
    that was indexed last. What git says has changed is read whatever its size and time. A file that moved keeps its
    row. Interrupted at any point, the next call goes on.
    Raises FileNotFoundError or NotADirectoryError for a bad root, psycopg.Error.
    """
    # Look at the folder before touching the database: a mistyped root must not leave an empty repository.
    walk = Walk(root, with_setting(connection, selection))
    target = SyncTarget(connection, name, root)
    git = GitView.of(connection, target.branch_id, root, walk.git)
    git.apply_renames(connection, target.branch_id)
    target.read_known()
    result = target.result
    result.commit, result.ignored, result.notes = git.commit, walk.ignored, walk.notes
    for found in walk:
        result.seen += 1
        stored = target.known.pop(found.path, None)
        if stored and _is_current(found, stored, selection.max_bytes, git):
            result.unchanged += 1
            if stored[2]:
                result.skipped[stored[2]] = result.skipped.get(stored[2], 0) + 1
            continue
        target.batch.add(found, read_source(found, selection.max_bytes))
        if progress:
            progress(result)
    return target.finish(git.state)


def store_paths(
    connection: psycopg.Connection[Any],
    name: str,
    root: Path,
    paths: list[str],
    selection: Selection = EVERYTHING,
) -> SyncResult:
    """Bring a few paths in line with the folder, without a look at the others; what is gone is forgotten."""
    target = SyncTarget(connection, name, root)
    result, batch = target.result, target.batch
    gone = set(paths)
    for found in Walk(root, with_setting(connection, selection), only=paths):
        if found.path in gone:
            gone.discard(found.path)
            batch.add(found, read_source(found, selection.max_bytes))
    result.seen = len(paths)
    batch.flush()
    if gone:
        below = connection.execute(
            "select f.path from codesearch.known_files(%s) f, unnest(%s::text[]) g(path)"
            " where f.path = g.path or starts_with(f.path, g.path || '/')",
            (target.branch_id, sorted(gone)),
        ).fetchall()
        result.removed = forget(connection, target.branch_id, [path for (path,) in below])
    if result.changed or result.removed:
        connection.execute("select codesearch.mark_dirty(%s, complete => true)", (target.branch_id,))
        connection.commit()
    return result


def _is_current(found: Found, stored: Stored, max_bytes: int, git: GitView) -> bool:
    """Whether reading the file again could tell nothing new."""
    size, modified, skip = stored
    if size != found.size_bytes or git.changed(found.path):
        return False
    if modified != found.modified_ns and (modified is None or not git.unchanged(found.path)):
        return False
    if found.skip or skip in _SKIPS_BY_NAME:
        return skip == found.skip
    if found.included and skip in GUESSES:
        return False
    # The limit may have changed since, and permissions change without a trace in size and time.
    return (skip == "too large") == (
        found.size_bytes > size_limit(found.path, max_bytes)
    ) and skip != "unreadable"
