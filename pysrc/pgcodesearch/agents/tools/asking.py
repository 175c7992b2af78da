"""Tools that find code by what it does, by words, or by other code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pgcodesearch.agents.freshness import Fresh
from pgcodesearch.agents.places import Places, footer, page
from pgcodesearch.agents.schema import Says
from pgcodesearch.agents.toolbox import (
    Call,
    ChunkId,
    Kind,
    Language,
    Limit,
    Offset,
    PathGlob,
    Repository,
    SnippetLines,
    tool,
)
from pgcodesearch.database.errors import CodeSearchError, InvalidArgument
from pgcodesearch.searching import CallerContext, Explanation, Hit

Query = Annotated[str, Says("A question in words ('where are redirects followed'), or a name from the code.")]
Symbol = Annotated[str | None, Says("Only this symbol and what is in it: Session, Session.get.")]
PerFile = Annotated[int | None, Says("Most results of one file; 1 finds files.", 1, 100)]
_EXPLAINED = 50


class NothingIndexed(CodeSearchError):
    """nothing is indexed yet"""

    default_hint = "run in a shell: pgcodesearch index PATH --repository NAME"


@tool("Search code")
def search_code(
    call: Call,
    query: Query,
    repository: Repository = None,
    path: PathGlob = None,
    language: Language = None,
    kind: Kind = None,
    symbol: Symbol = None,
    per_file: PerFile = None,
    only_sure: Annotated[bool, Says("The fewest results that are likely right, or none.")] = False,
    limit: Limit = 10,
    offset: Offset = 0,
    snippet_lines: SnippetLines = 5,
) -> Places:
    """Find code by what it does or by name, in all indexed repositories: words and meaning together, best first.
    Use it first, for 'where is …', 'how does …' and half-known names. Read a result with read_chunk."""
    return _searched(
        call, query, limit, offset, snippet_lines, repository=repository, path=path, language=language, kind=kind,
        symbol=symbol, per_file=per_file, mode="adaptive" if only_sure else "hybrid",
    )  # fmt: skip


@tool("Search with one embedding model")
def search_by_embedder(
    call: Call,
    query: Query,
    model: Annotated[str, Says("Model version, as index_status lists them.")],
    repository: Repository = None,
    path: PathGlob = None,
    language: Language = None,
    kind: Kind = None,
    vectors_only: Annotated[bool, Says("By the model's vectors alone, without words.")] = False,
    limit: Limit = 10,
    offset: Offset = 0,
    snippet_lines: SnippetLines = 5,
) -> Places:
    """The same search by one named embedding model, active or not: to compare models, or where the active one misses.
    Else use search_code."""
    return _searched(
        call, query, limit, offset, snippet_lines, repository=repository, path=path, language=language, kind=kind,
        model=model, mode="vector" if vectors_only else "hybrid",
    )  # fmt: skip


@tool("Find similar code")
def find_similar(
    call: Call,
    chunk_id: ChunkId,
    repository: Repository = None,
    path: PathGlob = None,
    language: Language = None,
    kind: Kind = None,
    limit: Limit = 10,
    offset: Offset = 0,
    snippet_lines: SnippetLines = 5,
) -> Places:
    """Code like a chunk that you have: other implementations, copies to change too, a pattern to follow."""
    hits = call.client.find_similar(chunk_id, offset + limit + 1, repository, path, language, kind)
    return _answered(call, hits, limit, offset, snippet_lines, repository)


@dataclass(frozen=True, slots=True)
class Explanations:
    """Why results are where they are: ``shares`` of the signals add up to ``score``."""

    results: list[Explanation]
    freshness: list[Fresh]

    def text(self) -> str:
        """Each result with its strongest signals."""
        lines = []
        for row in self.results:
            shares = sorted(row.shares.items(), key=lambda pair: -abs(pair[1]))[:8]
            lines.append(
                f"{row.rank}. {row.path}:{row.start_line} {row.symbol or '-'} score {row.score:.3f}"
                f" (words rank {row.lexical_rank or '-'}, vector rank {row.vector_rank or '-'}, {row.query_class})"
            )
            lines.append(f"    words found: {' '.join(row.matched_terms) or '-'}")
            if row.missing_terms:
                lines.append(f"    not found: {' '.join(row.missing_terms)}")
            lines.append("    " + ", ".join(f"{name} {share:+.2f}" for name, share in shares))
        return "\n".join([*(lines or ["Nothing found."]), *footer([], self.freshness)])


@tool("Explain a result")
def explain_result(
    call: Call,
    query: Query,
    chunk_id: Annotated[int | None, Says("Explain this result alone; without it the first ones.", 1)] = None,
    repository: Repository = None,
    path: PathGlob = None,
    language: Language = None,
    kind: Kind = None,
    limit: Limit = 3,
) -> Explanations:
    """Why results of search_code (same query and filters) are where they are: words that matched, each leg's rank, each
    signal's share in the score. Use it when an answer surprises."""
    rows = call.client.explain(
        query, limit if chunk_id is None else max(limit, _EXPLAINED), repository=repository, path=path,
        language=language, kind=kind,
    )  # fmt: skip
    if chunk_id is not None:
        rows = [row for row in rows if row.chunk_id == chunk_id]
        if not rows:
            raise InvalidArgument(
                f"chunk {chunk_id} is not among the first {max(limit, _EXPLAINED)} results of this query",
                hint="give the query and filters of the search that showed it",
            )
    return Explanations(rows[:limit], call.freshness(repository))


def _searched(call: Call, query: str, limit: int, offset: int, snippet_lines: int, **options: Any) -> Places:
    """A page of a search. It is logged as it was asked, so that feedback on any page finds what it showed."""
    about = CallerContext(session=call.session.name)
    hits = call.client.search(query, offset + limit + 1, context=about, **options)
    if not hits and not call.watch.names(call.client):
        raise NothingIndexed()
    call.session.show(hits[offset : offset + limit])
    if not hits and options.get("mode") == "adaptive":
        call.notices.append("nothing is likely to be right: ask in other words, or without only_sure")
    elif not hits:
        narrowed = [
            f"{name}={value}"
            for name, value in options.items()
            if value is not None and name not in ("mode", "model", "per_file")
        ]
        if narrowed:
            call.notices.append(f"nothing passes {', '.join(narrowed)}: search without")
    return _answered(call, hits, limit, offset, snippet_lines, options["repository"])


def _answered(
    call: Call, hits: list[Hit], limit: int, offset: int, snippet_lines: int, repository: str | None
) -> Places:
    fresh = call.freshness(repository, [hit.repository for hit in hits[offset : offset + limit]])
    return page(hits, limit, offset, snippet_lines, call.notices, fresh)
