"""Functions that can be asked for by what their documentation says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from pgcodesearch.database.rows import Connection
from pgcodesearch.words.sentences import content_words, documentation_query

Item = TypeVar("Item")


@dataclass(frozen=True)
class Documented:
    """A function or method and the first sentence of its documentation; lines are 1-based and inclusive.

    ``text`` is what is embedded for it, less the documentation; None where that can't be told.
    """

    repository: str
    path: str
    language: str
    symbol: str
    start_line: int
    end_line: int
    query: str
    text: str | None


def read_documented(
    connection: Connection, repository: str | None, language: str | None, seed: int, most: int
) -> dict[str, list[Documented]]:
    """Functions by language, drawn by the seed, whose sentence asks for them alone in their repository.

    At most ``most`` of a language are looked at. A language's repositories take turns, so that the first n are drawn
    evenly from all of them. A language that has documentation but no sentence of use has an empty list.
    """
    rows = connection.execute(
        "select repository, path, language, symbol, start_line, end_line, doc, without_documentation"
        " from codesearch.documented_functions(%s, %s, %s, %s)",
        (repository, language, seed, most),
    ).fetchall()
    found: dict[str, list[Documented]] = {}
    for in_repository, path, of_language, symbol, start, end, doc, text in rows:
        query = documentation_query(doc, symbol) or ""
        function = Documented(in_repository, path, of_language, symbol, start, end, query, text)
        found.setdefault(of_language, []).append(function)
    asked = Counter((one.repository, content_words(one.query)) for group in found.values() for one in group)
    return {
        name: list(in_turn(_by_repository(
            [one for one in group if one.query and asked[one.repository, content_words(one.query)] == 1]
        )))
        for name, group in found.items()
    }  # fmt: skip


def in_turn(groups: list[list[Item]]) -> Iterator[Item]:
    """The first of each group, then the second of each that has one, and so on."""
    for round_ in zip_longest(*([(item,) for item in group] for group in groups)):
        for entry in round_:
            if entry is not None:
                yield entry[0]


def _by_repository(functions: list[Documented]) -> list[list[Documented]]:
    groups: dict[str, list[Documented]] = {}
    for function in functions:
        groups.setdefault(function.repository, []).append(function)
    return list(groups.values())
