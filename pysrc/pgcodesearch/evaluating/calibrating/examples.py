"""What a calibration is fitted on: hits of judged queries, of questions nobody can answer, and of questions that were
asked of the wrong repository, each with the numbers of ``codesearch.confidence_names`` and whether it is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.judgments import JudgedQuery, Place
from pgcodesearch.evaluating.metrics import matches, score_query

# Legs with the mode that has just them, and whether the query is embedded: by look-up, as a plain search does.
_LEGS = {"hybrid": ("hybrid", False), "lexical": ("lexical", False), "vector": ("vector", True)}
_HITS = """
    select legs, query_class, path, start_line, end_line, inputs::real []
    from codesearch.answer_inputs(%(query)s, %(k)s, %(repository)s, %(mode)s, %(model)s,
        case when %(embedded)s then codesearch.embed_query(%(query)s, %(model)s) end)
"""
LISTED = 20


@dataclass(frozen=True, eq=False)
class Example:
    """The hits of one question. ``inputs`` is float64 (hits, inputs), ``right`` bool (hits,).

    ``answerable``: its repository has an answer; ``elsewhere``: it was made up, by asking another repository.
    ``ndcg`` is NDCG@10 of the hits, 0 where there is nothing to find.
    """

    query_set: str
    repository: str
    legs: str
    query_class: str
    inputs: np.ndarray
    right: np.ndarray
    answerable: bool
    elsewhere: bool
    ndcg: float


def collect(
    connection: Connection,
    query_set: str,
    queries: Sequence[JudgedQuery],
    legs: Sequence[str],
    model: str | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[Example]:
    """Ask each query of its repository, and those with an answer of another one too; questions without hits are left
    out, because nothing is shown of them."""
    repositories = sorted({query.repository for query in queries if query.repository})
    languages = {query.repository: query.language for query in queries}
    found = []
    for query in queries:
        if query.repository is None:
            continue
        asked = [(query.repository, False)]
        if query.relevant:
            asked += [(other, True) for other in _others(query, repositories, languages)]
        for repository, elsewhere in asked:
            found += [
                example
                for name in legs
                if (example := _ask(connection, query_set, query, repository, name, model, elsewhere))
            ]
        progress()
    return found


def _others(
    query: JudgedQuery, repositories: Sequence[str], languages: dict[str | None, str | None]
) -> list[str]:
    """Another repository of the same language, where there is one, and any other: always the same ones."""
    others = [name for name in repositories if name != query.repository]
    alike = [name for name in others if languages[name] == query.language]
    number = int(hashlib.md5(query.key.encode(), usedforsecurity=False).hexdigest(), 16)
    return list(dict.fromkeys(pool[number % len(pool)] for pool in (alike, others) if pool))


def _ask(
    connection: Connection, query_set: str, query: JudgedQuery, repository: str, legs: str, model: str | None,
    elsewhere: bool,
) -> Example | None:  # fmt: skip
    mode, embedded = _LEGS[legs]
    rows = connection.execute(
        _HITS, {"query": query.query, "k": LISTED, "repository": repository, "mode": mode, "model": model,
                "embedded": embedded},
    ).fetchall()  # fmt: skip
    if not rows or rows[0][0] != legs:
        return None
    places = [Place(*row[2:5]) for row in rows]
    relevant = [] if elsewhere else query.relevant
    return Example(
        query_set, query.repository or "", legs, rows[0][1], np.array([row[5] for row in rows], dtype=np.float64),
        np.array([any(matches(place, judged) for judged in relevant) for place in places], dtype=bool),
        bool(relevant), elsewhere, score_query(places, relevant).ndcg if relevant else 0.0,
    )  # fmt: skip
