"""Users who ask, look, click, and sometimes take the wrong thing.

The cascade of Craswell et al. (2008) with examination that falls with the position: a result at rank r is looked at
with probability r^-0.5. The right one is taken nearly always; a wrong one now and then, and half of those who clicked
it believe it. Who has what he wanted stops; who took nothing abandons.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks.month.intents import Intent
from pgcodesearch.searching import Client

EXAMINATION = 0.5
TAKES_RIGHT = 0.9
TAKES_WRONG = 0.04
BELIEVES_WRONG = 0.5
ZIPF = 0.9


@dataclass
class Behaviour:
    """What users did: for the report."""

    queries: int = 0
    clicks: Counter[str] = field(default_factory=Counter)  # right, wrong
    positives: Counter[str] = field(default_factory=Counter)
    abandoned: int = 0
    found: set[str] = field(default_factory=set)  # intents with a right strong positive

    def counts(self) -> dict[str, Any]:
        """As JSON; of the intents, how many."""
        return {
            "queries": self.queries, "clicks": dict(self.clicks), "positives": dict(self.positives),
            "abandoned": self.abandoned, "found": len(self.found),
        }  # fmt: skip


def asked_intents(intents: Sequence[Intent], count: int, draw: random.Random) -> list[Intent]:
    """So many draws by Zipf's law over the given order."""
    weights = [1 / (place + 1) ** ZIPF for place in range(len(intents))]
    return draw.choices(intents, weights, k=count)


def use(
    client: Client, asked: Sequence[Intent], draw: random.Random, seen: Behaviour, sense: bool = True
) -> None:
    """Search each intent in one of its wordings and give feedback; without ``sense``, on a rank drawn blindly."""
    for intent in asked:
        hits = client.search(draw.choice(intent.asked), k=10)
        seen.queries += 1
        right = [_is_right(intent, hit) for hit in hits]
        if not hits or hits[0].query_id is None:
            continue
        chosen = _sensible(right, draw) if sense else _senseless(len(hits), draw)
        for rank, believed in chosen:
            hit, name = hits[rank], "right" if right[rank] else "wrong"
            seen.clicks[name] += 1
            client.record_feedback(hit.query_id, hit.chunk_id, "click")
            if not believed:
                client.record_feedback(hit.query_id, hit.chunk_id, "dwell", draw.uniform(2, 15))
            elif (manner := draw.random()) < 0.9:  # one in ten reads it and leaves no further trace
                signal, value = ("copy", None) if manner < 0.5 else ("dwell", draw.uniform(30, 120))
                client.record_feedback(hit.query_id, hit.chunk_id, signal, value)
                seen.positives[name] += 1
                if right[rank]:
                    seen.found.add(intent.key)
        if not chosen:
            client.record_feedback(hits[0].query_id, None, "abandon")
            seen.abandoned += 1


def _sensible(right: Sequence[bool], draw: random.Random) -> list[tuple[int, bool]]:
    """(place, believed) of each click, the last one believed or not."""
    clicked = []
    for place, is_right in enumerate(right):
        if draw.random() > (place + 1) ** -EXAMINATION:
            continue
        if is_right and draw.random() < TAKES_RIGHT:
            return [*clicked, (place, True)]
        if not is_right and draw.random() < TAKES_WRONG:
            believed = draw.random() < BELIEVES_WRONG
            clicked.append((place, believed))
            if believed:
                return clicked
    return clicked


def _senseless(shown: int, draw: random.Random) -> list[tuple[int, bool]]:
    weights = [(place + 1) ** -EXAMINATION for place in range(shown)]
    return [(draw.choices(range(shown), weights)[0], True)]


def _is_right(intent: Intent, hit: object) -> bool:
    return (hit.repository, hit.path, hit.start_line) == (intent.repository, intent.path, intent.start_line)  # type: ignore[attr-defined]


def shuffle_queries(connection: psycopg.Connection, draw: random.Random) -> None:
    """Give every logged query the words of another one: the labels are as many as before, and say nothing."""
    rows = connection.execute(
        "select query_id, query, query_hash from codesearch.query_log order by query_id"
    ).fetchall()
    words = [row[1:] for row in rows]
    draw.shuffle(words)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "update codesearch.query_log set query = %s, query_hash = %s where query_id = %s",
            [(*text, row[0]) for row, text in zip(rows, words, strict=True)],
        )
