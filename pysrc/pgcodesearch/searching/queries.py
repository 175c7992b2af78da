"""The calls of codesearch.search and codesearch.explain: one round trip each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument, mapped_errors

if TYPE_CHECKING:
    import numpy as np

Connection = psycopg.Connection[Any]
Row = TypeVar("Row")
# Whether a search is logged. BY_CLIENT: its entry comes as a notice, to be sent to the primary by log_shown.
BY_CLIENT: Literal["client"] = "client"
Logged = bool | Literal["client"]
_INT_LIMIT = 2**31 - 1
_LONG_LIMIT = 2**63 - 1
# A field of a row that no SQL function gives.
_OURS = {"ours": True}


@dataclass(frozen=True, slots=True)
class CallerContext:
    """What the caller is about, the newest first: what goes with it is ranked higher, what was just seen lower.

    Paths are relative to the repository's root, or absolute below it; a file that is not indexed says nothing. ``task``
    and ``recent_queries`` are in words. At most 100 files and 100 queries. ``session`` names who asks in a row; what is
    opened later in it (:meth:`Client.record_opened`) is known as what was looked for. It changes no answer.
    """

    current_file: str | None = None
    recent_files: Sequence[str] = ()
    recent_queries: Sequence[str] = ()
    task: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The arguments of codesearch.search beside the query and its embedding; None leaves a filter out.

    ``path`` is a glob (``src/**/*.py``), ``symbol`` a name, qualified or not, for it and what is in it; ``kind`` one of
    function, method, class, module, block, or what the language calls it (struct, trait, enum, macro, …); ``mode`` one
    of hybrid, adaptive, rrf, rerank, pipeline, lexical, vector, exact; ``per_file`` the most results of one file, 1 to
    be answered with files; ``min_confidence``, 0 to 1, the least probability that a result is right;
    ``context`` what the caller is about.
    """

    k: int = 10
    repository: str | None = None
    path: str | None = None
    language: str | None = None
    kind: str | None = None
    symbol: str | None = None
    mode: str = "hybrid"
    model: str | None = None
    min_score: float | None = None
    log: Logged = True
    per_file: int | None = None
    min_confidence: float | None = None
    context: CallerContext | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of codesearch.search. Lines are 1-based and inclusive; scores compare within one query only.

    ``confidence``, 0 to 1, is the probability that it is right, None where that was not calibrated.
    ``search_rank`` is where the search had it, of hits that a language model put in order, else None.
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
    lexical_rank: int | None
    vector_rank: int | None
    snippet: str
    query_id: int | None
    confidence: float | None
    search_rank: int | None = field(default=None, metadata=_OURS)


@dataclass(frozen=True, slots=True)
class FileHits:
    """The hits in one file, best first."""

    repository: str
    path: str
    hits: list[Hit]


def by_file(hits: Sequence[Hit]) -> list[FileHits]:
    """Hits grouped by file, the file of the best hit first."""
    files: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        files.setdefault((hit.repository, hit.path), []).append(hit)
    return [FileHits(repository, path, found) for (repository, path), found in files.items()]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A row of codesearch.explain: ``shares`` of the signals add up to ``score``.

    ``encoder`` is what embedded the query: ``caller``, ``table``, ``model``, or None where words alone answered.
    """

    rank: int
    chunk_id: int
    path: str
    start_line: int
    symbol: str
    score: float
    query_class: str
    matched_terms: list[str]
    missing_terms: list[str]
    lexical_rank: int | None
    vector_rank: int | None
    shares: dict[str, float]
    measures: dict[str, float] | None
    highlighted: str
    encoder: str | None
    confidence: float | None
    search_rank: int | None = field(default=None, metadata=_OURS)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a repository's answers are found in; ``vector_coverage``, 0 to 1, is counted where vectors are owed.

    ``replica_lag_seconds`` is how old the data of the server that answers may be, None where that is a primary.
    """

    repository: str
    root: str | None
    pending_files: int
    failed_files: int
    vector_coverage: float
    indexed_commit: str | None
    last_indexed_at: datetime | None
    replica_lag_seconds: float | None = None


def search(
    connection: Connection,
    query: str,
    embedding: np.ndarray | None = None,
    options: SearchOptions | None = None,
) -> list[Hit]:
    """The best chunks of code, best first. ``embedding``: float32 (dimension,) of the model version that is asked.

    Raises InvalidArgument, QueryTooLong, UnknownRepository, UnknownModel, WrongDimension, NoEmbedding.
    """
    return _call(connection, "search", Hit, query, embedding, options or SearchOptions())


def explain(
    connection: Connection,
    query: str,
    embedding: np.ndarray | None = None,
    options: SearchOptions | None = None,
) -> list[Explanation]:
    """Why each row of the same search is where it is; raises what :func:`search` raises."""
    return _call(connection, "explain", Explanation, query, embedding, options or SearchOptions())


def call_verb(connection: Connection, row: type[Row], function: str, **arguments: Any) -> list[Row]:
    """The rows of a function of the schema, called by its arguments' names; those that are None are left to it.

    Raises what the function raises: :mod:`pgcodesearch.database.errors`.
    """
    for name, value in arguments.items():
        if isinstance(value, str):
            check_text(name, value)
        elif isinstance(value, int) and abs(value) > _LONG_LIMIT:
            raise InvalidArgument(f"{name} is out of range: {value}", hint="numbers have 64 bits")
    given = {name: value for name, value in arguments.items() if value is not None}
    columns = _columns(row)
    named = named_arguments(given)
    with mapped_errors(), connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(
            f"select {columns} from codesearch.{function}({named})",  # noqa: S608 (names of ours)
            given,
        ).fetchall()


def named_arguments(arguments: Mapping[str, Any]) -> str:
    """A call's arguments by their names, as placeholders."""
    return ", ".join(
        "log => codesearch.log_by_client()"
        if name == "log" and value == BY_CLIENT
        else f"{name} => %({name})s"
        for name, value in arguments.items()
    )


def log_shown(connection: Connection, shown: str) -> None:
    """Log a search that another server answered, by the entry that it gave; sent twice, it is logged once."""
    with mapped_errors():
        connection.execute("select codesearch.log_shown(%s)", (shown,))


def record_feedback(
    connection: Connection,
    query_id: int,
    chunk_id: int | None,
    signal: str,
    value: float | None = None,
    key: str | None = None,
    given_at: str | None = None,
) -> int:
    """Record what was done with a hit: click, dwell (value: seconds), copy, accept, reject, edit; abandon has no chunk.

    ``key``, a UUID of the caller's: what is sent twice is recorded once. ``given_at``: when, where not now (ISO 8601).

    Raises InvalidArgument, UnknownId for a query that is not the caller's or did not show the chunk.
    """
    check_text("signal", signal)
    with mapped_errors():
        row = connection.execute(
            "select codesearch.record_feedback(%s, %s, %s, %s, %s::uuid, %s::timestamptz)",
            (query_id, chunk_id, signal, value, key, given_at),
        ).fetchone()
    assert row is not None
    return int(row[0])


def record_opened(connection: Connection, session: str, repository: str, path: str, line: int = 1) -> int:
    """Record that a session opened a line of a file that no search of it led to; how many searches learn from it.

    Raises InvalidArgument. A file that is not indexed is 0.
    """
    for name, value in (("session", session), ("repository", repository), ("path", path)):
        check_text(name, value)
    with mapped_errors():
        row = connection.execute(
            "select codesearch.record_opened(%s, %s, %s, %s)", (session, repository, path, as_integer(line))
        ).fetchone()
    assert row is not None
    return int(row[0])


def log_rerank(connection: Connection, query_id: int, chunk_ids: Sequence[int], model: str | None) -> None:
    """Log what was shown of a search of the caller's, in this order; ``model`` None: only fewer of them."""
    with mapped_errors():
        connection.execute(
            "select codesearch.log_rerank(%s, %s::bigint[], %s)", (query_id, list(chunk_ids), model)
        )


def reordered(hits: Sequence[Hit], places: Sequence[int], k: int) -> list[Hit]:
    """The best k of hits by these places (1-based) of the first of them, the rest behind; ranks as they are then."""
    order = [hits[place - 1] for place in places] + list(hits[len(places) :])
    return [replace(hit, rank=rank, search_rank=hit.rank) for rank, hit in enumerate(order[:k], 1)]


def freshness(connection: Connection, repository: str | None = None) -> list[Freshness]:
    """The state of one repository's index, or of all."""
    columns = ", ".join(field.name for field in fields(Freshness))
    with mapped_errors(), connection.cursor(row_factory=class_row(Freshness)) as cursor:
        return cursor.execute(
            f"select {columns} from codesearch.index_freshness"  # noqa: S608 (names of ours)
            " where %(name)s::text is null or repository = %(name)s order by repository",
            {"name": repository},
        ).fetchall()


def _call(
    connection: Connection, function: str, row: type[Row], query: str, embedding: Any, options: SearchOptions
) -> list[Row]:
    from pgvector import HalfVector

    check_text("query", query)
    for name in ("repository", "path", "language", "kind", "mode", "model"):
        check_text(name, getattr(options, name))
    columns = _columns(row)
    arguments = {field.name: getattr(options, field.name) for field in fields(SearchOptions)}
    del arguments["symbol"]
    arguments |= {
        "context": context_json(options.context, options.symbol),
        "query": query,
        "k": as_integer(options.k),
        "per_file": None if options.per_file is None else as_integer(options.per_file),
        # As text of no type: the function's argument gives it one, wherever the extension vector lives.
        "query_embedding": None if embedding is None else HalfVector(embedding).to_text(),
    }
    named = named_arguments(arguments)
    with mapped_errors(), connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(
            f"select {columns} from codesearch.{function}({named}) order by rank",  # noqa: S608 (names of ours)
            arguments,
        ).fetchall()


def context_json(context: CallerContext | None, symbol: str | None = None) -> Jsonb | None:
    """The context of codesearch.search, of what there is to say."""
    about = asdict(context) if context else {}
    said = {name: value for name, value in {"symbol": symbol, **about}.items() if value}
    for name, value in said.items():
        said[name] = value if isinstance(value, str) else list(value)
        for text in [value] if isinstance(value, str) else value:
            check_text(name, text)
    return Jsonb(said) if said else None


def as_integer(number: int) -> int:
    """A number that an argument of type integer takes: a larger one is as wrong, and the function says so."""
    return max(min(number, _INT_LIMIT), -_INT_LIMIT)


def _columns(row: type[Any]) -> str:
    """The columns that a row is made of, without what no SQL function gives."""
    return ", ".join(field.name for field in fields(row) if not field.metadata)


def check_text(name: str, value: str | None) -> None:
    """Refuse what PostgreSQL's text cannot hold, before the driver does in its own words."""
    if value is None:
        return
    if "\0" in value:
        raise InvalidArgument(
            f"{name} contains a NUL character", hint="leave it out: no text in the index has one"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(
            f"{name} is not valid UTF-8: {value[:80]!a}", hint="check the encoding of the terminal"
        ) from None


def query_text(words: Sequence[str]) -> str:
    """One query of several words, as a shell splits them."""
    return " ".join(words).strip()
