"""The calls of codesearch.pack and codesearch.outline: answers that fit into so many tokens."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.searching.queries import (
    Connection,
    Logged,
    as_integer,
    call_verb,
    check_text,
    named_arguments,
)


@dataclass(frozen=True, slots=True)
class PackedCode:
    """A row of codesearch.pack: code of one chunk or of several that follow each other, or a signature (``form``)."""

    place: int
    form: str
    repository: str
    path: str
    start_line: int
    end_line: int
    symbols: list[str]
    chunk_ids: list[int]
    tokens: int
    text: str


@dataclass(frozen=True, slots=True)
class Pack:
    """An answer of ``total_tokens``, which is at most what was asked for.

    ``saved_tokens`` is what reading the files of all pieces whole would have cost more. Tokens are about those of a
    language model (codesearch.token_count).
    """

    pieces: list[PackedCode]
    total_tokens: int
    saved_tokens: int
    query_id: int | None

    @property
    def text(self) -> str:
        """The answer as one text."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class OutlinedDefinition:
    """A row of codesearch.outline: ``text`` is its line of the map, after its file's path where that begins."""

    place: int
    repository: str
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
    chunk_id: int
    importance: float
    tokens: int
    text: str


def pack(
    connection: Connection,
    query: str,
    embedding: Any = None,
    *,
    tokens: int = 2000,
    repository: str | None = None,
    path: str | None = None,
    language: str | None = None,
    kind: str | None = None,
    mode: str = "hybrid",
    model: str | None = None,
    context: dict[str, Any] | None = None,
    session: str | None = None,
    log: Logged = True,
) -> Pack:
    """The best code for a query in at most ``tokens`` tokens; of a ``session`` no code is given twice.

    Raises what :func:`pgcodesearch.searching.search` raises.
    """
    from pgvector import HalfVector

    texts = {
        "query": query, "repository": repository, "path": path, "language": language, "kind": kind, "mode": mode,
        "model": model, "session": session,
    }  # fmt: skip
    for name, value in texts.items():
        check_text(name, value)
    arguments = {
        **texts, "tokens": as_integer(tokens), "log": log,
        "context": None if context is None else Jsonb(context),
        "query_embedding": None if embedding is None else HalfVector(embedding).to_text(),
    }  # fmt: skip
    columns = ", ".join(field.name for field in fields(PackedCode))
    named = named_arguments(arguments)
    with mapped_errors():
        rows = connection.execute(
            "select total_tokens, saved_tokens, query_id,"  # noqa: S608 (names of ours)
            f" {columns} from codesearch.pack({named}) order by place",
            arguments,
        ).fetchall()
    total, saved, query_id = rows[0][:3] if rows else (0, 0, None)
    return Pack([PackedCode(*row[3:]) for row in rows], total, saved, query_id)


def outline(
    connection: Connection,
    repository: str,
    *,
    tokens: int = 2000,
    path: str | None = None,
    language: str | None = None,
) -> list[OutlinedDefinition]:
    """A map of a repository in at most ``tokens`` tokens: its most important definitions, under their files.

    Raises InvalidArgument, UnknownRepository.
    """
    most = as_integer(tokens)
    return call_verb(
        connection,
        OutlinedDefinition,
        "outline",
        repository=repository,
        tokens=most,
        path=path,
        language=language,
    )
