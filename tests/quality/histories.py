"""Searches with a context, made from git histories: what was changed just before, and the file that is changed next.

A case is a commit. Its query is the subject line, its context the files that were seen, its answers the code files it
changes that were not. What was seen is, by ``kind``:

``next``    what the same author's commits of the eight hours before it changed, the newest first
``within``  half of the commit's own files, in an order that its hash draws
``change``  one of the commit's own files, which its hash draws; the answers are all others, code or not

The task is the first lines of the message below its subject, recent queries the subjects of the commits before. The
repository is indexed once, as it stood before the first of the commits, so a file that came later is no answer.
"""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

CODE = frozenset(
    ("c", "cc", "cpp", "go", "h", "hpp", "java", "js", "jsx", "kt", "py", "rb", "rs", "sh", "ts", "tsx")
)
WINDOW = 400  # commits that cases are drawn from
HOURS = 8
MOST_FILES = 8  # a commit of more says little of what belongs together
_FIELDS = "%x01%H%x02%ae%x02%at%x02%s%x02%b%x03"
_NO_QUERY = re.compile(
    r"^(merge|revert|release|bump|version|v?\d|wip|lint|fmt|format|typo|changelog|update (changelog|deps|dep))",
    re.I,
)
_TRAILER = re.compile(r"^(\s*$|[A-Z][\w-]+(-by)?: .*@|co-authored-by|closes? #|fixes #|\(?cherry)", re.I)
_ROBOT = re.compile(r"\[bot\]|dependabot|renovate|pre-commit", re.I)


@dataclass(frozen=True)
class Case:
    """A search and the files that answer it."""

    repository: str
    kind: str
    query: str
    context: dict[str, Any]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class _Commit:
    hash: str
    author: str
    time: int
    subject: str
    body: str
    files: tuple[str, ...]


def cases_of(history: Path, name: str, most: int) -> tuple[str, list[Case]]:
    """The commit to index, and at most so many cases of each kind."""
    commits = sorted(_commits(history), key=lambda commit: commit.time)[-WINDOW:]
    base = _git(
        history, "rev-list", "-1", "--first-parent", f"--before={commits[0].time - 1}", "HEAD"
    ).strip()
    there = set(_git(history, "ls-tree", "-r", "-z", "--name-only", base).split("\0"))
    found: dict[str, list[tuple[str, Case]]] = {"next": [], "within": []}
    for number, commit in enumerate(commits):
        for case in _cases(name, commit, commits[:number], there):
            found[case.kind].append((_drawn(commit.hash), case))
    return base, [
        case for drawn in found.values() for _, case in sorted(drawn, key=lambda pair: pair[0])[:most]
    ]


def changes_of(history: Path, name: str, most: int) -> tuple[str, list[Case]]:
    """The commit to index, and the cases of kind ``change``: of the newest commits of several files, so many."""
    commits = sorted(_commits(history, lambda _: True), key=lambda commit: commit.time)
    commits = [commit for commit in commits if len(commit.files) > 1][-most:]
    base = _git(
        history, "rev-list", "-1", "--first-parent", f"--before={commits[0].time - 1}", "HEAD"
    ).strip()
    there = set(_git(history, "ls-tree", "-r", "-z", "--name-only", base).split("\0"))
    cases = []
    for commit in commits:
        files = sorted(there.intersection(commit.files), key=lambda path: _drawn(commit.hash + path))
        if len(files) > 1:
            query = " ".join(filter(None, (_subject(commit), _task(commit.body))))
            cases.append(Case(name, "change", query, {"current_file": files[0]}, tuple(files[1:])))
    return base, cases


def unpack_code(history: Path, commit: str, folder: Path) -> None:
    """The code files of a commit, written below ``folder``."""
    archive = subprocess.run(
        ["git", "-C", str(history), "archive", "--format=tar", commit], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tree:
        tree.extractall(
            folder, [member for member in tree if member.isfile() and _is_code(member.name)], filter="data"
        )


def _cases(name: str, commit: _Commit, before: list[_Commit], there: set[str]) -> Iterator[Case]:
    query = _subject(commit)
    if len(query.split()) < 3 or _NO_QUERY.match(query):
        return
    session = [
        c for c in reversed(before) if c.author == commit.author and commit.time - c.time <= HOURS * 3600
    ][:5]
    files = [path for path in commit.files if path in there]
    drawn = sorted(files, key=lambda path: _drawn(commit.hash + path))
    seen = {
        "next": list(dict.fromkeys(path for c in session for path in c.files if path in there))[:10],
        "within": drawn[: len(drawn) // 2],
    }
    for kind, paths in seen.items():
        answers = tuple(path for path in files if path not in paths)
        if paths and answers:
            context = {
                "current_file": paths[0],
                "recent_files": paths[1:],
                "recent_queries": [c.subject for c in session[:3]],
                "task": _task(commit.body),
            }
            yield Case(name, kind, query, {key: value for key, value in context.items() if value}, answers)


def _subject(commit: _Commit) -> str:
    return re.sub(r"\s*\(?#\d+\)?", "", commit.subject).strip()


def _drawn(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _task(body: str) -> str:
    lines = [line.strip() for line in body.splitlines() if not _TRAILER.match(line)]
    return " ".join(lines[:3])[:300]


def _commits(history: Path, wanted: Callable[[str], bool] | None = None) -> Iterator[_Commit]:
    log = _git(
        history, "log", "--no-merges", "-n", "2000", f"--format={_FIELDS}", "--name-status", "--no-renames"
    )
    for record in log.split("\x01")[1:]:
        head, changes = record.split("\x03")
        hash_, author, time, subject, body = head.split("\x02")
        rows = [line.split("\t") for line in changes.splitlines() if "\t" in line]
        files = tuple(row[1] for row in rows if row[0] == "M" and (wanted or _is_code)(row[1]))
        if 0 < len(files) <= MOST_FILES and len(rows) <= 2 * MOST_FILES and not _ROBOT.search(author):
            yield _Commit(hash_, author, int(time), subject, body, files)


def _is_code(path: str) -> bool:
    return PurePosixPath(path).suffix[1:] in CODE


def _git(history: Path, *arguments: str) -> str:
    command = ["git", "-C", str(history), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode(errors="replace")
