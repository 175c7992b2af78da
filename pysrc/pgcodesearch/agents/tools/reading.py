"""Reading what was found. What a client opens is the best sign that a result was of use, and is recorded as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.places import footer
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.sessions import Shown
from pgcodesearch.agents.toolbox import Call, Repository, tool
from pgcodesearch.database.errors import CodeSearchError, InvalidArgument

Around = Annotated[int, Says("Lines of the file to read beyond the chunk.", 0, 1000)]
# What one answer holds; a model that wants more asks for the lines after.
_MOST_LINES = 400
# Opened to be read: of little weight in training, where what was then used counts (record_feedback).
_SIGNAL = "click"


@dataclass(frozen=True, slots=True)
class Reading:
    """Lines of a file; ``next_line`` is where to go on, null where all that was asked for is here. ``is_current`` is
    false while a change of the file waits to be indexed."""

    repository: str
    path: str
    language: str | None
    symbol: str | None
    kind: str | None
    first_line: int
    last_line: int
    total_lines: int | None
    content: str
    next_line: int | None
    is_current: bool
    previous_chunk_id: int | None
    next_chunk_id: int | None
    recorded: bool
    freshness: list[Fresh]

    def text(self) -> str:
        """The code under its place, with the numbers of its lines."""
        name = f" {self.symbol} ({self.kind})" if self.symbol else ""
        of_all = f" of {self.total_lines}" if self.total_lines else ""
        head = f"{self.path}:{self.first_line}-{self.last_line}{of_all}{name}"
        lines = [
            f"{number}\t{line.rstrip(chr(13))}"
            for number, line in enumerate(self.content.split("\n"), self.first_line)
        ]
        if not self.is_current:
            lines.append("note: the file has changed since it was indexed; read it from disk where you can")
        if self.next_line:
            lines.append(f"More: path={self.path!r}, from_line={self.next_line}")
        beside = [("before", self.previous_chunk_id), ("after", self.next_chunk_id)]
        if any(chunk for _, chunk in beside):
            lines.append(", ".join(f"{side}: chunk {chunk}" for side, chunk in beside if chunk))
        return "\n".join([head, *lines, *footer([], self.freshness)])


@tool("Read a chunk or lines of a file")
def read_chunk(
    call: Call,
    chunk_id: Annotated[int | None, Says("chunk_id of a result; or give path.", 1)] = None,
    before: Around = 0,
    after: Around = 0,
    path: Annotated[
        str | None, Says("Path as results show it, for lines of a file without a chunk_id.")
    ] = None,
    repository: Repository = None,
    from_line: Annotated[int, Says("First line, with path.", 1)] = 1,
    to_line: Annotated[int | None, Says("Last line, with path.", 1)] = None,
    query_id: Annotated[
        int | None, Says("query_id of the search that showed it, where it was long ago.", 1)
    ] = None,
) -> Reading:
    """Read the whole code of a result, with lines around it, or lines of any indexed file by its path. Also tells the
    index that the result was worth opening."""
    if (chunk_id is None) == (path is None):
        raise InvalidArgument("give chunk_id or path", hint="chunk_id is in every result of search_code")
    if chunk_id is not None:
        return _chunk(call, chunk_id, before, after, query_id)
    assert path is not None
    found = call.client.read_file(path, repository or call.session.repository_of(path), from_line, to_line)
    content, last, next_line = _cut(found.content, found.first_line, found.last_line)
    shown = call.session.opened_lines(found.address, path, found.first_line, last)
    return Reading(
        found.address, path, found.language, None, None, found.first_line, last, found.total_lines, content, next_line,
        found.is_current, None, None, _record(call, shown) or _opened(call, found.address, path, found.first_line),
        call.freshness(found.address),
    )  # fmt: skip


def _chunk(call: Call, chunk_id: int, before: int, after: int, query_id: int | None) -> Reading:
    found = call.client.read_chunk(chunk_id, before, after)
    content, last, next_line = _cut(found.content, found.first_line, found.last_line)
    shown = call.session.opened_chunk(chunk_id)
    if query_id is not None:
        shown = Shown(chunk_id, query_id, found.repository, found.path, found.start_line, found.end_line)
    return Reading(
        found.repository, found.path, found.language, found.symbol, found.kind, found.first_line, last,
        found.total_lines, content, next_line, found.is_current, found.previous_chunk_id, found.next_chunk_id,
        _record(call, shown), call.freshness(found.repository),
    )  # fmt: skip


def _cut(content: str, first: int, last: int) -> tuple[str, int, int | None]:
    """As much as one answer holds, its last line, and the line after it where there is more."""
    lines = content.split("\n")
    if len(lines) <= _MOST_LINES:
        return content, last, None
    return "\n".join(lines[:_MOST_LINES]), first + _MOST_LINES - 1, first + _MOST_LINES


def _opened(call: Call, repository: str, path: str, line: int) -> bool:
    """Whether a search of the session learns from a file that none of its results led to."""
    if call.session.name is None:
        return False
    try:
        return call.client.record_opened(call.session.name, repository, path, line) > 0
    except CodeSearchError:
        return False


def _record(call: Call, shown: Shown | None) -> bool:
    """Whether it was recorded that a result was opened; a reading never fails for that."""
    if shown is None:
        return False
    try:
        call.client.record_feedback(shown.query_id, shown.chunk_id, _SIGNAL)
    except CodeSearchError:
        return False
    return True
