"""Every occurrence of a text, and answers within a number of tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.places import footer
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.toolbox import Call, Kind, Language, PathGlob, Repository, tool
from pgcodesearch.database.errors import InvalidArgument

Tokens = Annotated[int, Says("Tokens that the answer may have.", 100, 100_000)]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matches; line and column count from 1."""

    repository: str
    path: str
    line: int
    column: int
    text: str
    chunk_id: int | None
    symbol: str | None


@dataclass(frozen=True, slots=True)
class Matches:
    """Occurrences by repository, path and line; ``next_page`` is null where all that there are were given."""

    results: list[Match]
    next_page: str | None
    notices: list[str]
    freshness: list[Fresh]

    def text(self) -> str:
        """A line for each, under its file."""
        lines: list[str] = []
        place = None
        for match in self.results:
            if place != (match.repository, match.path):
                place = (match.repository, match.path)
                lines.append(f"{match.repository}: {match.path}")
            lines.append(f"  {match.line}: {match.text.strip()}")
        lines = lines or ["Nothing found: no indexed file has it."]
        if self.next_page is not None:
            lines.append(f"More: after={self.next_page!r}")
        return "\n".join([*lines, *footer(self.notices, self.freshness)])


@tool("Every occurrence of a text")
def grep(
    call: Call,
    pattern: Annotated[str, Says("A text as it is, or with regex a regular expression of PostgreSQL.")],
    regex: Annotated[bool, Says("Whether the pattern is a regular expression.")] = False,
    ignore_case: Annotated[bool, Says("Whether case counts for nothing.")] = False,
    repository: Repository = None,
    path: PathGlob = None,
    language: Language = None,
    limit: Annotated[int, Says("Occurrences a page.", 1, 1000)] = 50,
    after: Annotated[str | None, Says("next_page of the page before.")] = None,
) -> Matches:
    """Find every occurrence of an exact text: a log message, a setting, all uses of a word. Complete, line by line,
    where search_code gives the best few."""
    page = call.client.grep(
        pattern, k=limit, repository=repository, path=path, language=language, literal=not regex,
        ignore_case=ignore_case, after=None if after is None else _page(after),
    )  # fmt: skip
    found = [
        Match(one.repository, one.path, one.line, one.start_column, one.line_text, one.chunk_id, one.symbol)
        for one in page.occurrences
    ]
    following = None if page.next_page is None else json.dumps(page.next_page)
    return Matches(
        found, following, call.notices, call.freshness(repository, sorted({one.repository for one in found}))
    )


def _page(after: str) -> list[Any]:
    try:
        page = json.loads(after)
    except ValueError:
        page = None
    if not isinstance(page, list):
        raise InvalidArgument(f"after is no page: {after[:80]!r}", hint="give next_page of the page before")
    return page


@dataclass(frozen=True, slots=True)
class Piece:
    """Code, or a signature (``form``), with its place."""

    repository: str
    path: str
    start_line: int
    end_line: int
    form: str
    chunk_ids: list[int]


@dataclass(frozen=True, slots=True)
class Packed:
    """Code within a number of tokens; ``saved_tokens`` is what its whole files would have cost more."""

    pieces: list[Piece]
    content: str
    total_tokens: int
    saved_tokens: int
    query_id: int | None
    notices: list[str]
    freshness: list[Fresh]

    def text(self) -> str:
        """The code itself."""
        return "\n".join([self.content or "Nothing found.", *footer(self.notices, self.freshness)])


@tool("The best code within a budget of tokens")
def pack(
    call: Call,
    query: Annotated[str, Says("What is asked, in words or by name.")],
    tokens: Tokens = 2000,
    repository: Repository = None,
    path: PathGlob = None,
    language: Language = None,
    kind: Kind = None,
) -> Packed:
    """Get the code that answers a question in one answer of so many tokens: whole functions first, then signatures of
    what else fits. Nothing is given twice in a session."""
    found = call.client.pack(
        query, tokens=tokens, repository=repository, path=path, language=language, kind=kind,
        session=call.session.name,
    )  # fmt: skip
    pieces = [
        Piece(one.repository, one.path, one.start_line, one.end_line, one.form, one.chunk_ids)
        for one in found.pieces
    ]
    return Packed(
        pieces, found.text, found.total_tokens, found.saved_tokens, found.query_id, call.notices,
        call.freshness(repository, sorted({one.repository for one in pieces})),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outline:
    """A map of a repository, most important definitions first to be kept, in the order of files."""

    content: str
    definitions: int
    freshness: list[Fresh]

    def text(self) -> str:
        """The map."""
        return "\n".join([self.content or "Nothing is indexed.", *footer([], self.freshness)])


@tool("A map of a repository")
def outline(
    call: Call,
    repository: Annotated[str, Says("Its name, or 'name@branch'.")],
    tokens: Tokens = 2000,
    path: PathGlob = None,
    language: Language = None,
) -> Outline:
    """See what a repository consists of before searching it: files with their main definitions and signatures, as much
    as fits into a number of tokens."""
    found = call.client.outline(repository, tokens=tokens, path=path, language=language)
    return Outline("".join(one.text for one in found).rstrip("\n"), len(found), call.freshness(repository))
