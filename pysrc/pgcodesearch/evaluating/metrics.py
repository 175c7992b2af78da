"""How good one ranked list is, given the judged places.

A result matches a judged place when both are in the same file and share at least half of the lines of the shorter
one. Each place is credited once, to the first result that matches it; a later result that matches only credited
places gains nothing but takes its rank. A result's gain is that of the best place it is the first to match.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pgcodesearch.evaluating.judgments import Judgment, Place


@dataclass(frozen=True)
class QueryMetrics:
    """One query's numbers, all between 0 and 1 but ``first_rank`` (None when nothing matched).

    ``mrr`` is the reciprocal rank of the first match; ``ndcg`` has gain 2^grade - 1 and discount log2(rank + 1)
    (Burges et al. 2005); ``precision_n`` is the share of n places taken by a match; ``recall`` the share of
    judged places found; ``hit`` 1 when there is a match.
    """

    first_rank: int | None
    mrr: float
    ndcg: float
    precision_1: float
    precision_5: float
    precision_10: float
    recall: float
    hit: float

    def as_dict(self) -> dict[str, float | int | None]:
        """The numbers by name."""
        return asdict(self)


def matches(result: Place, judged: Place) -> bool:
    """True when the two share at least half of the lines of the shorter one, in the same file."""
    if _plain_path(result.path) != _plain_path(judged.path):
        return False
    shared = min(result.end_line, judged.end_line) - max(result.start_line, judged.start_line) + 1
    return shared > 0 and 2 * shared >= min(result.lines, judged.lines)


def _plain_path(path: str) -> str:
    path = path.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path


def score_query(results: Sequence[Place], relevant: Sequence[Judgment], k: int = 10) -> QueryMetrics:
    """The metrics of the first ``k`` results, best first, against places of grade 2 and 3.

    Raises ValueError for a query without such a place: there, only the number of results tells anything.
    """
    places = [place for place in relevant if place.grade > 0]
    if not places:
        raise ValueError("a query without a relevant place has no ranking metrics")
    credited: set[int] = set()
    matched: list[bool] = []
    gains: list[int] = []
    for result in results[:k]:
        found = {index for index, place in enumerate(places) if matches(result, place)}
        gains.append(max((_gain(places[index]) for index in found - credited), default=0))
        credited |= found
        matched.append(bool(found))
    first = matched.index(True) + 1 if any(matched) else None
    ideal = sorted((_gain(place) for place in places), reverse=True)[:k]
    return QueryMetrics(
        first_rank=first,
        mrr=1.0 / first if first else 0.0,
        ndcg=_discounted(gains) / _discounted(ideal),
        precision_1=sum(matched[:1]) / 1,
        precision_5=sum(matched[:5]) / 5,
        precision_10=sum(matched[:10]) / 10,
        recall=len(credited) / len(places),
        hit=1.0 if first else 0.0,
    )


def _gain(place: Judgment) -> int:
    return (1 << place.grade) - 1


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie, interpolated between neighbours; NaN for none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)
