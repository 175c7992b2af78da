"""Places in code as an answer: typed, and as text that costs few tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.searching import Hit


@dataclass(frozen=True, slots=True)
class Place:
    """A chunk that was found. Scores compare within one answer only; ``confidence`` is the probability that it is
    right, null where that is not known. Lines are 1-based and inclusive."""

    rank: int
    chunk_id: int
    repository: str
    path: str
    start_line: int
    end_line: int
    kind: str
    symbol: str
    score: float
    confidence: float | None
    snippet: str

    @classmethod
    def of(cls, hit: Hit, snippet_lines: int) -> Place:
        """A hit, with as many lines of its snippet."""
        return cls(
            hit.rank, hit.chunk_id, hit.repository, hit.path, hit.start_line, hit.end_line, hit.kind, hit.symbol,
            round(hit.score, 3),
            None if hit.confidence is None else round(hit.confidence, 2), first_lines(hit.snippet, snippet_lines),
        )  # fmt: skip

    def text(self, with_repository: bool) -> str:
        """One line, and the snippet below it."""
        where = f"{self.repository}: " * with_repository + f"{self.path}:{self.start_line}-{self.end_line}"
        sure = "" if self.confidence is None else f" {self.confidence:.0%} sure"
        lines = [f"{self.rank}. {where} {self.symbol or '-'} ({self.kind}) chunk {self.chunk_id}{sure}"]
        lines += [f"    {line}" for line in self.snippet.splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Places:
    """A page of places, best first. ``next_offset`` is null on the last page; ``query_id`` is for feedback."""

    results: list[Place]
    next_offset: int | None
    query_id: int | None
    notices: list[str]
    freshness: list[Fresh]

    def text(self) -> str:
        """The places, how to go on, and what they were found in."""
        several = len({place.repository for place in self.results}) > 1
        lines = [place.text(several) for place in self.results] or ["Nothing found."]
        if self.next_offset is not None:
            lines.append(f"More: offset={self.next_offset}")
        if self.query_id is not None and self.results:
            lines.append(f"query_id {self.query_id}")
        return "\n".join([*lines, *footer(self.notices, self.freshness)])


def page(
    hits: Sequence[Hit],
    limit: int,
    offset: int,
    snippet_lines: int,
    notices: list[str],
    freshness: list[Fresh],
) -> Places:
    """The page of hits that begins at an offset, of one more than are shown where there are more."""
    shown = hits[offset : offset + limit]
    return Places(
        [Place.of(hit, snippet_lines) for hit in shown],
        offset + limit if len(hits) > offset + limit else None,
        shown[0].query_id if shown else None,
        notices,
        freshness,
    )


def footer(notices: Sequence[str], freshness: Sequence[Fresh]) -> list[str]:
    """The last lines of every answer."""
    return [*(f"note: {notice}" for notice in notices), *(one.line() for one in freshness)]


def first_lines(text: str, lines: int) -> str:
    """No more than so many lines, without the empty ones at the end."""
    return "\n".join(text.split("\n")[:lines]).rstrip()
