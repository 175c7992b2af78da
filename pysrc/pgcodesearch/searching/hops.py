"""The call of codesearch.search_hops: answers that are several steps away from what a question finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch.searching.queries import CallerContext, Logged, as_integer, call_verb, context_json

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class HopHit:
    """A row of codesearch.search_hops. Lines are 1-based and inclusive; scores compare within one answer only.

    ``hop`` is 0 for what the question found; else ``via`` is the chunk that led here, ``trail`` the whole way in words
    and ``reason`` its last step. ``stopped``, the same in each row, says why it went no further: answered, nothing new,
    nothing better, hops, chunks or time.
    """

    rank: int
    chunk_id: int
    repository: str
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
    score: float
    hop: int
    via: int | None
    trail: str
    reason: str
    stopped: str
    snippet: str
    query_id: int | None


def search_hops(
    connection: psycopg.Connection[Any],
    query: str,
    embedding: np.ndarray | None = None,
    hops: int = 2,
    k: int = 10,
    repository: str | None = None,
    *,
    model: str | None = None,
    context: CallerContext | None = None,
    max_chunks: int = 500,
    milliseconds: int = 2000,
    log: Logged = True,
) -> list[HopHit]:
    """What a question finds and what that leads to by the code graph, best first.

    No further hop is begun after so many ``milliseconds`` or ``max_chunks`` looked at. ``embedding``: float32
    (dimension,) of the model version that is asked. Raises what :func:`pgcodesearch.searching.search` raises.
    """
    from pgvector import HalfVector

    return call_verb(
        connection, HopHit, "search_hops", query=query, hops=as_integer(hops), k=as_integer(k), repository=repository,
        model=model, context=context_json(context),
        query_embedding=None if embedding is None else HalfVector(embedding).to_text(),
        max_chunks=as_integer(max_chunks), milliseconds=as_integer(milliseconds), log=log,
    )  # fmt: skip
