"""The calls of codesearch.grep: every occurrence of a text or a regular expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.searching.queries import Connection, as_integer, check_text


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A row of codesearch.grep: where a pattern matches, and the innermost chunk there.

    ``line`` and ``start_column`` count from 1, the column in characters. ``line_text`` is the line, or of a long one
    what is around the match. ``chunk_id`` is None where the file has changed since it was indexed.
    """

    repository: str
    path: str
    line: int
    start_column: int
    line_text: str
    match: str
    chunk_id: int | None
    symbol: str | None


@dataclass(frozen=True, slots=True)
class OccurrencePage:
    """Occurrences in the order of repository, path, line and column.

    ``next_page`` goes into ``after`` for the next page; None says that nothing is left.
    """

    occurrences: list[Occurrence]
    next_page: list[Any] | None


def grep(
    connection: Connection,
    pattern: str,
    *,
    k: int = 100,
    repository: str | None = None,
    path: str | None = None,
    language: str | None = None,
    kind: str | None = None,
    literal: bool = False,
    ignore_case: bool = False,
    after: list[Any] | None = None,
    seconds: float | None = None,
) -> OccurrencePage:
    """At most ``k`` occurrences of a regular expression of PostgreSQL, or of a text as it is (``literal``).

    The filters are those of a search; ``seconds`` is how long to look, by default the setting grep.seconds. A page
    that time cut short has a ``next_page``, too.

    Raises InvalidPattern, InvalidArgument, QueryTooLong, UnknownRepository, and OutOfTime where nothing was found in
    time: its detail says where to go on.
    """
    texts = {
        "pattern": pattern, "repository": repository, "path": path, "language": language, "kind": kind,
    }  # fmt: skip
    for name, value in texts.items():
        check_text(name, value)
    arguments = {
        **texts, "k": as_integer(k), "literal": literal, "ignore_case": ignore_case,
        "after": None if after is None else Jsonb(after), "seconds": seconds,
    }  # fmt: skip
    columns = ", ".join(field.name for field in fields(Occurrence))
    named = ", ".join(f"{name} => %({name})s" for name in arguments)
    with mapped_errors():
        rows = connection.execute(
            f"select next_page, {columns} from codesearch.grep({named})",  # noqa: S608 (names of ours)
            arguments,
        ).fetchall()
    return OccurrencePage([Occurrence(*row[1:]) for row in rows], rows[0][0] if rows else None)


def grep_all(connection: Connection, pattern: str, **options: Any) -> Iterator[Occurrence]:
    """Every occurrence, asked for a page at a time; the arguments are those of :func:`grep`."""
    return all_pages(partial(grep, connection, pattern), **options)


def all_pages(page_of: Callable[..., OccurrencePage], **options: Any) -> Iterator[Occurrence]:
    """The occurrences of every page that a function gives for these options of :func:`grep`."""
    options.setdefault("k", 1000)
    while True:
        page = page_of(**options)
        yield from page.occurrences
        if page.next_page is None:
            return
        options["after"] = page.next_page
