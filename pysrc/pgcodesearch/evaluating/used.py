"""What was used of the answers to logged queries, as judgments."""

from __future__ import annotations

from collections.abc import Callable

from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment


def normalised(query: str) -> str:
    """A query as it is compared: white space as one blank, in lower case."""
    return " ".join(query.lower().split())


def used_queries(
    connection: Connection, wanted: Callable[[str], bool] = lambda query: True
) -> list[JudgedQuery]:
    """Logged queries with what was used of their results, where it is indexed today; their class is the category."""
    asked: dict[tuple[str, str], tuple[str, str | None, str | None]] = {}
    places: dict[tuple[str, str], dict[tuple[str, int, int], Judgment]] = {}
    for query, repository, query_class, path, symbol, start, end, grade in connection.execute(
        "select query, repository, query_class, path, symbol, start_line, end_line, grade from codesearch.used_places()"
    ):
        if wanted(query):
            key = normalised(query), repository or ""
            asked.setdefault(key, (query, repository, query_class))
            known = places.setdefault(key, {}).get((path, start, end))
            if known is None or known.grade < grade:
                places[key][path, start, end] = Judgment(path, start, end, grade, symbol)
    return [
        JudgedQuery(
            f"{key[0]} [{key[1] or 'all'}]", query, repository, None, query_class, tuple(places[key].values())
        )
        for key, (query, repository, query_class) in sorted(asked.items())
    ]
