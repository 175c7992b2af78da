"""Search: the form, the results by file, and why each is where it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from pgcodesearch.database.errors import (
    InvalidArgument,
    NoEmbedding,
    NotCalibrated,
    QueryTooLong,
    UnknownRepository,
)
from pgcodesearch.searching import Client, Explanation, Freshness
from pgcodesearch.serving.handling import Asked, in_words, whole
from pgcodesearch.serving.places import Editor, confidence_words, shown_files
from pgcodesearch.serving.rendering import html, url

MODES = {
    "hybrid": "best first",
    "adaptive": "only what is sure",
    "lexical": "by words",
    "vector": "by meaning",
}
_FIRST, _MOST = 20, 1000


@dataclass(frozen=True)
class Form:
    """What the search form says; None leaves a filter out."""

    q: str | None = None
    repository: str | None = None
    path: str | None = None
    language: str | None = None
    kind: str | None = None
    mode: str = "hybrid"
    k: int = _FIRST

    @classmethod
    def read(cls, asked: Asked) -> Form:
        """Raises InvalidArgument for a k that is no number."""
        return cls(
            asked.text("q"),
            asked.text("repository"),
            asked.text("path"),
            asked.text("language"),
            asked.text("kind"),
            asked.text("mode") or "hybrid",
            min(whole("k", asked.text("k")) or _FIRST, _MOST),
        )

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of a search beside the query."""
        return {
            "k": self.k, "repository": self.repository, "path": self.path, "language": self.language,
            "kind": self.kind, "mode": self.mode,
        }  # fmt: skip

    def href(self, path: str = "/", **more: Any) -> str:
        """The address that asks the same, with other parameters beside."""
        default = Form()
        changed = {name: value for name, value in vars(self).items() if value != getattr(default, name)}
        return url(path, **changed, **more)

    @property
    def more(self) -> str | None:
        """The address that asks for more results."""
        wanted = next((k for k in (50, 100, 200, 500, _MOST) if k > self.k), None)
        return replace(self, k=wanted).href() if wanted else None

    @property
    def all(self) -> str:
        """The address that asks for as many as there are; so many aren't limited by file."""
        return replace(self, k=_MOST).href()


def search(asked: Asked) -> Response:
    """The page; with ``part`` its results alone. A search while somebody types is not logged (``log=0``)."""
    form, states = Form.read(asked), asked.service.freshness(asked.client)
    results, error, status = None, None, 200
    try:
        results = _results(asked, form, states) if form.q else None
    except (InvalidArgument, QueryTooLong, UnknownRepository, NotCalibrated, NoEmbedding) as refused:
        # Said beside the form, in which it can be mended.
        if asked.part:
            raise
        error, status = in_words(refused)
    if asked.part:
        return html("results.html" if results else "begin.html", form=form, results=results)
    return html(
        "search.html", status, form=form, results=results, error=error, choices=_choices(asked.client, states),
        modes=MODES, fresh=_freshness_words(states),
    )  # fmt: skip


def explain(asked: Asked) -> Response:
    """Why the results of a search are where they are: one of them (``chunk_id``), or all."""
    form = Form.read(asked)
    rows = asked.client.explain(form.q or "", **form.options)
    chunk = asked.number("chunk_id")
    if chunk is not None:
        rows = [row for row in rows if row.chunk_id == chunk]
        if not rows:
            raise InvalidArgument(
                f"chunk {chunk} is not among the first {form.k} results of this query", hint="search anew"
            )
    explained = [_Explained(row) for row in rows]
    return html(
        "explain_part.html" if asked.part else "explain.html", form=form, explained=explained,
        words=confidence_words,
    )  # fmt: skip


class _Explained:
    """A row of explain with its features, those that counted most first."""

    def __init__(self, row: Explanation) -> None:
        self.row = row
        measures = row.measures or {}
        most = max((abs(share) for share in row.shares.values()), default=1.0) or 1.0
        self.features = [
            {
                "name": name.replace("_", " "),
                "value": measures.get(name),
                "weight": share / measures[name] if measures.get(name) else None,
                "share": share,
                "width": round(50 * abs(share) / most, 1),
            }
            for name, share in sorted(row.shares.items(), key=lambda pair: -abs(pair[1]))
        ]


def _results(asked: Asked, form: Form, states: list[Freshness]) -> dict[str, Any]:
    began = time.perf_counter()
    hits = asked.client.search(form.q or "", log=asked.text("log") != "0", **form.options)
    took = (time.perf_counter() - began) * 1000
    editor = Editor.of(asked.client, states)
    return {
        "files": shown_files(asked.client, hits, form.q or "", editor),
        "count": len(hits),
        "query_id": hits[0].query_id if hits else None,
        "milliseconds": took,
        "notices": asked.notices,
        "nothing": _nothing_found(form, states),
        "words": confidence_words,
    }


def _nothing_found(form: Form, states: list[Freshness]) -> str:
    if not states:
        return "Nothing is indexed yet: pgcodesearch index PATH"
    if form.mode == "adaptive":
        return "Nothing is likely to be right. “Best first” shows the nearest."
    filters = [name for name in ("repository", "path", "language", "kind") if getattr(form, name)]
    return f"Nothing passes the filters ({', '.join(filters)})." if filters else "Nothing found."


def _choices(client: Client, states: list[Freshness]) -> dict[str, list[str]]:
    asked = "select codesearch.known_languages(), codesearch.known_kinds()"
    row = client.read(lambda connection: connection.execute(asked).fetchone())
    assert row is not None
    return {"repository": [state.repository for state in states], "language": row[0], "kind": row[1]}


def _freshness_words(states: list[Freshness]) -> str:
    """One line on what answers are found in."""
    pending = sum(state.pending_files for state in states)
    times = [state.last_indexed_at for state in states if state.last_indexed_at]
    coverage = min((state.vector_coverage for state in states), default=1.0)
    parts = [f"{len(states)} {'repository' if len(states) == 1 else 'repositories'}"]
    if times:
        parts.append(f"oldest index of {min(times).astimezone():%Y-%m-%d %H:%M}")
    if pending:
        parts.append(f"{pending} {'file waits' if pending == 1 else 'files wait'} to be indexed")
    parts.append("all texts have vectors" if coverage >= 1 else f"{coverage:.0%} of texts have vectors")
    return " · ".join(parts)
