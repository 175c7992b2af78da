"""What git knows of a work tree: the commit, what changed since another one, what is renamed, and files of a branch.

Where git is missing, or refuses the folder, everything here answers 'unknown', and the folder is read as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.indexing.by_name import shown_path
from pgcodesearch.indexing.git_command import objects, run
from pgcodesearch.indexing.git_files import GitFiles

DIRTY = "-dirty"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two commits; ``status`` is git's letter (A, D, M, R, T)."""

    status: str
    path: str
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a commit: its path below the folder, object id and size; ``mode`` tells links from files."""

    path: str
    object_id: str
    mode: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit without other parents: its id, the first line of its message, the paths below the folder it changed."""

    object_id: str
    subject: str
    paths: tuple[str, ...]


@dataclass
class GitView:
    """A folder's state against the commit that the database was brought in line with."""

    commit: str | None = None
    state: str | None = None  # the commit, with -dirty where the work tree differs from it
    renames: list[Change] = field(default_factory=list)
    _clean: frozenset[str] = frozenset()
    _touched: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, connection: psycopg.Connection[Any], branch_id: int, root: Path, files: GitFiles | None
    ) -> GitView:
        """Compare what git says of the folder now with the commit that is indexed; an empty view outside git."""
        commit = head(root) if files else None
        if files is None or commit is None:
            return cls()
        row = connection.execute(
            "select indexed_commit from codesearch.branch where branch_id = %s", (branch_id,)
        ).fetchone()
        connection.commit()
        indexed = row[0] if row else None
        dirty = None if files.dirty is None else {shown_path(path) for path in files.dirty & files.tracked}
        view = cls(commit, commit if files.dirty == set() else commit + DIRTY, _touched=dirty or set())
        since = indexed.removesuffix(DIRTY) if indexed else None
        changed = changes(root, since, commit) if since else None
        if changed is None:
            return view
        view.renames = [change for change in changed if change.status == "R"]
        view._touched |= {change.path for change in changed}
        moves_lines = any(change.path.endswith(".gitattributes") for change in changed)
        if indexed == since and dirty is not None and not moves_lines:
            view._clean = frozenset(shown_path(path) for path in files.vouched) - view._touched
        return view

    def unchanged(self, path: str) -> bool:
        """Whether git vouches that a file is as it was when its commit was indexed, whatever its time says."""
        return path in self._clean

    def changed(self, path: str) -> bool:
        """Whether git says that a file differs from what was indexed, or may, whatever its size and time say."""
        return path in self._touched

    def apply_renames(self, connection: psycopg.Connection[Any], branch_id: int) -> None:
        """Give the stored files their new paths, so that their chunks keep their ids; commits."""
        if not self.renames:
            return
        connection.execute(
            "select codesearch.rename_files(%s, %s, %s)",
            (branch_id, [c.old_path for c in self.renames], [c.path for c in self.renames]),
        )
        connection.commit()


def head(root: Path, revision: str = "HEAD") -> str | None:
    """The commit that a revision names; None outside git, without such a commit or without the git command.

    A folder that the work tree around it ignores (an environment, a build) is outside of git too.
    """
    if run(root, "check-ignore", "-q", ".") is not None:
        return None
    output = run(root, "rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}")
    return output.decode().strip() or None if output is not None else None


def changes(root: Path, since: str, until: str) -> list[Change] | None:
    """What differs below the folder between two commits, renames found; None where one of them is unknown."""
    if not (_COMMIT.fullmatch(since) and _COMMIT.fullmatch(until)):
        return None  # what a database calls a commit could be an option
    output = run(
        root, "diff", "--relative", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--name-status", "-z",
        "-M", since, until, "--",
    )  # fmt: skip
    if output is None:
        return None
    fields = iter(_fields(output))
    found = []
    for status in fields:
        if status[0] in "RC":
            old, new = next(fields), next(fields)
            found.append(Change(status[0], new, old))
        else:
            found.append(Change(status[0], next(fields)))
    return found


def blobs(root: Path, commit: str) -> list[Blob]:
    """The files of a commit below the folder, in git's order, each path once; submodules are left out."""
    found: dict[str, Blob] = {}
    for entry in _fields(run(root, "ls-tree", "-r", "-z", "-l", commit, "--", ".") or b""):
        description, path = entry.split("\t", 1)
        mode, kind, object_id, size = description.split()
        if kind == "blob":
            # Of an object that is missing, as in a partial clone, git doesn't know the size.
            found.setdefault(path, Blob(path, object_id, mode, int(size) if size.isdigit() else 0))
    return list(found.values())


def contents(root: Path, wanted: list[Blob]) -> Iterator[tuple[Blob, bytes | None]]:
    """The bytes of blobs, read through one git process; None for one that this clone lacks. Raises GitFailed."""
    return zip(wanted, objects(root, [blob.object_id for blob in wanted]), strict=True)


def history(root: Path, limit: int) -> list[Commit]:
    """The newest commits that changed something below the folder, merges left out; none outside git."""
    output = run(
        root, "log", "--no-merges", f"--max-count={limit}", "--relative", "--name-only", "--diff-filter=M",
        "-z", "--format=%x01%H%x02%s%x02", "--", ".",
    )  # fmt: skip
    found = []
    for entry in (output or b"").decode("utf-8", "backslashreplace").split("\x01")[1:]:
        object_id, subject, paths = entry.split("\x02", 2)
        found.append(Commit(object_id, subject, tuple(path for path in re.split(r"[\0\n]", paths) if path)))
    return found


def changed_lines(root: Path, commit: str, path: str) -> list[tuple[int, int]]:
    """(first, last) line of each place that a commit changed in a file, as numbered after it."""
    output = run(
        root,
        "diff-tree",
        "-p",
        "-U0",
        "--no-ext-diff",
        "--no-textconv",
        "--relative",
        "-r",
        commit,
        "--",
        f":(literal){path}",
    )
    hunks = re.findall(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", output or b"", re.MULTILINE)
    return [(int(first), int(first) + max(int(count or 1), 1) - 1) for first, count in hunks]


def file_at(root: Path, commit: str, path: str) -> str | None:
    """A file's text in a commit; None where it is not there, or no UTF-8."""
    output = run(root, "cat-file", "blob", f"{commit}:./{path}")
    try:
        return output.decode() if output is not None else None
    except UnicodeDecodeError:
        return None


def hooks_folder(root: Path) -> Path | None:
    """Where git looks for this work tree's hooks; None outside git."""
    output = run(root, "rev-parse", "--git-path", "hooks", configuration={"core.hooksPath": None})
    return (root / output.decode().rstrip("\n")).resolve() if output else None


def own_folders(root: Path) -> list[Path]:
    """The folders that belong to this work tree's repository alone: its top, and where git keeps what it knows."""
    output = run(root, "rev-parse", "--git-common-dir")
    top = top_folder(root)
    return [
        folder.resolve()
        for folder in (top, root / output.decode().rstrip("\n") if output else None)
        if folder
    ]


def top_folder(root: Path) -> Path | None:
    """The top of the work tree that holds the folder; None outside git."""
    output = run(root, "rev-parse", "--show-toplevel")
    return Path(output.decode().rstrip("\n")) if output else None


def _fields(output: bytes) -> list[str]:
    return [field.decode("utf-8", "backslashreplace") for field in output.split(b"\0") if field]
