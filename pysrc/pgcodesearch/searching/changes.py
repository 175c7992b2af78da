"""The calls of codesearch.search_changes and codesearch.changed_together: answers from history."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch.searching.queries import as_integer, call_verb

if TYPE_CHECKING:
    import numpy as np

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """The arguments of codesearch.search_changes beside the query and its embedding; None leaves a filter out.

    ``path`` is a glob, or a path that a file has or had; ``author`` a part of a name; ``since`` and ``until`` are
    times, ``until`` excluded; ``mode`` is hybrid, lexical or vector.
    """

    k: int = 10
    repository: str | None = None
    path: str | None = None
    author: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    mode: str = "hybrid"
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A commit. ``code`` is what it changed as it stands today: {chunk_id, path, symbol, start_line, end_line,
    evidence}; ``paths`` the first of ``file_count`` files; ``score`` compares within one query only."""

    rank: int
    commit_id: int
    repository: str
    hash: str
    authored_at: datetime
    author: str
    subject: str
    body: str
    score: float | None
    lexical_rank: int | None
    vector_rank: int | None
    paths: list[str]
    file_count: int
    code: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that changed in the same commits as another: in ``support`` of them, a share of ``confidence``."""

    repository: str
    path: str
    support: int
    confidence: float
    score: float
    last_together: datetime


def search_changes(
    connection: Connection,
    query: str | None,
    embedding: np.ndarray | None = None,
    options: ChangeOptions | None = None,
) -> list[Change]:
    """The commits that fit a query, best first; without a query those that pass the filters, newest first.

    Raises InvalidArgument, QueryTooLong, UnknownRepository, UnknownModel, WrongDimension, NoEmbedding.
    """
    from pgvector import HalfVector

    options = options or ChangeOptions()
    arguments = {field.name: getattr(options, field.name) for field in fields(ChangeOptions)}
    arguments["k"] = as_integer(options.k)
    vector = None if embedding is None else HalfVector(embedding).to_text()
    return call_verb(connection, Change, "search_changes", query=query, query_embedding=vector, **arguments)


def changed_together(
    connection: Connection, path: str, repository: str | None = None, k: int = 10
) -> list[Companion]:
    """The files that changed with one in the same commits, what belongs to it most first.

    Raises InvalidArgument, UnknownRepository.
    """
    most = as_integer(k)
    return call_verb(connection, Companion, "changed_together", path=path, repository=repository, k=most)
