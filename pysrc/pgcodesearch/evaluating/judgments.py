"""Judged queries as JSON Lines: one object a line, read strictly and written back the same.

``{"id", "query", "package" or "repository", "language", "category",
"relevant": [{"path", "symbol", "start_line", "end_line", "grade"}]}``

Lines are 1-based and inclusive, paths relative to the repository's root with ``/``. A place without lines is the file
as a whole. A query whose list is empty
(or has only grade 0) is one that should find nothing. A grade of null is one that a judge has not given yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pgcodesearch.database.errors import CodeSearchError

GRADES = (0, 2, 3)
WHOLE_FILE = 2**31 - 1  # the last line of a place that is a file as a whole


class InvalidJudgment(CodeSearchError):
    """a line of judged queries is not readable"""

    default_hint = (
        'a line is {"id", "query", "repository", "relevant": [{"path", "start_line", "end_line", "grade"}]}'
    )


@dataclass(frozen=True)
class Place:
    """Lines of a file, 1-based and inclusive; the path is relative to the repository's root."""

    path: str
    start_line: int
    end_line: int

    @property
    def lines(self) -> int:
        return self.end_line - self.start_line + 1


@dataclass(frozen=True)
class Judgment(Place):
    """A place in a file with its grade: 3 answers the query, 2 is part of the answer, 0 does not belong."""

    grade: int
    symbol: str | None = None


@dataclass(frozen=True)
class JudgedQuery:
    """A query and all places that were judged for it."""

    key: str
    query: str
    repository: str | None
    language: str | None
    category: str | None
    judgments: tuple[Judgment, ...]

    @property
    def relevant(self) -> tuple[Judgment, ...]:
        """The places that count as an answer."""
        return tuple(j for j in self.judgments if j.grade > 0)


def read_judged_queries(lines: Iterable[str | bytes], source: str = "input") -> list[JudgedQuery]:
    """The judged queries of :func:`read_judgments`."""
    return read_judgments(lines, source)[0]


def read_judgments(
    lines: Iterable[str | bytes], source: str = "input"
) -> tuple[list[JudgedQuery], list[str]]:
    """All judged queries of a JSON Lines file, and the ids of those not judged yet; blank lines are passed over.

    Places without a grade are left out. A query that has some, and no place of grade 2 or 3, is not judged yet: it
    would else count as one that should find nothing. Raises InvalidJudgment naming the source, the line and what is
    wrong; then nothing has been returned.
    """
    queries: list[JudgedQuery] = []
    unjudged: list[str] = []
    first_seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        where = f"{source}, line {number}"
        text = _decode(line, where)
        if not text.strip():
            continue
        query, ungraded = _parse_query(text, where)
        if query.key in first_seen:
            raise InvalidJudgment(f"{where}: id {query.key!r} was used on line {first_seen[query.key]}")
        first_seen[query.key] = number
        if ungraded and not query.relevant:
            unjudged.append(query.key)
        else:
            queries.append(query)
    return queries, unjudged


def _decode(line: str | bytes, where: str) -> str:
    try:
        return line.decode("utf-8-sig") if isinstance(line, bytes) else line.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidJudgment(f"{where}: not UTF-8 at byte {error.start + 1}") from error


def _parse_query(text: str, where: str) -> tuple[JudgedQuery, int]:
    """The query, and how many of its places have no grade yet."""
    try:
        row = json.loads(text)
    except ValueError as error:
        raise InvalidJudgment(f"{where}: not JSON: {error}") from error
    except RecursionError as error:
        raise InvalidJudgment(f"{where}: not JSON: nested too deep") from error
    if not isinstance(row, dict):
        raise InvalidJudgment(f"{where}: not a JSON object")
    relevant = row.get("relevant")
    if not isinstance(relevant, list):
        raise InvalidJudgment(f"{where}: 'relevant' must be a list")
    parsed = [_parse_judgment(item, f"{where}, relevant[{i}]") for i, item in enumerate(relevant)]
    judgments = tuple(judgment for judgment in parsed if judgment is not None)
    places = {(j.path, j.start_line, j.end_line) for j in judgments}
    if len(places) != len(judgments):
        raise InvalidJudgment(f"{where}: the same place is judged twice")
    query = JudgedQuery(
        key=_text(row, "id", where),
        query=_text(row, "query", where),
        repository=_optional_text(row, "repository", where) or _optional_text(row, "package", where),
        language=_optional_text(row, "language", where),
        category=_optional_text(row, "category", where),
        judgments=judgments,
    )
    return query, len(parsed) - len(judgments)


def _parse_judgment(item: Any, where: str) -> Judgment | None:
    if not isinstance(item, dict):
        raise InvalidJudgment(f"{where}: not a JSON object")
    whole = item.get("start_line") is None and item.get("end_line") is None
    start, end = (
        (1, WHOLE_FILE) if whole else (_line(item, name, where) for name in ("start_line", "end_line"))
    )
    if end < start:
        raise InvalidJudgment(f"{where}: end_line {end} is before start_line {start}")
    grade = item.get("grade", "missing")
    if isinstance(grade, bool) or (grade is not None and grade not in GRADES):
        raise InvalidJudgment(f"{where}: grade must be one of 3, 2 and 0, not {grade!r}")
    path, symbol = _text(item, "path", where), _optional_text(item, "symbol", where)
    return None if grade is None else Judgment(path, start, end, int(grade), symbol)


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = _optional_text(row, name, where)
    if not value:
        raise InvalidJudgment(f"{where}: {name!r} is missing or empty")
    return value


def _optional_text(row: dict[str, Any], name: str, where: str) -> str | None:
    value = row.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidJudgment(f"{where}: {name!r} must be text, not {type(value).__name__}")
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise InvalidJudgment(f"{where}: {name!r} has a character that the database cannot store")
    return value


def _line(item: dict[str, Any], name: str, where: str) -> int:
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < WHOLE_FILE:
        raise InvalidJudgment(f"{where}: {name!r} must be a line number from 1, not {value!r}")
    return value


def write_judged_queries(queries: Iterable[JudgedQuery]) -> Iterator[str]:
    """The lines that :func:`read_judged_queries` reads back to the same queries."""
    for query in queries:
        row = {
            "id": query.key,
            "repository": query.repository,
            "language": query.language,
            "category": query.category,
            "query": query.query,
            "relevant": [
                {
                    "path": j.path,
                    "symbol": j.symbol,
                    **(
                        {}
                        if j.end_line >= WHOLE_FILE
                        else {"start_line": j.start_line, "end_line": j.end_line}
                    ),
                    "grade": j.grade,
                }
                for j in query.judgments
            ],
        }
        yield json.dumps(
            {name: value for name, value in row.items() if value is not None}, ensure_ascii=False
        )
