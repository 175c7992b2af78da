"""What users' searches teach: triplets to train on, and queries held out to judge by.

Each distinct query (white space and case ignored) falls into one of three parts by its hash, so that it is in the same
part in every round: what judges a model today never trained its parent.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import psycopg

from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment
from pgcodesearch.training.data import Pair

Connection = psycopg.Connection[Any]

# What users did, as grades: they kept a copy or said yes; they read it for half a minute.
_GRADES = {"copy": 3, "accept": 3, "dwell": 2}
_POSITIVES = """
    select distinct q.query, q.filters ->> 'repository', q.query_class, p.signal,
        f.path, c.symbol, c.start_line, c.end_line
    from codesearch.feedback_positive p
    join codesearch.query_log q using (query_id)
    join codesearch.query_results r on r.query_id = p.query_id and r.content_hash = p.content_hash
    join codesearch.chunk c on c.content_hash = p.content_hash and c.repository_id = r.repository_id and c.level = 0
    join codesearch.source_file f on f.file_id = c.file_id
    where q.query is not null
"""


@dataclass
class Feedback:
    """Triplets as pairs with one negative each, and judged queries; ``anchors`` are distinct queries by part."""

    train: list[Pair] = field(default_factory=list)
    validation: list[Pair] = field(default_factory=list)
    judged: list[JudgedQuery] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, Any]:
        """The part of a run's report that tells of its feedback."""
        return {
            "train_triplets": len(self.train), "validation_triplets": len(self.validation),
            "judged_queries": len(self.judged), "anchors": self.anchors,
        }  # fmt: skip


def normalised(query: str) -> str:
    """Queries that are the same but for white space and case are one."""
    return " ".join(query.lower().split())


def part_of(query: str, held_out: float, validation: float, seed: int) -> str:
    """``judged``, ``validation`` or ``train``; depends on the query and the seed alone."""
    place = zlib.crc32(f"{seed} {normalised(query)}".encode()) / 2**32
    if place < held_out:
        return "judged"
    return "validation" if place < held_out + validation else "train"


def read_feedback(
    connection: Connection, held_out: float, validation: float, seed: int, judged_elsewhere: set[str]
) -> Feedback:
    """The database's feedback in its three parts.

    judged_elsewhere: normalised queries that judge and therefore don't train; with any, no feedback is held out.
    """
    share = 0.0 if judged_elsewhere else held_out
    found = Feedback()
    anchors: dict[str, set[str]] = {"train": set(), "validation": set(), "judged": set()}
    for query, positive, negative, weight, repository in connection.execute(
        "select anchor, positive, negative, weight, coalesce(repository, '') from codesearch.triplet"
        " order by query_id, positive_hash, negative_hash"
    ):
        part = "judged" if normalised(query) in judged_elsewhere else part_of(query, share, validation, seed)
        anchors[part].add(normalised(query))
        if part != "judged":
            pairs = found.train if part == "train" else found.validation
            pairs.append(Pair(query, positive, [negative], repository, float(weight)))
    if not judged_elsewhere:
        found.judged = judged_queries(connection, held_out, validation, seed)
    found.validation = one_row_a_pair(found.validation)
    found.anchors = {part: len(queries) for part, queries in anchors.items()}
    return found


def judged_queries(
    connection: Connection, held_out: float, validation: float, seed: int
) -> list[JudgedQuery]:
    """Held-out queries with what was used of their results, where it is indexed today; their class is the category."""
    places: dict[tuple[str, str | None], dict[tuple[str, int, int], Judgment]] = {}
    classes: dict[tuple[str, str | None], tuple[str, str | None]] = {}
    for query, repository, query_class, signal, path, symbol, start, end in connection.execute(_POSITIVES):
        if part_of(query, held_out, validation, seed) != "judged":
            continue
        key = normalised(query), repository
        classes.setdefault(key, (query, query_class))
        known = places.setdefault(key, {}).get((path, start, end))
        grade = max(_GRADES[signal], known.grade if known else 0)
        places[key][path, start, end] = Judgment(path, start, end, grade, symbol)
    return [
        JudgedQuery(f"{query} [{repository or 'all'}]", classes[query, repository][0], repository, None,
                    classes[query, repository][1], tuple(found.values()))
        for (query, repository), found in sorted(places.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]  # fmt: skip


def one_row_a_pair(pairs: list[Pair]) -> list[Pair]:
    """Each positive once, with the negatives of all its rows: what ranking is validated on."""
    merged: dict[str, Pair] = {}
    for pair in pairs:
        known = merged.setdefault(pair.code, Pair(pair.query, pair.code, [], pair.group))
        if known.query == pair.query:
            known.negatives.extend(text for text in pair.negatives if text not in known.negatives)
    return list(merged.values())
