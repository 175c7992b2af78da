"""A branch, tag or commit of a repository, searched as ``name@branch``, read from git's objects without a checkout."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.indexing import git
from pgcodesearch.indexing.by_name import shown_path
from pgcodesearch.indexing.notebooks import size_limit
from pgcodesearch.indexing.reading import Skip, decode_source
from pgcodesearch.indexing.sieve import EVERYTHING, Found, Selection, Sieve, with_setting
from pgcodesearch.indexing.target import GUESSES, Stored, SyncResult, SyncTarget


class UnknownBranch(CodeSearchError):
    """git knows no such branch, tag or commit"""


def sync_branch(
    connection: psycopg.Connection[Any],
    name: str,
    root: Path,
    branch: str,
    selection: Selection = EVERYTHING,
    progress: Callable[[SyncResult], None] | None = None,
) -> SyncResult:
    """Store what a branch holds below ``root``; of a branch that is stored already, only what changed since is read.

    A new one begins as a copy of the repository's default branch, and only what differs is read.
    Raises UnknownBranch, psycopg.Error.
    """
    commit = git.head(root, branch)
    if commit is None:
        raise UnknownBranch(
            f"{root} has no branch, tag or commit {branch!r}", hint="list them with: git branch -a"
        )
    max_bytes = selection.max_bytes
    target = SyncTarget(connection, name, root, branch)
    target.result.commit = commit
    target.read_known()
    unchanged = _unchanged(connection, target, root, commit)
    sieve = Sieve(os.fsencode(root), with_setting(connection, selection))
    wanted: list[git.Blob] = []
    for blob in git.blobs(root, commit):
        if not sieve.wants(blob.path.encode()):
            continue
        found = _as_found(blob, sieve)
        target.result.seen += 1
        stored = target.known.pop(found.path, None)
        if stored and found.path in unchanged and _is_current(found, stored, max_bytes):
            target.result.unchanged += 1
        elif found.skip or blob.size_bytes > size_limit(found.path, max_bytes):
            detail = found.detail or f"{blob.size_bytes} bytes, at most {max_bytes} are indexed"
            target.batch.add(found, Skip(found.skip or "too large", detail))
        else:
            wanted.append(blob)
    for blob, data in git.contents(root, wanted):
        found = _as_found(blob, sieve)
        lacking = Skip("unreadable", "this clone lacks the object")
        target.batch.add(
            found, lacking if data is None else decode_source(blob.path, data, found.included, max_bytes)
        )
        if progress:
            progress(target.result)
    return target.finish(commit)


def _unchanged(connection: psycopg.Connection[Any], target: SyncTarget, root: Path, commit: str) -> set[str]:
    """Paths on record that are the same in the commit that was stored last; renames are applied."""
    row = connection.execute(
        "select indexed_commit from codesearch.branch where branch_id = %s", (target.branch_id,)
    ).fetchone()
    connection.commit()
    changed = git.changes(root, row[0], commit) if row and row[0] else None
    if changed is None:
        return set()
    view = git.GitView(commit, commit, [change for change in changed if change.status == "R"])
    view.apply_renames(connection, target.branch_id)
    target.read_known()
    # What was written by SQL, into the branch or into the one it was copied from, is not what git knows.
    foreign = {path for path, (_, modified, skip) in target.known.items() if modified is None and not skip}
    return target.known.keys() - foreign - {change.path for change in changed}


def _is_current(found: Found, stored: Stored, max_bytes: int) -> bool:
    """Whether what is on record of a file that git calls unchanged is what reading it would give."""
    size, _, skip = stored
    if skip is None:
        # The checkout it was copied from may differ from what git says: other line ends, changes that git overlooks.
        return not found.skip and size == found.size_bytes <= size_limit(found.path, max_bytes)
    if skip == "unreadable" or (found.included and skip in GUESSES):
        return False
    return (skip == "too large") == (found.size_bytes > size_limit(found.path, max_bytes) and not found.skip)


def _as_found(blob: git.Blob, sieve: Sieve) -> Found:
    """The file as a walk of a checkout would find it."""
    path = blob.path.encode()
    reason = ("symlink", "links are not followed") if blob.mode == "120000" else sieve.reason(path)
    skip, detail = reason or (None, None)
    return Found(shown_path(path), blob.size_bytes, 0, skip, detail, sieve.includes(path))
