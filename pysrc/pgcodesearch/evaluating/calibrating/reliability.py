"""How far confidences can be trusted, measured on repositories that they were not fitted on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pgcodesearch.evaluating.calibrating.examples import Example

BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0)
_RESAMPLES = 1000


@dataclass(frozen=True)
class Reliability:
    """``auroc`` tells questions with an answer from those without, by the best hit of each; ``error`` is the expected
    calibration error (Naeini et al. 2015) over ``bands`` of (from, to, hits, mean confidence, share that is right).

    ``known`` refuses ``refused`` of the questions without an answer, for ``ndcg_cost`` of NDCG@10 on those with one;
    hits of ``precise`` and more are right in ``precision`` (95 % interval ``low`` to ``high``, by question), and
    ``shown`` of the questions with an answer have such a hit.
    """

    questions: int
    unanswered: int
    repositories: int
    auroc: float
    error: float
    bands: tuple[tuple[float, float, int, float, float], ...]
    known: float
    refused: float
    ndcg_cost: float
    precise: float
    precision: float
    low: float
    high: float
    shown: float


def measure(
    examples: Sequence[Example],
    answered: np.ndarray,
    confidences: Sequence[np.ndarray],
    refuse: float,
    precision: float,
) -> Reliability:
    """``answered`` float64 (examples,) and ``confidences`` (hits,) each, of functions that did not see the example.

    ``known`` and ``precise`` are chosen to refuse, and to be right, as often as is asked for; a precision that no
    threshold reaches gives a ``precise`` of 1.
    """
    answerable = np.array([example.answerable for example in examples])
    made_up = np.array([example.elsewhere for example in examples])
    # Those that judges gave and those that were made up count alike.
    kinds = [answered[mask] for mask in (~answerable & ~made_up, ~answerable & made_up) if mask.any()]
    known = float(np.mean([np.quantile(kind, refuse) for kind in kinds])) if kinds else 0.0
    ndcg = np.array([example.ndcg for example in examples])
    # What was made up by asking elsewhere is no question that anybody asks: precision is of the others.
    asked = [number for number in range(len(examples)) if not made_up[number]]
    sure = np.concatenate([confidences[number] for number in asked])
    right = np.concatenate([examples[number].right for number in asked])
    precise = _precise(sure, right, precision)
    own = [(confidences[n] >= precise, examples[n].right) for n in asked]
    shown = np.array([int(passed.sum()) for passed, _ in own])
    hits = np.array([int((passed & correct).sum()) for passed, correct in own])
    low, high = _interval(shown, hits)
    bands = _bands(sure, right)
    return Reliability(
        int(answerable.sum()), int((~answerable).sum()), len({example.repository for example in examples}),
        _auroc(answered[answerable], answered[~answerable]),
        sum(count * abs(mean - share) for _, _, count, mean, share in bands) / max(len(sure), 1), tuple(bands),
        known, float(np.mean([(kind < known).mean() for kind in kinds])) if kinds else 0.0,
        float(ndcg[answerable & (answered < known)].sum() / max(answerable.sum(), 1)),
        precise, float(hits.sum() / max(shown.sum(), 1)), low, high,
        float(np.mean([passed.any() for (passed, _), n in zip(own, asked, strict=True) if answerable[n]])),
    )  # fmt: skip


def _precise(sure: np.ndarray, right: np.ndarray, precision: float) -> float:
    order = np.argsort(-sure)
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # A threshold takes all that are as sure as it.
    last = np.append(np.diff(sure[order]) != 0, True)
    enough = np.flatnonzero((reached >= precision) & last)
    return float(sure[order[enough[-1]]]) if len(enough) else 1.0


def _interval(shown: np.ndarray, hits: np.ndarray) -> tuple[float, float]:
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(shown), (_RESAMPLES, len(shown)))
    shares = hits[drawn].sum(axis=1) / np.maximum(shown[drawn].sum(axis=1), 1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)


def _bands(sure: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int, float, float]]:
    found = []
    for low, high in itertools.pairwise(BANDS):
        inside = (sure >= low) & ((sure < high) | (high == BANDS[-1]))
        if inside.any():
            found.append(
                (low, high, int(inside.sum()), float(sure[inside].mean()), float(right[inside].mean()))
            )
    return found


def _auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The share of pairs in the right order, ties half (Hanley and McNeil 1982)."""
    if not len(positive) or not len(negative):
        return 0.5
    order = positive[:, None] - negative[None]
    return float((order > 0).mean() + 0.5 * (order == 0).mean())
