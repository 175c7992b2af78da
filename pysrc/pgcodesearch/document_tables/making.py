"""A document table fitted to a model's own vectors of texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from tokenizers import Tokenizer

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.document_tables.table import DocumentTable
from pgcodesearch.embedding.tokens import tokenise
from pgcodesearch.query_tables.fitting import Bags, FitOptions, encode, fit

LEAST_TEXTS = 1_000
_HELD_OUT = 0.05
_CODE = 600  # vectors that similarities are compared with
_LENGTH = 0.3  # of a token's vector where the fit starts
_RARE = 3  # a token in fewer texts starts the nearer to nothing


@dataclass(frozen=True)
class MakeOptions:
    """``most_repeats``: see :class:`DocumentTable`. A token gets a vector where ``least`` texts have it.

    Held-out cosine with 10,000 texts: .853 with 1, .877 with 3, .874 without a limit; with 17,753, 4 epochs of
    batches of 512 .888, 8 epochs of 256 .904.
    """

    most_repeats: int = 3
    least: int = 2
    seed: int = 1
    fitting: FitOptions = field(default_factory=lambda: FitOptions(epochs=8, batch=256, rate=0.002))


def make(
    texts: Sequence[str], vectors: np.ndarray, tokenizer: Tokenizer, max_tokens: int, prefix: str,
    options: MakeOptions, progress: Callable[[int, int], None] | None = None,
) -> DocumentTable:  # fmt: skip
    """Fit a table to ``vectors`` (texts, dimension), the model's unit vectors of ``texts``.

    Raises InvalidArgument for fewer than 1,000 texts. ``metrics`` of the result: texts, and the mean cosine to the
    model's vectors of the twentieth of them that was held out.
    """
    if len(texts) < LEAST_TEXTS:
        raise InvalidArgument(
            f"there are {len(texts)} texts to fit a document table to, {LEAST_TEXTS:,} are needed",
            hint="index more code; until then new texts wait for the model's own vectors",
        )
    counted = Counter(
        token
        for tokens in tokenise(tokenizer, [prefix + text for text in texts], max_tokens)
        for token in set(tokens.ids)
    )
    rows = np.array(
        sorted(token for token, times in counted.items() if times >= options.least), dtype=np.int64
    )
    empty = np.zeros((len(rows) + 1, vectors.shape[1]), dtype=np.float32)
    table = DocumentTable(rows, empty, max_tokens, prefix, options.most_repeats)
    bags, targets = table.bags(texts, tokenizer), vectors.astype(np.float32)
    random = np.random.default_rng(options.seed)
    held_out = random.random(len(texts)) < _HELD_OUT
    held_out[0], held_out[-1] = True, False
    seen = np.flatnonzero(~held_out)
    code = targets[random.choice(seen, min(_CODE, len(seen)), replace=False)]
    fitted = fit(
        _start(bags.take(seen), targets[seen], len(empty)), bags.take(seen), targets[seen], code,
        options.fitting, progress,
    )  # fmt: skip
    fitted = _at_scale(fitted, bags.take(seen[:2000]), targets[seen[:2000]])
    unseen = np.flatnonzero(held_out)
    cosines = (encode(fitted, bags.take(unseen)) * targets[unseen]).sum(axis=1)
    metrics = {"texts": len(texts), "cosine": round(float(cosines.mean()), 4)}
    return replace(table, vectors=fitted, metrics=metrics)


def _start(bags: Bags, targets: np.ndarray, rows: int) -> np.ndarray:
    """Where the fit starts: a token as what its texts have in common beyond all texts, the last row as all."""
    mean = targets.mean(axis=0)
    text_of = np.repeat(np.arange(len(bags)), np.diff(bags.starts))
    order = np.argsort(bags.tokens, kind="stable")
    present, starts, times = np.unique(bags.tokens[order], return_index=True, return_counts=True)
    start = np.zeros((rows, targets.shape[1]), dtype=np.float32)
    sums = np.add.reduceat((targets - mean)[text_of[order]], starts, axis=0)
    start[present] = _LENGTH * sums / (times[:, None] + _RARE)
    start[-1] = mean
    return start


def _at_scale(table: np.ndarray, bags: Bags, targets: np.ndarray) -> np.ndarray:
    """The table with as much of the mean direction in its last row as makes texts as near to the mean as the model's.

    A search standardises cosines by one mean and deviation, whichever kind of vector a text has.
    """
    mean = targets.mean(axis=0)
    mean /= np.linalg.norm(mean)
    sums = np.add.reduceat(table[bags.tokens], bags.starts[:-1], axis=0)
    along = sums @ mean
    beside = np.sqrt(np.maximum((sums**2).sum(axis=1) - along**2, 1e-12))
    wanted = float((targets @ mean).mean())
    low, high = -10 * beside.mean(), 10 * beside.mean()
    for _ in range(50):
        added = (low + high) / 2
        moved = along + added
        low, high = (added, high) if (moved / np.hypot(moved, beside)).mean() < wanted else (low, added)
    scaled = table.copy()
    scaled[-1] += added * mean
    return scaled
