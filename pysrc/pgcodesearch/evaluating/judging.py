"""What a run showed for each query, as lines for a judge to grade; the import of judged queries reads them back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment, Place
from pgcodesearch.evaluating.metrics import matches

_SNIPPET_LINES = 40


def judging_lines(connection: Connection, run: Mapping[str, Any]) -> Iterator[str]:
    """One JSON object a query, best result first; ``run`` is from ``store.load_run``.

    As ``write_judged_queries`` with two more keys a place: ``rank``, null for a place that was judged before and not
    shown, and ``snippet``, its first lines, null where the code has changed since. ``grade`` is null until somebody
    judged. Raises UnknownQuerySet where the run's queries are gone.
    """
    queries = {query.key: query for query in store.load_queries(connection, run["query_set"])}
    for row in run["results"]:
        query = queries.get(row["id"])
        if query is not None:
            yield _judging_line(connection, query, row["results"])


def _judging_line(connection: Connection, query: JudgedQuery, results: list[dict[str, Any]]) -> str:
    about = {"id": query.key, "repository": query.repository, "language": query.language}
    relevant = shown_places(connection, query, results)
    line = {**about, "category": query.category, "query": query.query, "relevant": relevant}
    return json.dumps(line, ensure_ascii=False)


def drawn_lines(
    connection: Connection, most: int, repository: str | None = None, category: str | None = None
) -> list[str]:
    """Queries of the log that nobody has judged, each question once, with what was shown, in the form of
    :func:`judging_lines`. Raises InvalidArgument where there are fewer than thirty, and fewer than ``most``."""
    rows = connection.execute(
        "select query_key, query, repository, query_class, results"
        " from codesearch.draw_queries(%s, least(30, %s), %s, %s)", (most, most, repository, category),
    ).fetchall()  # fmt: skip
    return [
        _judging_line(connection, JudgedQuery(key, query, name, None, query_class, ()), results)
        for key, query, name, query_class, results in rows
    ]


def shown_places(
    connection: Connection, query: JudgedQuery, results: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The places of a query's results, best first, then those that were judged and not shown, each with its grade.

    A result needs rank, chunk_id, path, symbol, start_line and end_line.
    """
    contents = _contents(connection, results)
    places: dict[tuple[str, int, int], dict[str, Any]] = {}
    for result in results:
        shown = Place(result["path"], result["start_line"], result["end_line"])
        place = next((judged for judged in query.judgments if matches(shown, judged)), shown)
        found = _place(place, result["symbol"], result["rank"], contents.get(result["chunk_id"]))
        places.setdefault((place.path, place.start_line, place.end_line), found)
    for judged in query.judgments:
        found = _place(judged, judged.symbol, None, None)
        places.setdefault((judged.path, judged.start_line, judged.end_line), found)
    return list(places.values())


def _place(place: Place, symbol: str | None, rank: int | None, snippet: str | None) -> dict[str, Any]:
    grade = place.grade if isinstance(place, Judgment) else None
    where = {
        "path": place.path,
        "symbol": symbol or None,
        "start_line": place.start_line,
        "end_line": place.end_line,
    }
    return {**where, "grade": grade, "rank": rank, "snippet": snippet}


def _contents(connection: Connection, results: list[dict[str, Any]]) -> dict[int, str]:
    """The first lines of the chunks that are still there."""
    rows = connection.execute(
        "select chunk_id, left(content, 20000) from codesearch.chunk where chunk_id = any(%s)",
        ([result["chunk_id"] for result in results],),
    )
    return {chunk_id: "\n".join(content.split("\n")[:_SNIPPET_LINES]) for chunk_id, content in rows}
