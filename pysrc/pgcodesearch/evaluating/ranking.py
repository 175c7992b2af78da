"""Where the right answer stands when all are ranked by cosine."""

from __future__ import annotations

import numpy as np


def answer_ranks(queries: np.ndarray, codes: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """(n,) ranks from 1, where code i answers query i; both (n, dimension), unit length.

    others: (m, dimension), codes that answer none of the queries. A tie counts against the right answer.
    """
    scores = queries @ codes.T
    right = np.diagonal(scores).copy()
    np.fill_diagonal(scores, -np.inf)
    if others is not None:
        scores = np.hstack([scores, queries @ others.T])
    return np.asarray(1 + (scores >= right[:, None]).sum(axis=1))
