"""Grades one at a time, as a person gives them: several people may judge the same query at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pgcodesearch.database.errors import InvalidArgument, UnknownId
from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.judgments import GRADES


@dataclass(frozen=True, slots=True)
class GradedPlace:
    """Lines of a file, 1-based and inclusive, with their grade: 3, 2 or 0, None where nobody judged them."""

    path: str
    start_line: int
    end_line: int
    grade: int | None
    symbol: str | None = None

    def place(self) -> str:
        """The place without its grade, as one text that :meth:`parsed` reads."""
        return json.dumps([self.path, self.start_line, self.end_line, self.symbol])

    @classmethod
    def parsed(cls, place: str, grade: str) -> GradedPlace:
        """Of a place's text and a grade's, which may be empty. Raises InvalidArgument."""
        try:
            path, start, end, symbol = json.loads(place)
            return cls(str(path), int(start), int(end), int(grade) if grade else None, symbol)
        except (ValueError, TypeError) as error:
            raise InvalidArgument(f"no place, or no grade: {place!r:.80}, {grade!r:.20}") from error


def add_query(connection: Connection, query_set: str, query: str, repository: str | None) -> str:
    """Put a query into a set, without a judgment; its id. One that was added before keeps its judgments."""
    key = f"asked-{hashlib.sha256(json.dumps([repository, query]).encode()).hexdigest()[:12]}"
    connection.execute(
        "insert into codesearch.judged_query (query_set, query_key, repository, query) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        (query_set, key, repository, query),
    )
    return key


def save_grades(
    connection: Connection, query_set: str, query_key: str, places: Sequence[GradedPlace]
) -> None:
    """Give places their grades for a query, or take them back (None); other places keep theirs.

    Raises InvalidArgument for another grade or impossible lines, UnknownId where the set has no such query.
    """
    for place in places:
        if (
            place.grade not in (None, *GRADES)
            or not 1 <= place.start_line <= place.end_line
            or not place.path
        ):
            raise InvalidArgument(
                f"{place.path}:{place.start_line} can't be graded {place.grade}", hint="3, 2 or 0"
            )
    with connection.transaction():
        found = connection.execute(
            "select from codesearch.judged_query where query_set = %s and query_key = %s",
            (query_set, query_key),
        ).fetchone()
        if found is None:
            raise UnknownId(f"set {query_set!r:.80} has no query {query_key!r:.80}")
        for place in places:
            where = (query_set, query_key, place.path, place.start_line, place.end_line)
            if place.grade is None:
                connection.execute(
                    "delete from codesearch.judgment where (query_set, query_key, path, start_line, end_line)"
                    " = (%s, %s, %s, %s, %s)",
                    where,
                )
            else:
                connection.execute(
                    "insert into codesearch.judgment"
                    " (query_set, query_key, path, start_line, end_line, grade, symbol)"
                    " values (%s, %s, %s, %s, %s, %s, %s)"
                    " on conflict (query_set, query_key, path, start_line, end_line)"
                    " do update set grade = excluded.grade",
                    (*where, place.grade, place.symbol),
                )
