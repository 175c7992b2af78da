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
