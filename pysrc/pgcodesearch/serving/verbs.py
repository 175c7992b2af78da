"""The JSON API: the verbs of the schema under their own names, typed by what the client's methods say of themselves."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from starlette.responses import JSONResponse, Response

from pgcodesearch.agents.schema import Says, Schema, as_json, checked, of_dataclass, of_parameters
from pgcodesearch.database.errors import InvalidArgument, mapped_errors
from pgcodesearch.evaluating.grading import GradedPlace, save_grades
from pgcodesearch.searching import (
    CallerContext,
    Change,
    Client,
    Companion,
    Explanation,
    Freshness,
    Hit,
    OutlinedDefinition,
)
from pgcodesearch.searching.hops import HopHit
from pgcodesearch.searching.occurrences import OccurrencePage
from pgcodesearch.searching.packing import Pack
from pgcodesearch.serving.handling import Asked

Query = Annotated[str, Says("What is looked for, in words or by name.")]
Many = Annotated[int, Says("The most results.", 1, 1000)]
Repository = Annotated[str | None, Says("A repository: 'name', or 'name@branch'.")]
PathGlob = Annotated[str | None, Says("Files like this: 'src/**/*.py'.")]
Language = Annotated[str | None, Says("A language: python, go, …")]
Kind = Annotated[
    str | None, Says("function, method, class, module (a file), block, or the language's own word.")
]
Mode = Literal["hybrid", "adaptive", "rrf", "rerank", "pipeline", "lexical", "vector", "exact"]
Model = Annotated[str | None, Says("A model version; the active one otherwise.")]
Log = Annotated[bool, Says("Whether the search is kept in the log, so that it can have feedback.")]
Sure = Annotated[float | None, Says("The least probability that a result is right.", 0, 1)]
PerFile = Annotated[int | None, Says("The most results of one file.", 1)]
Paths = Annotated[list[str] | None, Says("Files that were just seen, the newest first.")]
Queries = Annotated[list[str] | None, Says("What was just searched for, the newest first.")]
Session = Annotated[
    str | None, Says("Who asks in a row: what is opened later in it is known as what was looked for.")
]
_FEEDBACK: Schema = {
    "type": "object",
    "properties": {"feedback_id": {"type": "integer"}},
    "required": ["feedback_id"],
}


@dataclass(frozen=True)
class Verb:
    """A function of a client and arguments; ``writes``: it is sent as JSON by POST, the others as a query by GET."""

    name: str
    call: Callable[..., Any]
    writes: bool = False

    @property
    def summary(self) -> str:
        """What it does, in one paragraph, without Python's exceptions."""
        paragraph = " ".join((inspect.getdoc(self.call) or "").split("\n\n")[0].split())
        return paragraph.partition(" Raises ")[0].replace("``", "")

    @cached_property
    def parameters(self) -> Schema:
        """Its arguments as JSON Schema."""
        return of_parameters(self.call)

    @property
    def answer(self) -> Schema:
        """What it answers as JSON Schema: an object, or the list ``results`` of them."""
        given = typing.get_type_hints(self.call)["return"]
        if typing.get_origin(given) is not list:
            return of_dataclass(given) if given is not int else _FEEDBACK
        (row,) = typing.get_args(given)
        return {
            "type": "object",
            "properties": {
                "results": {"type": "array", "items": of_dataclass(row)},
                "notices": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["results", "notices"],
        }

    def endpoint(self, asked: Asked) -> Response:
        """Answers a request."""
        given = asked.json() if self.writes else self._query(asked)
        found = self.call(asked.client, **checked(self.parameters, given))
        if isinstance(found, list):
            return JSONResponse({"results": as_json(found), "notices": asked.notices})
        return JSONResponse({"feedback_id": found} if isinstance(found, int) else as_json(found))

    def _query(self, asked: Asked) -> dict[str, Any]:
        """A parameter that is a list may be given several times."""
        sent, known = asked.request.query_params, self.parameters["properties"]
        return {
            name: sent.getlist(name) if known.get(name, {}).get("type") == "array" else sent[name]
            for name in sent
        }


def search(
    client: Client, query: Query, k: Many = 10, repository: Repository = None, path: PathGlob = None,
    language: Language = None, kind: Kind = None, symbol: str | None = None, mode: Mode = "hybrid",
    model: Model = None, min_score: float | None = None, log: Log = True, per_file: PerFile = None,
    min_confidence: Sure = None, current_file: str | None = None, recent_files: Paths = None,
    recent_queries: Queries = None, task: str | None = None, session: Session = None,
) -> list[Hit]:  # fmt: skip
    """The best chunks of code, best first: codesearch.search."""
    return client.search(**_searched(locals()))


def explain(
    client: Client, query: Query, k: Many = 10, repository: Repository = None, path: PathGlob = None,
    language: Language = None, kind: Kind = None, symbol: str | None = None, mode: Mode = "hybrid",
    model: Model = None, min_score: float | None = None, per_file: PerFile = None, min_confidence: Sure = None,
    current_file: str | None = None, recent_files: Paths = None, recent_queries: Queries = None,
    task: str | None = None, session: Session = None,
) -> list[Explanation]:  # fmt: skip
    """Why each result of the same search is where it is: codesearch.explain. Nothing is logged."""
    return client.explain(**_searched(locals()))


def grep(
    client: Client, pattern: str, k: Many = 100, repository: Repository = None, path: PathGlob = None,
    language: Language = None, kind: Kind = None, literal: bool = False, ignore_case: bool = False,
    after: Annotated[str | None, Says("next_page of the page before, as JSON.")] = None,
    seconds: Annotated[float | None, Says("How long to look.", 0)] = None,
) -> OccurrencePage:  # fmt: skip
    """A page of every occurrence of a regular expression, or of a text as it is: codesearch.grep."""
    try:
        page = None if after is None else json.loads(after)
    except ValueError as error:
        raise InvalidArgument(f"after is not JSON: {error}") from error
    return client.grep(
        pattern, k=k, repository=repository, path=path, language=language, kind=kind, literal=literal,
        ignore_case=ignore_case, after=page, seconds=seconds,
    )  # fmt: skip


def pack(
    client: Client, query: Query, tokens: Annotated[int, Says("The most tokens.", 1)] = 2000,
    repository: Repository = None, path: PathGlob = None, language: Language = None, kind: Kind = None,
    mode: Mode = "hybrid", model: Model = None, session: str | None = None, log: Log = True,
) -> Pack:  # fmt: skip
    """The best code in at most so many tokens: codesearch.pack."""
    return client.pack(
        query, tokens=tokens, repository=repository, path=path, language=language, kind=kind, mode=mode, model=model,
        session=session, log=log,
    )  # fmt: skip


def outline(
    client: Client, repository: str, tokens: Annotated[int, Says("The most tokens.", 1)] = 2000,
    path: PathGlob = None, language: Language = None,
) -> list[OutlinedDefinition]:  # fmt: skip
    """A map of a repository in at most so many tokens: codesearch.outline."""
    return client.outline(repository, tokens=tokens, path=path, language=language)


def search_hops(
    client: Client, query: Query, hops: Annotated[int, Says("The most steps.", 0)] = 2, k: Many = 10,
    repository: Repository = None, model: Model = None,
    max_chunks: Annotated[int, Says("The most chunks that are looked at.", 1)] = 500,
    milliseconds: Annotated[int, Says("After how long no further step is begun.", 1)] = 2000, log: Log = True,
) -> list[HopHit]:  # fmt: skip
    """What a question finds and what that leads to by definitions, calls and imports: codesearch.search_hops."""
    return client.search_hops(
        query,
        hops,
        k,
        repository=repository,
        model=model,
        max_chunks=max_chunks,
        milliseconds=milliseconds,
        log=log,
    )


def search_changes(
    client: Client, query: str | None = None, k: Many = 10, repository: Repository = None,
    path: str | None = None, author: str | None = None, since: str | None = None, until: str | None = None,
    mode: Literal["hybrid", "lexical", "vector"] = "hybrid", model: Model = None,
) -> list[Change]:  # fmt: skip
    """The commits that fit a query, best first; times are ISO 8601: codesearch.search_changes."""
    return client.search_changes(
        query, k, repository=repository, path=path, author=author, since=_time("since", since),
        until=_time("until", until), mode=mode, model=model,
    )  # fmt: skip


def changed_together(
    client: Client, path: str, repository: Repository = None, k: Many = 10
) -> list[Companion]:
    """The files that changed with one in the same commits: codesearch.changed_together."""
    return client.changed_together(path, repository, k)


def index_freshness(client: Client, repository: Repository = None) -> list[Freshness]:
    """The state of one repository's index, or of all: the view codesearch.index_freshness."""
    return client.freshness(repository)


def record_feedback(
    client: Client, query_id: int, signal: Literal["click", "dwell", "copy", "accept", "reject", "edit", "abandon"],
    chunk_id: int | None = None, value: Annotated[float | None, Says("Of dwell: seconds.", 0)] = None,
) -> int:  # fmt: skip
    """Records what was done with a result: codesearch.record_feedback."""
    return client.record_feedback(query_id, chunk_id, signal, value)


def judge(
    client: Client, query_set: str, query_key: str, path: str, start_line: int, end_line: int,
    grade: Annotated[int | None, Says("3 answers the query, 2 is a part of the answer, 0 does not belong; null: none.")]
    = None, symbol: str | None = None,
) -> GradedPlace:  # fmt: skip
    """Gives a place its grade for a judged query, or takes it back."""
    place = GradedPlace(path, start_line, end_line, grade, symbol)
    with mapped_errors():
        save_grades(client.connection, query_set, query_key, [place])
    return place


def _time(name: str, value: str | None) -> datetime | None:
    try:
        return None if value is None else datetime.fromisoformat(value)
    except ValueError:
        raise InvalidArgument(
            f"{name} is {value!r:.80}", hint=f"{name} is a time: 2026-01-31T12:00+01:00"
        ) from None


def _searched(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a search, of the variables of a function: what the caller is about is one of them."""
    known = {**given}
    del known["client"]
    names = [field.name for field in fields(CallerContext)]
    about: dict[str, Any] = {name: known.pop(name) for name in names}
    return {**known, "context": CallerContext(**{name: value for name, value in about.items() if value})}


VERBS = [
    *(Verb(function.__name__, function) for function in (
        search, explain, Client.find_definition, Client.find_usages, Client.find_implementations, Client.callers,
        Client.callees, Client.impact, Client.ask, search_hops, Client.find_similar, Client.read_chunk,
        Client.read_file, grep, pack, outline, search_changes, changed_together, index_freshness,
    )),
    *(Verb(function.__name__, function, writes=True) for function in (record_feedback, judge)),
]  # fmt: skip
