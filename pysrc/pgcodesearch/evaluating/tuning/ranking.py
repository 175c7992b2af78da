"""The order that weights give, as ``codesearch.search_hits`` makes it: what is tried out on features in memory.

What is reported of a ranker in the end comes from ``codesearch.search`` itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pgcodesearch.evaluating.metrics import QueryMetrics, score_query
from pgcodesearch.evaluating.tuning.examples import Example

Weights = Mapping[str, Mapping[str, Mapping[str, float]]]  # by legs, class of query and feature
REPEAT_PENALTY = "repeat_penalty"


@dataclass(frozen=True, eq=False)
class Ranked:
    """An example's candidates by number, best first, and how good that is."""

    order: tuple[int, ...]
    metrics: QueryMetrics


def rank(example: Example, weights: Weights, names: Sequence[str], per_file: int, k: int = 10) -> Ranked:
    """The first ``k`` candidates with at most ``per_file`` of a file."""
    own = weights[example.legs].get(example.query_class, {})
    vector = np.array([own.get(name, 0.0) for name in names], dtype=np.float32)
    scores = example.features @ vector if len(example.files) else np.zeros(0)
    order = ordered(example, scores, own.get(REPEAT_PENALTY, 0.0), per_file)[:k]
    places = [example.places[number] for number in order]
    return Ranked(order, score_query(places, example.query.relevant, k))


def ordered(example: Example, scores: np.ndarray, penalty: float, per_file: int) -> tuple[int, ...]:
    """All candidates by score, each further one of a file lowered by the penalty, ties by chunk."""
    seen: dict[int, int] = {}
    found = []
    for number in np.lexsort((example.chunks, -scores)):
        file = int(example.files[number])
        seen[file] = seen.get(file, 0) + 1
        if seen[file] <= per_file:
            found.append(
                (-(scores[number] - penalty * (seen[file] - 1)), example.chunks[number], int(number))
            )
    return tuple(number for *_, number in sorted(found))
