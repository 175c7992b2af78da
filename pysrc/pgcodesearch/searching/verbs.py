"""The verbs of the schema beside search, as methods: each a call of the SQL function of its name, typed.

``Client`` has them, and ``AsyncClient`` makes its own of them, so that each is written once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from pgcodesearch.searching.queries import Hit, Logged, call_verb
from pgcodesearch.searching.retrying import reads

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A chunk to be read: lines ``first_line`` to ``last_line`` of its file, 1-based and inclusive.

    ``repository`` is as a search takes it, 'name' or 'name@branch'. Where no file has the indexed content any more,
    ``is_current`` is False and ``content`` is the chunk's own text.
    """

    repository: str
    path: str
    language: str | None
    kind: str
    symbol: str
    signature: str
    start_line: int
    end_line: int
    first_line: int
    last_line: int
    total_lines: int | None
    content: str
    is_current: bool
    previous_chunk_id: int | None
    next_chunk_id: int | None


@dataclass(frozen=True, slots=True)
class FileText:
    """Lines of a file as it is stored; ``is_current`` is False while a change of it waits to be indexed.

    ``address`` is its repository, as a search takes it: 'name' or 'name@branch'.
    """

    address: str
    language: str | None
    first_line: int
    last_line: int
    total_lines: int
    content: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class CodePlace:
    """A line of code, 1-based: what it is of the symbol that was asked for (``kind``), the symbol it stands in, its
    text, and how sure that is, 0 to 1."""

    repository: str
    path: str
    line: int
    chunk_id: int
    kind: str
    symbol: str
    text: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class CodeCall(CodePlace):
    """A definition that a chunk calls, and the line of the call."""

    call_line: int | None


@dataclass(frozen=True, slots=True)
class AnsweredPlace:
    """A row of codesearch.impact and codesearch.ask: lines ``start_line`` to ``end_line``, 1-based and inclusive.

    ``role`` is what the place is to what was asked about (definition, call, import, inherits, use, implementation,
    test, documentation, configuration, history, similar, change, match), ``lines`` are those that say so, ``reason``
    says it in words. ``confidence``, 0 to 1, is None where it is not known; ``query_id`` where nothing was logged;
    lines and ``chunk_id`` of a file that is not there any more.
    """

    rank: int
    intent: str
    repository: str
    path: str
    start_line: int | None
    end_line: int | None
    chunk_id: int | None
    role: str
    symbol: str | None
    text: str | None
    lines: list[int]
    reason: str
    confidence: float | None
    query_id: int | None


class Verbs:
    """Calls of SQL functions, on the connection of what inherits this."""

    @property
    def _connection(self) -> psycopg.Connection[Any]:
        raise NotImplementedError

    def _again(self, call: Callable[[], Result]) -> Result:
        raise NotImplementedError

    def _logged(self, wanted: Logged) -> Logged:
        raise NotImplementedError

    @reads
    def find_similar(
        self,
        chunk_id: int,
        k: int = 10,
        repository: str | None = None,
        path: str | None = None,
        language: str | None = None,
        kind: str | None = None,
        model: str | None = None,
    ) -> list[Hit]:
        """The chunks nearest to one by their vectors, best first; ``score`` is the cosine. Raises UnknownId."""
        return call_verb(
            self._connection, Hit, "find_similar", chunk_id=chunk_id, k=k, repository=repository, path=path,
            language=language, kind=kind, model=model,
        )  # fmt: skip

    @reads
    def read_chunk(self, chunk_id: int, before: int = 0, after: int = 0) -> ChunkText:
        """A chunk's lines, with lines before and after it. Raises UnknownId."""
        (found,) = call_verb(
            self._connection, ChunkText, "read_chunk", chunk_id=chunk_id, before=before, after=after
        )
        return found

    @reads
    def read_file(
        self, path: str, repository: str | None = None, from_line: int = 1, to_line: int | None = None
    ) -> FileText:
        """Lines of a stored file. Raises UnknownId, which names files of that name, and InvalidArgument for lines that
        it has not, or where several repositories have such a file.
        """
        (found,) = call_verb(
            self._connection, FileText, "read_file", repository=repository, path=path, from_line=from_line,
            to_line=to_line,
        )  # fmt: skip
        return found

    @reads
    def find_definition(self, symbol: str, k: int = 50, repository: str | None = None) -> list[CodePlace]:
        """Where a symbol is defined, surest first: 'send', 'Session.send'. Raises InvalidArgument."""
        return call_verb(
            self._connection, CodePlace, "find_definition", symbol=symbol, k=k, repository=repository
        )

    @reads
    def find_usages(
        self, symbol: str, k: int = 100, repository: str | None = None, min_confidence: float = 0.25
    ) -> list[CodePlace]:
        """Where a symbol is called, imported, inherited from or read, each with its line. Raises InvalidArgument."""
        return call_verb(
            self._connection, CodePlace, "find_usages", symbol=symbol, k=k, repository=repository,
            min_confidence=min_confidence,
        )  # fmt: skip

    @reads
    def find_implementations(
        self, symbol: str, k: int = 100, repository: str | None = None, min_confidence: float = 0.25
    ) -> list[CodePlace]:
        """What implements or inherits from a class, an interface or a method. Raises InvalidArgument."""
        return call_verb(
            self._connection, CodePlace, "find_implementations", symbol=symbol, k=k, repository=repository,
            min_confidence=min_confidence,
        )  # fmt: skip

    @reads
    def callers(self, chunk_id: int, k: int = 100, repository: str | None = None) -> list[CodePlace]:
        """The lines that call a chunk, or construct it where it is a class. Raises UnknownId."""
        return call_verb(
            self._connection, CodePlace, "callers", chunk_id=chunk_id, k=k, repository=repository
        )

    @reads
    def callees(self, chunk_id: int, k: int = 100, repository: str | None = None) -> list[CodeCall]:
        """The definitions that a chunk calls, in the order of the calls. Raises UnknownId."""
        return call_verb(self._connection, CodeCall, "callees", chunk_id=chunk_id, k=k, repository=repository)

    @reads
    def impact(
        self,
        symbol: str,
        k: int = 20,
        repository: str | None = None,
        task: str | None = None,
        per_file: int | None = None,
    ) -> list[AnsweredPlace]:
        """What has to change for a symbol, or with a file ('src/app.py') or the definition at a line of one
        ('src/app.py:40'), likeliest first. ``task``: what is to be done, in words. Raises InvalidArgument."""
        return call_verb(
            self._connection, AnsweredPlace, "impact", symbol=symbol, k=k, repository=repository, task=task,
            per_file=per_file,
        )  # fmt: skip

    @reads
    def ask(
        self,
        query: str,
        intent: str | None = None,
        k: int = 10,
        repository: str | None = None,
        log: bool = True,
    ) -> list[AnsweredPlace]:
        """The answer to a question by the strategy that fits it: 'who calls Session.send', 'what breaks if I change
        parse'. ``intent`` says it instead: definition, usages, implementation, similar, impact, history or general.

        Raises InvalidArgument.
        """
        return call_verb(
            self._connection, AnsweredPlace, "ask", query=query, intent=intent, k=k, repository=repository,
            log=self._logged(log),
        )  # fmt: skip
