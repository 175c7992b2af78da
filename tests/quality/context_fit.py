"""Weights of the context's features, with all other weights held as they are: the listwise logistic loss of
``pgcodesearch tune``, over files by their best candidates, by gradient descent (Adam, Kingma and Ba 2015).

No weight leaves its bounds: what goes with the context is raised, and what was seen is lowered by no more than LOWEST.
A case's answers are never among what was seen, so a fit without bounds would shut that out, and who asks for something
in the file in hand would not get it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from histories import Case

STEPS, RATE = 300, 0.05
SEEN, LOWEST = ("is_current", "is_recent"), -2.5


@dataclass(frozen=True, eq=False)
class Asked:
    """A case's candidates: (candidates,) scores without a context, (candidates, features), and the path of each."""

    case: Case
    score: np.ndarray
    features: np.ndarray
    paths: list[str]


def fit_context(asked: Sequence[Asked], names: Sequence[str], held: float) -> dict[str, float]:
    """The weight of each feature; ``held`` times their squares, in units of the features' spread, is added."""
    asked = [one for one in asked if any(path in one.case.answers for path in one.paths)]
    spread = np.concatenate([one.features for one in asked]).std(axis=0)
    spread[spread < 1e-4] = 1.0
    loss = _Loss(asked, spread)
    low = np.array([LOWEST if name in SEEN else 0.0 for name in names]) * spread
    high = np.array([0.0 if name in SEEN else np.inf for name in names])
    weights, mean, square = (np.zeros(len(names)) for _ in range(3))
    for step in range(1, STEPS + 1):
        slope = loss.slope(weights) + 2 * held * weights
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
        weights = weights.clip(low, high)
    return {name: round(float(weight), 3) for name, weight in zip(names, weights / spread, strict=True)}


class _Loss:
    """-log of the share that files which answer have of the softmax over all files, the mean over cases.

    The candidates of all cases stand in one array, those of a file together, so that each step is a few sums.
    """

    def __init__(self, asked: Sequence[Asked], spread: np.ndarray) -> None:
        orders = [np.argsort(one.paths, kind="stable") for one in asked]
        pairs = list(zip(asked, orders, strict=True))
        files = [(number, one.paths[i]) for number, (one, order) in enumerate(pairs) for i in order]
        first = np.array([i == 0 or files[i] != files[i - 1] for i in range(len(files))])
        self._score = np.concatenate([one.score[order] for one, order in pairs])
        self._features = np.concatenate([one.features[order] for one, order in pairs]) / spread
        self._starts = np.flatnonzero(first)  # where each file begins
        self._file = np.cumsum(first) - 1  # of each candidate
        self._case = np.array([files[i][0] for i in self._starts])  # of each file
        self._right = np.array([files[i][1] in asked[files[i][0]].case.answers for i in self._starts])

    def slope(self, weights: np.ndarray) -> np.ndarray:
        """The gradient."""
        total = self._score + self._features @ weights
        top = np.maximum.reduceat(total, self._starts)
        at_top = np.flatnonzero(total == top[self._file])
        best = at_top[np.unique(self._file[at_top], return_index=True)[1]]
        share = np.exp(top - self._highest(top)[self._case])
        every, answer = (np.bincount(self._case, weights=share * kept) for kept in (1.0, self._right))
        pull = share / every[self._case] - share * self._right / answer[self._case]
        return pull @ self._features[best] / len(every)

    def _highest(self, top: np.ndarray) -> np.ndarray:
        """The best score of each case."""
        found = np.full(self._case[-1] + 1, -np.inf)
        np.maximum.at(found, self._case, top)
        return found
