"""Answers from history: commits with the code they changed, and files that change together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.places import footer
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.toolbox import Call, Repository, tool
from pgcodesearch.database.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class ChangedCode:
    """Code that a commit changed, as it stands today; ``evidence`` is lines, symbol, or file."""

    chunk_id: int
    path: str
    symbol: str
    start_line: int
    end_line: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; ``paths`` are the first of ``file_count`` files."""

    repository: str
    hash: str
    authored_at: datetime
    author: str
    subject: str
    body: str
    paths: list[str]
    file_count: int
    code: list[ChangedCode]

    def text(self) -> str:
        """Its first line, and the code below it."""
        lines = [f"{self.hash[:10]} {self.authored_at:%Y-%m-%d} {self.author}: {self.subject}"]
        lines += [
            f"    {code.path}:{code.start_line}-{code.end_line} {code.symbol or '-'} chunk {code.chunk_id}"
            for code in self.code
        ]
        if not self.code:
            more = self.file_count - len(self.paths)
            lines.append("    " + ", ".join(self.paths) + (f" and {more} more" if more > 0 else ""))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Commits:
    """Commits, best first, or the newest first where nothing was asked."""

    results: list[Commit]
    notices: list[str]
    freshness: list[Fresh]

    def text(self) -> str:
        """The commits, and what they were found in."""
        lines = [commit.text() for commit in self.results] or ["No commit fits."]
        return "\n".join([*lines, *footer(self.notices, self.freshness)])


@tool("Search the history")
def search_changes(
    call: Call,
    query: Annotated[str | None, Says("What changed, in words; without it the newest commits.")] = None,
    repository: Repository = None,
    path: Annotated[str | None, Says("A glob, or a path that a file has or had.")] = None,
    author: Annotated[str | None, Says("A part of the author's name.")] = None,
    since: Annotated[str | None, Says("Not before this day: 2026-01-31.")] = None,
    until: Annotated[str | None, Says("Before this day.")] = None,
    limit: Annotated[int, Says("Commits to give.", 1, 50)] = 5,
) -> Commits:
    """Find when and why something changed: commits by their messages, with the code that they changed as it stands
    today."""
    found = call.client.search_changes(
        query, limit, repository=repository, path=path, author=author, since=_day(since), until=_day(until)
    )
    commits = [
        Commit(
            one.repository, one.hash, one.authored_at, one.author, one.subject, one.body, one.paths, one.file_count,
            [
                ChangedCode(
                    code["chunk_id"], code["path"], code["symbol"], code["start_line"], code["end_line"],
                    code["evidence"],
                )
                for code in one.code
            ],
        )
        for one in found
    ]  # fmt: skip
    return Commits(
        commits, call.notices, call.freshness(repository, sorted({one.repository for one in commits}))
    )


def _day(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        return datetime.fromisoformat(given).astimezone()
    except ValueError:
        raise InvalidArgument(f"{given[:80]!r} is no day", hint="like 2026-01-31") from None


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that changed in ``support`` commits together with another: a share of ``confidence`` of them."""

    repository: str
    path: str
    support: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Companions:
    """Files that change with one, the most often first."""

    results: list[Companion]
    freshness: list[Fresh]

    def text(self) -> str:
        """A line for each."""
        lines = [f"{one.path}: {one.support} commits, {one.confidence:.0%}" for one in self.results]
        return "\n".join([*(lines or ["No file changes with it."]), *footer([], self.freshness)])


@tool("Files that change together")
def changed_together(
    call: Call,
    path: Annotated[str, Says("Path as results show it.")],
    repository: Repository = None,
    limit: Annotated[int, Says("Files to give.", 1, 100)] = 10,
) -> Companions:
    """See which files changed in the same commits as one: what else to look at before changing it."""
    found = [
        Companion(one.repository, one.path, one.support, round(one.confidence, 2))
        for one in call.client.changed_together(path, repository, limit)
    ]
    return Companions(found, call.freshness(repository, sorted({one.repository for one in found})))
