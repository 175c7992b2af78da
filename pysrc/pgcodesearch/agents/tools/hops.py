"""A tool that finds code several steps away from what a question finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.places import first_lines, footer
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.toolbox import Call, Limit, Repository, SnippetLines, tool
from pgcodesearch.agents.tools.asking import NothingIndexed


@dataclass(frozen=True, slots=True)
class Step:
    """A place, and the way there: ``hop`` steps from what the question found, the last from chunk ``via``."""

    rank: int
    chunk_id: int
    repository: str
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
    hop: int
    via: int | None
    trail: str
    reason: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Places, best first, and why the search went no further."""

    results: list[Step]
    stopped: str | None
    query_id: int | None
    notices: list[str]
    freshness: list[Fresh]

    def text(self) -> str:
        """Each place with the way to it."""
        several = len({step.repository for step in self.results}) > 1
        lines = []
        for step in self.results:
            where = f"{step.repository}: " * several + f"{step.path}:{step.start_line}-{step.end_line}"
            lines.append(f"{step.rank}. {where} {step.symbol or '-'} ({step.kind}) chunk {step.chunk_id}")
            lines += [f"    way: {step.trail}"] * bool(step.hop)
            lines += [f"    {line}" for line in step.snippet.splitlines()]
        if self.stopped:
            lines.append(f"stopped: {self.stopped}; query_id {self.query_id}")
        return "\n".join([*(lines or ["Nothing found."]), *footer(self.notices, self.freshness)])


@tool("Search in several steps")
def search_hops(
    call: Call,
    query: Annotated[str, Says("The whole question, with the name or a description of where to begin.")],
    repository: Repository = None,
    hops: Annotated[int, Says("Steps to follow.", 1, 5)] = 2,
    limit: Limit = 10,
    snippet_lines: SnippetLines = 3,
) -> Steps:
    """Find code that the question can't name, reached from what it names: 'what does Session.send call to follow a
    redirect'. Follows calls, callers, imports and overrides from the best results, and gives the way. Use it instead
    of search_code and callees one after the other."""
    hits = call.client.search_hops(query, hops, limit, repository=repository)
    if not hits and not call.watch.names(call.client):
        raise NothingIndexed()
    call.session.show(hits)
    steps = [
        Step(
            hit.rank, hit.chunk_id, hit.repository, hit.path, hit.start_line, hit.end_line, hit.kind, hit.symbol,
            hit.hop, hit.via, hit.trail, hit.reason, first_lines(hit.snippet, snippet_lines),
        )
        for hit in hits
    ]  # fmt: skip
    fresh = call.freshness(repository, [hit.repository for hit in hits])
    stopped, query_id = (hits[0].stopped, hits[0].query_id) if hits else (None, None)
    return Steps(steps, stopped, query_id, call.notices, fresh)
