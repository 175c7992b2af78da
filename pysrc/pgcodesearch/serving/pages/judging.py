"""Judging: what a query shows, graded by a person; the grades are the judged set's."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import RedirectResponse, Response

from pgcodesearch.database.errors import InvalidArgument, UnknownId
from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.grading import GradedPlace, add_query, save_grades
from pgcodesearch.evaluating.judging import shown_places
from pgcodesearch.evaluating.judgments import JudgedQuery
from pgcodesearch.serving.handling import Asked
from pgcodesearch.serving.highlighting import code_lines
from pgcodesearch.serving.places import file_url, marked
from pgcodesearch.serving.rendering import html, url

GRADES = {3: "answers", 2: "part of it", 0: "wrong"}
_SHOWN = 20
_NEW_SET = "mine"


def sets(asked: Asked) -> Response:
    """The sets of judged queries, and the queries of one."""
    name = asked.text("set")
    queries = store.load_queries(asked.client.connection, name) if name else []
    return html(
        "judging.html", sets=store.list_sets(asked.client.connection), name=name, queries=queries, here="/judging",
        wanted=asked.text("q"), repository=asked.text("repository"), new_set=name or _NEW_SET,
    )  # fmt: skip


def add(asked: Asked) -> Response:
    """Put a query into a set, to be graded next. One that is there is kept as it is."""
    said = dict(asked.form())
    query, name = said.get("q", "").strip(), said.get("set", "").strip()
    if not query or not name:
        raise InvalidArgument("a query and the name of a set are needed")
    key = add_query(asked.client.connection, name, query, said.get("repository") or None)
    return RedirectResponse(_query_url(name, key), 303)


def query(asked: Asked) -> Response:
    """A query with what a search shows now and what was judged before, each with its grade."""
    name, judged = _judged(asked)
    hits = asked.client.search(judged.query, _SHOWN, repository=judged.repository, log=False)
    results = [{field: getattr(hit, field) for field in hit.__slots__} for hit in hits]
    words = marked(asked.client, judged.query)
    places = shown_places(asked.client.connection, judged, results)
    return html(
        "grading.html", name=name, judged=judged, grades=GRADES, here="/judging",
        places=[_shown(place, judged, words) for place in places], following=_following(asked, name, judged),
    )  # fmt: skip


def grade(asked: Asked) -> Response:
    """Keep the grades of a form; a place whose grade was left open is none of the query's."""
    name, judged = _judged(asked)
    places = [
        GradedPlace.parsed(field.removeprefix("grade:"), value)
        for field, value in asked.form()
        if field.startswith("grade:")
    ]
    save_grades(asked.client.connection, name, judged.key, places)
    following = _following(asked, name, judged) if dict(asked.form()).get("then") == "next" else None
    return RedirectResponse(following or _query_url(name, judged.key, saved=1), 303)


def _judged(asked: Asked) -> tuple[str, JudgedQuery]:
    name, key = asked.text("set"), asked.text("key")
    for judged in store.load_queries(asked.client.connection, name or ""):
        if judged.key == key:
            return name or "", judged
    raise UnknownId(f"set {name!r:.80} has no query {key!r:.80}", hint="see /judging")


def _following(asked: Asked, name: str, judged: JudgedQuery) -> str | None:
    keys = [one.key for one in store.load_queries(asked.client.connection, name)]
    place = keys.index(judged.key) + 1
    return _query_url(name, keys[place]) if place < len(keys) else None


def _query_url(name: str, key: str, **more: Any) -> str:
    return url("/judging/query", set=name, key=key, **more)


def _shown(place: dict[str, Any], judged: JudgedQuery, words: re.Pattern[str] | None) -> dict[str, Any]:
    repository = judged.repository
    kept = GradedPlace(place["path"], place["start_line"], place["end_line"], place["grade"], place["symbol"])
    return {
        **place,
        "field": f"grade:{kept.place()}",
        "lines": code_lines(place["snippet"] or "", place["path"], words),
        "href": file_url(repository, place["path"], place["start_line"]) if repository else None,
    }
