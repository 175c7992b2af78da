"""A query table made of a model and of what is said and named in an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.artefact import DEFAULT_MODEL, find_model
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.query_tables.fitting import Bags, FitOptions, encode, fit
from pgcodesearch.query_tables.kept_vectors import KeptVectors
from pgcodesearch.query_tables.table import QUERY_TABLE_FILE, QueryTable
from pgcodesearch.query_tables.texts import asked
from pgcodesearch.query_tables.vocabulary import Vocabulary

# What is done, how much of it, of how much.
Progress = Callable[[str, int, int], None]

LEAST_TEXTS = 1_000
_HELD_OUT = 0.02
_STEP = 0.3  # length of a token's vector where the fit starts


@dataclass(frozen=True)
class MakeOptions:
    """``texts``: queries that the model embeds, at most.

    ``most_tokens`` and ``most_pairs``: those that get a vector, the ones that the texts have most often first; a pair
    is in ``least_pair`` texts or more.
    """

    texts: int
    most_tokens: int = 16_500
    most_pairs: int = 8_000
    least_pair: int = 10
    seed: int = 1
    fitting: FitOptions = field(default_factory=FitOptions)


def read_texts(connection: Connection, options: MakeOptions) -> list[str]:
    """Distinct queries made of what the index says and names. Raises InvalidArgument where it has too little."""
    rows = connection.execute(
        "select kind, content from codesearch.query_texts(%s, %s)", (options.texts, options.seed)
    ).fetchall()
    texts = list(dict.fromkeys(asked(rows, options.seed)))
    np.random.default_rng(options.seed).shuffle(texts)
    if len(texts) < LEAST_TEXTS:
        raise InvalidArgument(
            f"the index gives {len(texts)} texts to fit a query table to, {LEAST_TEXTS} are needed",
            hint="index more code; until then the model itself embeds queries",
        )
    return texts[: options.texts]


def make(
    texts: Sequence[str], code: np.ndarray, embedder: Embedder, kept: KeptVectors, options: MakeOptions,
    progress: Progress,
) -> QueryTable:  # fmt: skip
    """Embed the texts with the model, what ``kept`` has excepted, and fit a table to its vectors.

    ``code`` are vectors of code, (n, dimension): nearness to them is what a query's vector is for.
    """
    vocabulary = Vocabulary.of_model(embedder.artefact(), embedder.query_prefix, embedder.max_tokens)
    targets = kept.vectors(texts, embedder, lambda done, total: progress("texts embedded", done, total))
    vocabulary = vocabulary.with_pairs(vocabulary.rows(texts), options.most_pairs, options.least_pair)
    bags = Bags.of(vocabulary.rows(texts))
    held_out = np.arange(len(texts)) < len(texts) * _HELD_OUT
    start, used = _start(vocabulary, embedder, bags, targets, options, progress)
    table = fit(
        start, bags.take(np.flatnonzero(~held_out)), targets[~held_out], code, options.fitting,
        lambda done, total: progress("batches fitted", done, total),
    )  # fmt: skip
    table[~used] = 0
    cosines = (encode(table, bags.take(np.flatnonzero(held_out))) * targets[held_out]).sum(axis=1)
    return QueryTable(
        vocabulary.names, table.astype(np.float32), vocabulary.options,
        metrics={"texts": len(texts), "cosine": round(float(cosines.mean()), 4)},
    )  # fmt: skip


def _start(
    vocabulary: Vocabulary, embedder: Embedder, bags: Bags, targets: np.ndarray, options: MakeOptions,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Where the fit starts, and which rows are used, (rows,) bool.

    A token starts as the model's vector of it by itself, so that a rare one is worth something; with a model that is
    asked over a network, as the shipped model's, mapped onto its vectors by least squares. A pair starts as nothing.
    """
    tokens = len(vocabulary.tokens)
    start = np.zeros((tokens + len(vocabulary.pairs), targets.shape[1]), dtype=np.float32)
    numbers = _chosen(vocabulary, bags, min(options.most_tokens, len(bags)))
    used = np.arange(len(start)) >= tokens
    used[numbers] = True
    if embedder.remote:
        start[numbers] = _mapped(vocabulary, bags, targets)[numbers]
        return start, used
    for begin in range(0, len(numbers), 512):
        part = numbers[begin : begin + 512]
        words = [vocabulary.tokens[number].removeprefix("##") for number in part]
        start[part] = _STEP * embedder.encode(words, "query")
        progress("tokens embedded", begin + len(part), len(numbers))
    return start, used


def _mapped(vocabulary: Vocabulary, bags: Bags, targets: np.ndarray) -> np.ndarray:
    """The shipped table's vectors of tokens, (tokens, dimension), in the model's space."""
    shipped = QueryTable.from_bytes((find_model(DEFAULT_MODEL) / QUERY_TABLE_FILE).read_bytes())
    vectors = np.zeros(
        (len(vocabulary.tokens) + len(vocabulary.pairs), shipped.vectors.shape[1]), dtype=np.float32
    )
    vectors[: len(vocabulary.tokens)] = shipped.vectors[: len(vocabulary.tokens)]
    sums = np.add.reduceat(vectors[bags.tokens], bags.starts[:-1], axis=0)
    squares = sums.T @ sums + 1e-2 * len(sums) * np.eye(sums.shape[1]) * np.mean(sums**2)
    return np.asarray(vectors @ np.linalg.solve(squares, sums.T @ targets), dtype=np.float32)


def _chosen(vocabulary: Vocabulary, bags: Bags, most: int) -> np.ndarray:
    """The tokens that get a vector: the most frequent of the texts, then the first of the vocabulary, which has its
    frequent ones first."""
    tokens = len(vocabulary.tokens)
    count = np.bincount(bags.tokens, minlength=tokens)[:tokens]
    unused = np.array([not token or token.startswith("[unused") for token in vocabulary.tokens])
    found: np.ndarray = np.lexsort((np.arange(tokens), -count, unused))
    return found[: min(most, int((~unused).sum()))]


def fit_scale(
    table: QueryTable,
    embedder: Embedder,
    queries: Sequence[str],
    code: np.ndarray,
    settings: dict[str, float],
) -> dict[str, float]:
    """The settings ``vector.mean`` and ``vector.deviation`` for the table's vectors, from the model's.

    What one deviation of the model's cosines with ``code`` (n, dimension) is worth stays so.
    """
    own = table.encode(queries, embedder) @ code.T
    model = embedder.encode(queries, "query") @ code.T
    ratio = float(own.std() / model.std())
    return {
        "vector.mean": round(float(own.mean() + (settings["vector.mean"] - model.mean()) * ratio), 4),
        "vector.deviation": round(settings["vector.deviation"] * ratio, 4),
    }
