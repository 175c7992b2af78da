"""Token vectors whose sum is near a model's own vector of a query.

A query's vector is the unit vector along the sum of its tokens' vectors. They are fitted to the model's vectors of many
texts: one minus the cosine, and the Kullback-Leibler divergence of its similarities to some code, by Adam on the rows
that a batch touches (Kingma and Ba 2015). That a look-up can stand in for a query encoder: LightRetriever,
Ma et al. 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FitOptions:
    """``temperature``: of the similarities that are compared; ``divergence``: what these count beside the cosine."""

    epochs: int = 6
    batch: int = 1024
    rate: float = 0.003
    divergence: float = 0.3
    temperature: float = 0.05
    seed: int = 1


@dataclass(frozen=True)
class Bags:
    """Texts as bags of tokens: the tokens of text i are ``tokens[starts[i]:starts[i + 1]]``; none is empty."""

    tokens: np.ndarray  # int64
    starts: np.ndarray  # int64, one more than texts

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Bags:
        """From the token ids of each text."""
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        return cls(np.fromiter((token for row in rows for token in row), np.int64, int(starts[-1])), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, chosen: np.ndarray) -> Bags:
        """Some of the texts, in the order of ``chosen``."""
        lengths = (self.starts[1:] - self.starts[:-1])[chosen]
        starts = np.zeros(len(chosen) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Bags(self.tokens[np.repeat(self.starts[chosen], lengths) + within], starts)


def encode(table: np.ndarray, bags: Bags) -> np.ndarray:
    """Unit vectors (texts, dimension) by a table (vocabulary, dimension)."""
    return _unit(np.add.reduceat(table[bags.tokens], bags.starts[:-1], axis=0))[0]


def fit(
    table: np.ndarray, bags: Bags, targets: np.ndarray, code: np.ndarray, options: FitOptions,
    progress: Progress | None = None,
) -> np.ndarray:  # fmt: skip
    """Fit a copy of ``table`` (vocabulary, dimension) to ``targets`` (texts, dimension), unit vectors as those of
    ``code`` (n, dimension) are."""
    table = table.astype(np.float32, copy=True)
    first, second = np.zeros_like(table), np.zeros_like(table)
    random = np.random.default_rng(options.seed)
    steps = options.epochs * -(-len(bags) // options.batch)
    step = 0
    for _ in range(options.epochs):
        order = random.permutation(len(bags))
        for start in range(0, len(order), options.batch):
            chosen = order[start : start + options.batch]
            wanted = targets[chosen].astype(np.float32)
            rows, gradient = _gradient(table, bags.take(chosen), wanted, code, options)
            step += 1
            rate = options.rate * max(1 - step / steps, 0.02) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            first[rows] = moved = 0.9 * first[rows] + 0.1 * gradient
            second[rows] = spread = 0.999 * second[rows] + 0.001 * gradient**2
            table[rows] -= rate * moved / (np.sqrt(spread) + 1e-8)
            if progress:
                progress(step, steps)
    return table


def _gradient(
    table: np.ndarray, bags: Bags, targets: np.ndarray, code: np.ndarray, options: FitOptions
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the table that the texts touch, and the gradient of their loss by each."""
    unit, length = _unit(np.add.reduceat(table[bags.tokens], bags.starts[:-1], axis=0))
    wanted = _softmax(targets @ code.T / options.temperature)
    there = _softmax(unit @ code.T / options.temperature)
    by_unit = -targets + options.divergence / options.temperature * (there - wanted) @ code
    by_sum = (by_unit - unit * (unit * by_unit).sum(axis=1, keepdims=True)) / length / len(bags)
    order = np.argsort(bags.tokens, kind="stable")
    rows, starts = np.unique(bags.tokens[order], return_index=True)
    text_of = np.repeat(np.arange(len(bags)), np.diff(bags.starts))
    return rows, np.add.reduceat(by_sum[text_of[order]], starts, axis=0)


def as_int8(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A table (rows, dimension) as int8, and a scale for each row, float32: that costs less than 1e-4 of cosine."""
    scale = np.abs(vectors).max(axis=1) / 127
    return np.rint(vectors / np.maximum(scale, 1e-12)[:, None]).astype(np.int8), scale.astype(np.float32)


def from_int8(rounded: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The float32 table of what :func:`as_int8` gave."""
    return np.asarray(rounded.astype(np.float32) * scale[:, None])


def _unit(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    length = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return sums / length, length


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares
