"""What the objectives of a ranker's fit make of examples whose best weights are known."""

from __future__ import annotations

import numpy as np
import pytest

from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment, Place
from pgcodesearch.evaluating.tuning import FitOptions
from pgcodesearch.evaluating.tuning.examples import Example
from pgcodesearch.evaluating.tuning.fitting import fit
from pgcodesearch.evaluating.tuning.ranking import rank

pytest.importorskip("torch")
NAMES = ["told", "noise"]
CANDIDATES = 12


def _example(number: int, told: np.ndarray, answers: dict[int, int]) -> Example:
    generator = np.random.default_rng(number)
    features = np.stack([told, generator.normal(size=len(told))], axis=1).astype(np.float32)
    places = tuple(Place(f"{n}.py", 1, 2) for n in range(len(told)))
    judged = tuple(Judgment(f"{n}.py", 1, 2, grade) for n, grade in answers.items())
    query = JudgedQuery(str(number), "q", "r", None, None, judged)
    gains = tuple((float((1 << grade) - 1), (n,)) for n, grade in answers.items())
    numbers = np.arange(len(told))
    return Example("s", query, "hybrid", "semantic", features, numbers, numbers, places, gains, False)


def _mean(examples: list[Example], options: FitOptions) -> float:
    weights = fit(examples, NAMES, options)
    return float(np.mean([rank(example, weights, NAMES, 6).metrics.ndcg for example in examples]))


@pytest.mark.parametrize("objective", ["listwise", "ndcg"])
def test_what_tells_is_found(objective):
    examples = []
    for number in range(20):
        told = np.random.default_rng(100 + number).normal(size=CANDIDATES)
        examples.append(_example(number, told, {int(told.argmax()): 3}))
    weights = fit(examples, NAMES, FitOptions(objective=objective))["hybrid"]["semantic"]
    assert weights["told"] > 5 * abs(weights["noise"])
    assert _mean(examples, FitOptions(objective=objective)) > 0.95


def test_ndcg_minds_the_first_places():
    """Most queries are told by the first feature at the top of their lists. A few have an answer far down, which no
    weight brings up: the listwise fit gives way to them, as their loss grows without bound; NDCG leaves them."""
    examples = []
    for number in range(24):
        told = np.linspace(1, -1, CANDIDATES)
        lost = number % 3 == 0
        examples.append(_example(number, told, {CANDIDATES - 1 if lost else 0: 3}))
    listwise, by_ndcg = (
        fit(examples, NAMES, FitOptions(objective=objective))["hybrid"]["semantic"]["told"]
        for objective in ("listwise", "ndcg")
    )
    assert by_ndcg > listwise + 0.1
    assert _mean(examples, FitOptions(objective="ndcg")) >= _mean(examples, FitOptions())
