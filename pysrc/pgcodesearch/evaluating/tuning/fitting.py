"""Weights from examples: a listwise logistic fit (ListNet, Cao et al. 2007), with PyTorch's L-BFGS; from there on, if
it is asked for, by NDCG itself, with ranks that are smooth in the scores (ApproxNDCG, Qin et al. 2010).

Each judged place is a choice among all candidates: the loss is the negative logarithm of the share that the candidates
which match it have of the softmax over all scores. Where files are asked for, files compete by their best candidates.
All classes share one vector, and each has a difference of its own that is held near zero: a class with few queries
stays near the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pgcodesearch.evaluating.tuning.examples import CLASSES, Example
from pgcodesearch.evaluating.tuning.ranking import REPEAT_PENALTY, Weights, rank

if TYPE_CHECKING:
    import torch

_LOWEST = -1e4
# Scores that differ by less than about this are as good as equal to ApproxNDCG.
_TEMPERATURE = 0.5
_DEPTH = 10
PENALTIES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class FitOptions:
    """``shared`` and ``apart`` hold the common weights and the differences of the classes near zero; ``set_weights``
    count a set of queries more or less than the others; ``without`` names features that count nothing. ``objective``
    ``ndcg`` goes on from the listwise weights by NDCG, held near them by ``near``.
    """

    shared: float = 0.01
    apart: float = 0.1
    steps: int = 200
    set_weights: Mapping[str, float] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    per_file: int = 6
    objective: Literal["listwise", "ndcg"] = "listwise"
    near: float = 0.02


def fit(examples: Sequence[Example], names: Sequence[str], options: FitOptions = FitOptions()) -> Weights:
    """Weights by legs, class and feature, with the repeat penalty that is best for each class."""
    weights: dict[str, dict[str, dict[str, float]]] = {}
    for legs in sorted({example.legs for example in examples}):
        own = [example for example in examples if example.legs == legs and len(example.files)]
        weights[legs] = _fit_legs(own, names, options)
    _fit_penalties(weights, examples, names, options)
    return weights


def _fit_legs(
    examples: Sequence[Example], names: Sequence[str], options: FitOptions
) -> dict[str, dict[str, float]]:
    import torch

    spread = np.concatenate([example.features for example in examples]).std(axis=0)
    # What never varies says nothing: no weight hides what features of a context count (codesearch.context_weights).
    used = [
        number for number, name in enumerate(names) if name not in options.without and spread[number] >= 1e-4
    ]
    spread = spread[used]
    batch = _Batch(examples, used, spread, options.set_weights)
    shared = torch.zeros(len(used), requires_grad=True)
    apart = torch.zeros(len(CLASSES), len(used), requires_grad=True)
    _minimise(
        [shared, apart], options.steps,
        lambda: batch.loss(shared + apart)
        + options.shared * (shared**2).sum() + options.apart * (apart**2).sum(),
    )  # fmt: skip
    best = (shared + apart).detach()
    if options.objective == "ndcg":
        change = torch.zeros_like(best, requires_grad=True)
        _minimise(
            [change], options.steps,
            lambda: options.near * (change**2).sum() - batch.ndcg(best + change),
        )  # fmt: skip
        best = best + change.detach()
    found = best.numpy() / spread
    return {
        name: {names[number]: round(float(value), 4) for number, value in zip(used, row, strict=True)}
        for name, row in zip(CLASSES, found, strict=True)
    }


def _minimise(variables: list[torch.Tensor], steps: int, loss: Callable[[], torch.Tensor]) -> None:
    import torch

    optimizer = torch.optim.LBFGS(
        variables, max_iter=steps, line_search_fn="strong_wolfe", tolerance_change=1e-7
    )

    def closure() -> Any:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)


def _fit_penalties(
    weights: dict[str, dict[str, dict[str, float]]], examples: Sequence[Example], names: Sequence[str],
    options: FitOptions,
) -> None:  # fmt: skip
    """The penalty of each class is tried out: what is ranked next depends on what stands before it."""
    for legs, classes in weights.items():
        for name, own in classes.items():
            asked = [e for e in examples if e.legs == legs and e.query_class == name]
            gains = {}
            for penalty in PENALTIES:
                own[REPEAT_PENALTY] = penalty
                gains[penalty] = mean_by_set(
                    [(e, rank(e, weights, names, options.per_file).metrics.ndcg) for e in asked],
                    options.set_weights,
                )
            own[REPEAT_PENALTY] = max(gains, key=lambda penalty: (gains[penalty], -penalty))


def mean_by_set(values: Sequence[tuple[Example, float]], set_weights: Mapping[str, float]) -> float:
    """The mean over sets of the mean over their queries, so that a large set counts as much as a small one."""
    by_set: dict[str, list[float]] = {}
    for example, value in values:
        by_set.setdefault(example.query_set, []).append(value)
    total = sum(set_weights.get(name, 1.0) for name in by_set)
    if not total:
        return 0.0
    return sum(set_weights.get(name, 1.0) * float(np.mean(own)) for name, own in by_set.items()) / total


class _Batch:
    """All examples as padded tensors: (queries, candidates, features), and one row for each judged place."""

    def __init__(
        self, examples: Sequence[Example], used: list[int], spread: np.ndarray, set_weights: Mapping[str, float]
    ) -> None:  # fmt: skip
        import torch

        width = max(len(example.files) for example in examples)
        self.features = torch.zeros(len(examples), width, len(used))
        self.there = torch.zeros(len(examples), width, dtype=torch.bool)
        self.files = torch.zeros(len(examples), width, dtype=torch.long)
        self.classes = torch.tensor([CLASSES.index(example.query_class) for example in examples])
        sizes = Counter(example.query_set for example in examples)
        rows: dict[bool, list[tuple[int, float, float, tuple[int, ...]]]] = {False: [], True: []}
        for number, example in enumerate(examples):
            count = len(example.files)
            self.features[number, :count] = torch.from_numpy(example.features[:, used] / spread)
            self.there[number, :count] = True
            self.files[number, :count] = torch.from_numpy(example.files)
            share = set_weights.get(example.query_set, 1.0) / sizes[example.query_set]
            found = [(gain, members) for gain, members in example.answers if members]
            total = sum(gain for gain, _ in found)
            ideal = sorted((gain for gain, _ in example.answers), reverse=True)[:_DEPTH]
            best = sum(gain / math.log2(place + 2) for place, gain in enumerate(ideal))
            rows[example.whole_files] += [
                (number, share * gain / total, share * gain / best, members) for gain, members in found
            ]
        self.units = {whole: self._tensors(own, width) for whole, own in rows.items() if own}

    def _scores(self, weights: torch.Tensor) -> torch.Tensor:
        import torch

        scores = torch.einsum("ncf,nf->nc", self.features, weights[self.classes])
        return scores.masked_fill(~self.there, _LOWEST)

    def _best_of_files(self, scores: torch.Tensor) -> torch.Tensor:
        """The score of each file's best candidate, by the file's number."""
        import torch

        return torch.full_like(scores, _LOWEST).scatter_reduce(1, self.files, scores, "amax")

    def ndcg(self, weights: torch.Tensor) -> torch.Tensor:
        """NDCG of (classes, features) weights, summed over the sets: a place's rank is how many stand before the best
        of what matches it, each counted by the logistic of the difference."""
        import torch

        scores = self._scores(weights)
        total = torch.zeros(())
        for whole, (query, _, gain, members) in self.units.items():
            ranked = self._best_of_files(scores) if whole else scores
            best = scores[query].masked_fill(~members, _LOWEST).max(1).values
            # One half is the place itself.
            before = torch.sigmoid((ranked[query] - best[:, None]) / _TEMPERATURE).sum(1) - 0.5
            total = total + (gain / torch.log2(2 + before.clamp(min=0))).sum()
        return total

    def loss(self, weights: torch.Tensor) -> torch.Tensor:
        """The mean loss of (classes, features) weights."""
        import torch

        scores = self._scores(weights)
        total = torch.zeros(())
        for whole, (query, share, _, members) in self.units.items():
            own = scores[query].masked_fill(~members, _LOWEST)
            if whole:
                best = self._best_of_files(scores)
                total = total + (share * (torch.logsumexp(best, 1)[query] - own.max(1).values)).sum()
            else:
                total = total + (share * (torch.logsumexp(scores, 1)[query] - torch.logsumexp(own, 1))).sum()
        return total

    @staticmethod
    def _tensors(
        rows: list[tuple[int, float, float, tuple[int, ...]]], width: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of each judged place: its query, its share of the loss, its gain of the NDCG, and which candidates match."""
        import torch

        queries, shares, gains, matching = zip(*rows, strict=True)
        members = torch.zeros(len(rows), width, dtype=torch.bool)
        for number, own in enumerate(matching):
            members[number, list(own)] = True
        return torch.tensor(queries), torch.tensor(shares), torch.tensor(gains), members
