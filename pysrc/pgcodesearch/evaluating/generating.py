"""Judged queries from documentation comments: the first sentence asks, its function answers.

The words stand in the indexed text, so every leg of the search finds them more easily than what people ask. Such a set
shows when a change breaks something; it does not tell how good search is.
"""

from __future__ import annotations

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.documented import Documented, in_turn, read_documented
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment

CATEGORY = "documentation"
# Of a language, for each query that is wanted: most documentation has a sentence of use, some repeats another.
_LOOKED_AT = 5


def generate_queries(
    connection: Connection, limit: int, *, repository: str | None = None, language: str | None = None, seed: int = 1
) -> list[JudgedQuery]:  # fmt: skip
    """At most ``limit`` judged queries; languages take turns, and in each its repositories.

    Each query has one judgment of grade 3. The same index and seed give the same ones. Raises InvalidArgument where no
    function has a sentence of use.
    """
    found = read_documented(connection, repository, language, seed, _LOOKED_AT * limit)
    queries: dict[str, JudgedQuery] = {}
    sentences: set[str] = set()
    for function in in_turn(list(found.values())):
        key = f"{function.repository}:{function.path}:{function.symbol}"
        if len(queries) < limit and key not in queries and function.query.lower() not in sentences:
            sentences.add(function.query.lower())
            queries[key] = _judged(key, function)
    if not queries:
        raise InvalidArgument(
            "no indexed function has a documentation comment that would make a query",
            hint="pgcodesearch status lists what is indexed; --repository and --language narrow it",
        )
    return list(queries.values())


def _judged(key: str, function: Documented) -> JudgedQuery:
    answer = Judgment(function.path, function.start_line, function.end_line, 3, function.symbol)
    return JudgedQuery(key, function.query, function.repository, function.language, CATEGORY, (answer,))
