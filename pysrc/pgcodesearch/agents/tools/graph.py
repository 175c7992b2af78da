"""The code graph: where a symbol is defined, used and implemented, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.places import footer
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.toolbox import Call, ChunkId, Repository, tool
from pgcodesearch.searching import CodePlace

Symbol = Annotated[str, Says("A name, or a qualified one: send, Session.send.")]
Most = Annotated[int, Says("Places to give.", 1, 500)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code: what it does with the symbol (``kind``), what it stands in, and how sure that is, 0 to 1."""

    repository: str
    path: str
    line: int
    kind: str
    symbol: str
    chunk_id: int
    text: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of code, surest first."""

    results: list[Line]
    freshness: list[Fresh]

    def text(self) -> str:
        """A line for each, and what they were found in."""
        lines = [_said(line) for line in self.results] or ["Nothing found: no indexed code has it."]
        return "\n".join([*lines, *footer([], self.freshness)])


def _said(line: Line) -> str:
    sure = "" if line.confidence >= 0.95 else f" ({line.confidence:.0%} sure)"
    return f"{line.path}:{line.line} {line.kind} in {line.symbol or line.path}{sure}: {(line.text or '').strip()}"


def _lines(call: Call, found: Sequence[CodePlace], repository: str | None) -> Lines:
    lines = [
        Line(
            one.repository,
            one.path,
            one.line,
            one.kind,
            one.symbol,
            one.chunk_id,
            one.text,
            round(one.confidence, 2),
        )
        for one in found
    ]
    return Lines(lines, call.freshness(repository, sorted({one.repository for one in lines})))


@tool("Where a symbol is defined")
def find_definition(call: Call, symbol: Symbol, repository: Repository = None, limit: Most = 10) -> Lines:
    """Find where a function, method, class or constant is defined, by its exact name."""
    return _lines(call, call.client.find_definition(symbol, limit, repository), repository)


@tool("Where a symbol is used")
def find_usages(call: Call, symbol: Symbol, repository: Repository = None, limit: Most = 50) -> Lines:
    """Find every line that calls, imports, inherits from or reads a symbol, with how sure each is: other symbols of the
    same name are told apart by imports and scope."""
    return _lines(call, call.client.find_usages(symbol, limit, repository), repository)


@tool("What implements a symbol")
def find_implementations(
    call: Call, symbol: Symbol, repository: Repository = None, limit: Most = 50
) -> Lines:
    """Find the classes that implement or inherit from a type, or the methods that override one."""
    return _lines(call, call.client.find_implementations(symbol, limit, repository), repository)


@tool("What calls a result")
def callers(call: Call, chunk_id: ChunkId, limit: Most = 50) -> Lines:
    """Find the lines that call the function, or construct the class, of a result."""
    return _lines(call, call.client.callers(chunk_id, limit), None)


@tool("What a result calls")
def callees(call: Call, chunk_id: ChunkId, limit: Most = 50) -> Lines:
    """Find where what the code of a result calls is defined."""
    return _lines(call, call.client.callees(chunk_id, limit), None)


@dataclass(frozen=True, slots=True)
class Affected:
    """A place that may have to change: what it is to what was asked for (``role``), why (``reason``), and the lines
    that say so, 1-based. ``confidence``, 0 to 1, orders them."""

    repository: str
    path: str
    start_line: int
    end_line: int
    role: str
    symbol: str
    chunk_id: int
    lines: list[int]
    reason: str
    confidence: float

    def text(self) -> str:
        """One line."""
        where = f"{self.path}:{self.start_line}-{self.end_line} {self.symbol or '-'} chunk {self.chunk_id}"
        lines = f", lines {', '.join(map(str, self.lines[:10]))}" if self.lines else ""
        return f"{where} {self.role} {self.confidence:.0%}: {self.reason}{lines}"


@dataclass(frozen=True, slots=True)
class Impact:
    """Places that may have to change, the likeliest first."""

    results: list[Affected]
    notices: list[str]
    freshness: list[Fresh]

    def text(self) -> str:
        """A line for each, and what they were found in."""
        lines = [place.text() for place in self.results] or ["Nothing found: no indexed code has it."]
        return "\n".join([*lines, *footer(self.notices, self.freshness)])


@tool("What else has to change")
def impact(
    call: Call,
    symbol: Annotated[
        str, Says("A symbol (Session.send), a file (src/app.py), or a line of one: src/app.py:40.")
    ],
    task: Annotated[str | None, Says("What the change is, in words.")] = None,
    repository: Repository = None,
    limit: Annotated[int, Says("Places to give.", 1, 200)] = 20,
    files_only: Annotated[bool, Says("One place for each file.")] = False,
) -> Impact:
    """Before a change, find what has to change with a symbol or file: callers, overrides, tests, documentation,
    configuration, and files that changed together with it in history, each with the reason."""
    found = [
        Affected(
            one.repository, one.path, one.start_line or 1, one.end_line or 1, one.role, one.symbol or "",
            one.chunk_id or 0, one.lines, one.reason, round(one.confidence or 0, 2),
        )
        for one in call.client.impact(symbol, limit, repository, task, 1 if files_only else None)
    ]  # fmt: skip
    return Impact(found, call.notices, call.freshness(repository, sorted({one.repository for one in found})))
