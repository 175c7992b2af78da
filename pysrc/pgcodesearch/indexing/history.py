"""Stores the commits that a branch reaches: only those that are not stored yet are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.indexing.git_history import (
    MOST_FILES,
    HistoryCommit,
    reached,
    read_commits,
    shallow_ends,
)
from pgcodesearch.indexing.git_patch import ChangedFile
from pgcodesearch.indexing.messages import read_author, read_message

# What one transaction stores, and what an interrupted run loses.
_BATCH = 5_000
# A jsonb holds 256 MB.
_PART_CHARACTERS = 16_000_000
_TRIES = 3
_LATEST = 253_402_300_799.0  # the end of the year 9999


@dataclass(slots=True)
class HistoryResult:
    """How many commits of the branch are stored, how many of them are new, and how many of these lack what."""

    commits: int = 0
    added: int = 0
    cut: int = 0
    without_lines: int = 0
    notes: list[str] = field(default_factory=list)


def sync_history(
    connection: psycopg.Connection[Any],
    branch_id: int,
    root: Path,
    commit: str | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> HistoryResult:
    """Store the newest commits (setting history.max_commits) that ``commit`` reaches; those that no branch reaches any
    more, as after a force-push, go.

    Interrupted at any point, the next call goes on. Raises GitFailed, psycopg.Error.
    """
    result = HistoryResult()
    row = connection.execute(
        "select codesearch.setting_number('history.max_commits'), h.head, h.max_commits, exists (select"
        " from codesearch.git_commit g where g.repository_id = h.repository_id and g.detail = 'message')"
        " from (select) one left join codesearch.branch_history h on h.branch_id = %s",
        (branch_id,),
    ).fetchone()
    connection.commit()
    assert row is not None
    number, head, stored_most, shallow = row
    most = int(number)
    if not most or commit is None:
        if head and not most:
            connection.execute("select codesearch.forget_history(%s)", (branch_id,))
            connection.commit()
        return result
    ends = shallow_ends(root)
    if (head, stored_most) == (commit, most) and not ends and not shallow:
        result.commits = _count(connection, branch_id)
        return result
    listed = reached(root, commit, most)
    for _ in range(_TRIES if listed else 0):
        assert listed is not None
        _store_missing(connection, branch_id, root, listed, ends, result, progress)
        recorded = connection.execute(
            "select codesearch.record_history(%s, %s, %s, %s)", (branch_id, commit, most, list(listed))
        ).fetchone()
        connection.commit()
        result.commits = recorded[0] if recorded else 0
        # Another run, of another branch, may have collected what was stored before this one recorded it.
        if result.commits == len(listed):
            break
    _describe(result, ends)
    return result


def _store_missing(
    connection: psycopg.Connection[Any], branch_id: int, root: Path, listed: dict[str, tuple[str, ...]],
    ends: set[str], result: HistoryResult, progress: Callable[[int, int], None],
) -> None:  # fmt: skip
    """Store what is missing, batch by batch; the last one is not committed, so that it is recorded with it."""
    known = dict(
        connection.execute(
            "select encode(g.hash, 'hex'), g.detail from codesearch.git_commit g"
            " join codesearch.branch b on b.repository_id = g.repository_id where b.branch_id = %s",
            (branch_id,),
        ).fetchall()
    )
    if _is_older_than_known(listed, known, ends):
        # Numbers follow the order of history. In one transaction with what comes: no search sees a moment without.
        connection.execute("select codesearch.forget_history(%s, everything => true)", (branch_id,))
        known = {}
    else:
        connection.commit()
    missing = [object_id for object_id in listed if object_id not in known]
    for start in range(0, len(missing), _BATCH):
        if start:
            connection.commit()
        progress(start, len(missing))
        batch = list(read_commits(root, missing[start : start + _BATCH], ends))
        for part in _parts(map(_as_row, batch)):
            connection.execute("select codesearch.store_commits(%s, %s)", (branch_id, part))
        result.added += len(batch)
        result.cut += sum(1 for c in batch if c.file_count > len(c.files))
        result.without_lines += sum(1 for c in batch if c.detail == "paths" and c.file_count)
        progress(min(start + _BATCH, len(missing)), len(missing))


def _count(connection: psycopg.Connection[Any], branch_id: int) -> int:
    row = connection.execute(
        "select count(*) from codesearch.git_commit g join codesearch.branch_history b"
        " on b.repository_id = g.repository_id and b.commits @> g.commit_id where b.branch_id = %s",
        (branch_id,),
    ).fetchone()
    connection.commit()
    return int(row[0]) if row else 0


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Rows as JSON arrays of bounded size."""
    held: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps(row)
        if held and size + len(text) > _PART_CHARACTERS:
            yield f"[{','.join(held)}]"
            held, size = [], 0
        held.append(text)
        size += len(text)
    if held:
        yield f"[{','.join(held)}]"


def _is_older_than_known(listed: dict[str, tuple[str, ...]], known: dict[str, str], ends: set[str]) -> bool:
    """Whether the list has ancestors of stored commits that are not stored: the limit grew, or the clone deepened."""
    return any(
        object_id in known
        and (
            any(parent in listed and parent not in known for parent in parents)
            or (known[object_id] == "message" and object_id not in ends)
        )
        for object_id, parents in listed.items()
    )


def _as_row(commit: HistoryCommit) -> dict[str, Any]:
    message = read_message(commit.message)
    return {
        "hash": commit.object_id,
        "author": read_author(commit.author),
        "authored_at": min(max(commit.seconds, 0.0), _LATEST),
        "subject": message.subject,
        "body": message.body,
        "is_merge": commit.parents > 1,
        "detail": commit.detail,
        "file_count": commit.file_count,
        "files": [_file_row(file) for file in commit.files[:MOST_FILES]],
    }


def _file_row(file: ChangedFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "old_path": file.old_path if file.status == "R" else None,
        "status": file.status if file.status in "ADMRT" else "M",
        "added": file.added,
        "removed": file.removed,
        "lines": None if file.lines is None else _multirange(file.lines),
        "symbols": list(file.symbols),
    }


def _multirange(lines: Sequence[tuple[int, int]]) -> str:
    return "{" + ",".join(f"[{first},{last}]" for first, last in lines) + "}"


def _describe(result: HistoryResult, ends: set[str]) -> None:
    if ends:
        result.notes.append("history: the clone is shallow; commits before its end are not there")
    if result.cut:
        result.notes.append(
            f"history: {result.cut} commits changed more than {MOST_FILES} files; the first are kept"
        )
