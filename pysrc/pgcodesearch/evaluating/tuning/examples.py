"""What a ranker is fitted on: the candidates of each judged query with their features, and which of them answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from pgvector import HalfVector

from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.judgments import WHOLE_FILE, JudgedQuery, Place
from pgcodesearch.evaluating.metrics import matches
from pgcodesearch.evaluating.runner import QueryEmbedder

LEGS = ("hybrid", "lexical", "vector")
CLASSES = ("identifier", "mixed", "semantic", "language")
_CANDIDATES = """
    select legs, query_class, chunk_id, version_id, path, start_line, end_line, features
    from codesearch.query_features(%s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, eq=False)
class Example:
    """A judged query asked with some legs.

    ``features`` is float32 (candidates, features); ``files`` and ``chunks`` are (candidates,) numbers. ``answers`` has
    for each judged place its gain and the candidates that match it; ``whole_files``: it asks for files, so that the
    best candidate of each file stands for it.
    """

    query_set: str
    query: JudgedQuery
    legs: str
    query_class: str
    features: np.ndarray
    files: np.ndarray
    chunks: np.ndarray
    places: tuple[Place, ...]
    answers: tuple[tuple[float, tuple[int, ...]], ...]
    whole_files: bool


def collect(
    connection: Connection,
    query_set: str,
    queries: Sequence[JudgedQuery],
    embedder: QueryEmbedder | None,
    model: str | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[Example]:
    """The candidates of each query that has an answer, by words alone and, with an embedder, by vectors and by both."""
    answered = [query for query in queries if query.relevant]
    vectors = embedder.encode([query.query for query in answered], "query") if embedder and answered else None
    found = []
    for number, query in enumerate(answered):
        vector = None if vectors is None else HalfVector(vectors[number])
        for legs in LEGS if vector is not None else ("lexical",):
            found.append(
                _example(connection, query_set, query, legs, model, None if legs == "lexical" else vector)
            )
        progress()
    return found


def _example(
    connection: Connection, query_set: str, query: JudgedQuery, legs: str, model: str | None, vector: HalfVector | None
) -> Example:  # fmt: skip
    rows = connection.execute(_CANDIDATES, (query.query, query.repository, legs, model, vector)).fetchall()
    places = tuple(Place(row[4], row[5], row[6]) for row in rows)
    answers = tuple(
        (float((1 << judged.grade) - 1), tuple(i for i, place in enumerate(places) if matches(place, judged)))
        for judged in query.relevant
    )
    return Example(
        query_set, query, legs, rows[0][1] if rows else "semantic",
        np.array([row[7] for row in rows], dtype=np.float32),
        np.unique([row[3] for row in rows], return_inverse=True)[1] if rows else np.zeros(0, np.int64),
        np.array([row[2] for row in rows], dtype=np.int64), places, answers,
        all(judged.end_line >= WHOLE_FILE for judged in query.relevant),
    )  # fmt: skip
