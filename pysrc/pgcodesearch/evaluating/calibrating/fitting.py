"""Logistic regression by Newton's method (Platt 1999 for scores): that a list has an answer, and which hit it is.

All classes of query share one vector, and each has a difference of its own that is held nearer to zero, as in a
ranker's fit: a class with few queries stays near the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pgcodesearch.evaluating.calibrating.examples import Example
from pgcodesearch.evaluating.tuning.examples import CLASSES

HEADS = ("answered", "right")
# A hit far down is shown seldom and is nearly always wrong: it counts less.
_PLACE_POWER = -0.5


@dataclass(frozen=True)
class FitOptions:
    """``shared`` and ``apart`` hold the common weights and the differences of the classes near zero (L2).

    ``unanswered`` is what all questions without an answer count together, those that were made up and those that were
    judged in equal parts, where all others count 1.
    """

    shared: float = 20.0
    apart: float = 40.0
    unanswered: float = 1.0


@dataclass(frozen=True, eq=False)
class Heads:
    """Weights of both logistic functions: float64 (classes, inputs) each."""

    answered: np.ndarray
    right: np.ndarray

    def confidences(self, example: Example) -> tuple[float, np.ndarray]:
        """How likely it is that there is an answer, and how sure each hit is, float64 (hits,): what
        ``codesearch.hit_confidences`` computes, on examples that are held out."""
        number = CLASSES.index(example.query_class)
        answered = float(_logistic(example.inputs[0] @ self.answered[number]))
        return answered, np.asarray(answered * _logistic(example.inputs @ self.right[number]))

    def as_json(self, names: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
        """By class, head and input."""
        return {
            name: {
                head: {key: round(float(value), 5) for key, value in zip(names, row, strict=True) if abs(value) > 5e-6}
                for head, row in zip(HEADS, (self.answered[number], self.right[number]), strict=True)
            }
            for number, name in enumerate(CLASSES)
        }  # fmt: skip


def fit(examples: Sequence[Example], constant: int, options: FitOptions = FitOptions()) -> Heads:
    """Both functions; ``constant`` is the number of the input that is always 1."""
    firsts = np.stack([example.inputs[0] for example in examples])
    answered = _fit(
        firsts, np.array([example.answerable for example in examples]), _classes(examples),
        _list_weights(examples, options), constant, options,
    )  # fmt: skip
    own = [example for example in examples if example.answerable]
    sizes = [len(example.right) for example in own]
    right = _fit(
        np.concatenate([example.inputs for example in own]), np.concatenate([example.right for example in own]),
        np.repeat(_classes(own), sizes),
        np.concatenate([np.arange(1, size + 1) ** _PLACE_POWER for size in sizes]), constant, options,
    )  # fmt: skip
    return Heads(answered, right)


def _classes(examples: Sequence[Example]) -> np.ndarray:
    return np.array([CLASSES.index(example.query_class) for example in examples])


def _list_weights(examples: Sequence[Example], options: FitOptions) -> np.ndarray:
    kinds = np.array([2 if e.answerable else int(e.elsewhere) for e in examples])
    counts: Mapping[int, int] = {kind: int((kinds == kind).sum()) for kind in (0, 1, 2)}
    present = sum(1 for kind in (0, 1) if counts[kind]) or 1
    weights = np.ones(len(examples))
    for kind in (0, 1):
        if counts[kind]:
            weights[kinds == kind] = options.unanswered * counts[2] / present / counts[kind]
    return weights


def _fit(
    inputs: np.ndarray, targets: np.ndarray, classes: np.ndarray, weights: np.ndarray, constant: int,
    options: FitOptions,
) -> np.ndarray:  # fmt: skip
    """Weights (classes, inputs) for inputs as they come: they are standardised here and the weights taken back."""
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    used = deviation > 1e-9
    mean, deviation = np.where(used, mean, 0.0), np.where(used, deviation, 1.0)
    scaled = (inputs - mean) / deviation  # what never differs is 0, but for the constant
    scaled[:, ~used] = 0.0
    scaled[:, constant] = 1.0
    width = inputs.shape[1]
    parts = [scaled] + [scaled * (classes == number)[:, None] for number in range(len(CLASSES))]
    design = np.concatenate(parts, axis=1)
    held = np.repeat([options.shared] + [options.apart] * len(CLASSES), width)
    held[[part * width + constant for part in range(len(CLASSES) + 1)]] = [0.1] + [1.0] * len(CLASSES)
    found = _newton(design, targets.astype(np.float64), weights, held).reshape(len(CLASSES) + 1, width)
    own = found[1:] + found[0]
    raw = np.asarray(own / deviation)
    raw[:, constant] = own[:, constant] - (own * mean / deviation).sum(axis=1)
    return raw


def _newton(design: np.ndarray, targets: np.ndarray, weights: np.ndarray, held: np.ndarray) -> np.ndarray:
    found = np.zeros(design.shape[1])
    for _ in range(50):
        chance = _logistic(design @ found)
        slope = design.T @ (weights * (chance - targets)) + held * found
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design + np.diag(held)
        step = np.linalg.solve(curve, slope)
        # A long step overshoots where nearly all is separated already.
        step *= min(1.0, 10.0 / max(float(np.abs(step).max()), 1e-12))
        found -= step
        if np.abs(step).max() < 1e-7:
            break
    return found


def _logistic(values: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -50, 50)))
