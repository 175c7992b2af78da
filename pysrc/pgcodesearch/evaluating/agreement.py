"""Two judges of the same queries: how far they agree, what they dispute, and the set of what they agree on.

Each judge's grades are a set of judged queries of their own, named after the set and the judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Agreement:
    """``rows``: of all places, last, and by category, as ``codesearch.judge_agreement`` has them; ``disputed``: rows of
    ``codesearch.disputed_places``; ``settled``: queries, judgments and queries left out of the set that was made."""

    rows: Rows
    disputed: Rows
    settled: dict[str, int] | None


def judges_set(query_set: str, judge: str | None) -> str:
    """The set that holds what one judge graded of a set; the set itself without a judge."""
    if judge is None:
        return query_set
    if not judge.strip():
        raise InvalidArgument("the name of a judge is empty")
    return f"{query_set}@{judge}"


def agreement(
    connection: Connection, query_set: str, one: str, other: str, settle: bool = False
) -> Agreement:
    """How far two judges of a set agree; ``settle``: what they agree on becomes the set.

    Raises InvalidArgument where they have no query in common.
    """
    sets = [judges_set(query_set, judge) for judge in (one, other)]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("select * from codesearch.judge_agreement(%s, %s)", sets).fetchall()
        disputed = cursor.execute("select * from codesearch.disputed_places(%s, %s)", sets).fetchall()
        if not rows:
            raise InvalidArgument(
                f"{one} and {other} graded no place of set {query_set} both",
                hint="pgcodesearch eval import FILE --set NAME --judge JUDGE keeps the grades of one",
            )
        settled = None
        if settle:
            settled = cursor.execute(
                "select * from codesearch.settle_judgments(%s, %s, %s)", [*sets, query_set]
            ).fetchone()
    return Agreement(rows, disputed, settled)
