"""Git histories that say something, and commits in a database without a git repository."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from pgcodesearch.indexing import Worker
from pgcodesearch.indexing.branches import sync_branch
from pgcodesearch.indexing.history import HistoryResult, sync_history
from pgcodesearch.indexing.sync import sync_repository
from support.worktrees import WorkTree

Connection = psycopg.Connection[Any]


def commit_row(subject: str, *paths: str, body: str = "", seconds: float = 1_700_000_000) -> dict[str, Any]:
    """A commit as store_commits takes it, which changed line 1 of each path."""
    return {
        "hash": hashlib.sha1(f"{subject}{body}".encode()).hexdigest(),
        "author": "Ada", "authored_at": seconds, "subject": subject, "body": body, "is_merge": False,
        "detail": "lines", "file_count": len(paths),
        "files": [
            {"path": path, "status": "M", "added": 1, "removed": 1, "lines": "{[1,1]}", "symbols": []}
            for path in paths
        ],
    }  # fmt: skip


def store_history(connection: psycopg.Connection[Any], repository: str, *commits: dict[str, Any]) -> None:
    """Make these commits, the oldest first, the whole history of a repository's default branch."""
    (branch_id,) = connection.execute(
        "select branch_id from codesearch.ensure_branch(%s)", (repository,)
    ).fetchall()[0]
    connection.execute("select codesearch.store_commits(%s, %s)", (branch_id, Jsonb(list(commits))))
    hashes = [commit["hash"] for commit in commits]
    connection.execute("select codesearch.record_history(%s, %s, 5000, %s)", (branch_id, hashes[-1], hashes))


class History(WorkTree):
    """A work tree whose commits say something."""

    def say(
        self,
        message: str,
        author: str = "Ada <ada@example.org>",
        date: str = "2024-01-01T12:00:00+0000",
        **files: str,
    ) -> str:
        """Commit all, with these files changed; its hash."""
        for name, text in files.items():
            self.write(name.replace("__", "/") + ".py", text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, "--author", author, "--date", date)
        return self.git("rev-parse", "HEAD")


def index(connection: Connection, root: Path, branch: str | None = None) -> HistoryResult:
    """Files and history of a folder, or of a branch of it."""
    result = (
        sync_branch(connection, "tree", root, branch) if branch else sync_repository(connection, "tree", root)
    )
    Worker(connection, stages=("chunk",)).run_until_idle()
    return sync_history(connection, result.branch_id, root, result.commit)


def found(
    connection: Connection, query: str | None = None, repository: str | None = "tree", **options: Any
) -> list[str]:
    """Subjects of the commits that a search by words finds."""
    named = "".join(f", {name} => %({name})s" for name in options)
    rows = connection.execute(
        "select subject from codesearch.search_changes(%(query)s, 10, %(repository)s, mode => 'lexical'" + named
        + ") order by rank", {"query": query, "repository": repository, **options},
    ).fetchall()  # fmt: skip
    return [subject for (subject,) in rows]
