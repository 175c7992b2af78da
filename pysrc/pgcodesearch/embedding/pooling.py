"""Token states to one unit vector a text, for graphs that stop before pooling."""

from __future__ import annotations

import numpy as np

from pgcodesearch.embedding.errors import ArtefactCorrupt

POOLINGS = ("mean", "cls", "last")


def finish(output: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """A graph's output as float32 unit vectors (batch, dimension).

    output: (batch, dimension) where the graph pools, (batch, sequence, dimension) where it does not.
    mask: (batch, sequence), 1 for text. Raises ArtefactCorrupt for an unknown pooling.
    """
    pooled = output if output.ndim == 2 else pool(output, mask, pooling)
    lengths = np.linalg.norm(pooled, axis=1, keepdims=True)
    unit: np.ndarray = (pooled / np.maximum(lengths, 1e-12)).astype(np.float32, copy=False)
    return unit


def pool(hidden: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """Mean of the unmasked tokens, the first of them, or the last; padding on either side; (batch, dimension)."""
    if pooling == "mean":
        weights = mask[:, :, None].astype(hidden.dtype)
        mean: np.ndarray = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        return mean
    if pooling == "cls":
        first: np.ndarray = hidden[np.arange(len(hidden)), mask.argmax(axis=1)]
        return first
    if pooling == "last":
        places = np.arange(mask.shape[1])
        last: np.ndarray = hidden[np.arange(len(hidden)), (mask * places).max(axis=1)]
        return last
    raise ArtefactCorrupt(f"config.json has pooling {pooling!r}", f"Use one of {', '.join(POOLINGS)}.")
