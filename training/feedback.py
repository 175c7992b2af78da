"""What users' searches teach: triplets to train on, and queries held out to judge by.

Each distinct query (white space and case ignored) falls into one of three parts by its hash, so that it is in the same
part in every round: what judges a model today never trained its parent.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import class_row

from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.judgments import JudgedQuery
from pgcodesearch.evaluating.used import normalised, used_queries
from pgcodesearch.training.data import Pair


@dataclass(frozen=True)
class UsedResult:
    """A row of the view feedback_pair: a query, a result that was used, and what was passed over for it."""

    query: str
    code: str
    content_hash: str
    signal: str
    weight: float
    negatives: list[str]
    negative_hashes: list[str]
    negative_repositories: list[str | None]
    negative_paths: list[str | None]
    repository: str | None
    chunk_id: int | None
    path: str | None
    language: str | None
    symbol: str | None


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


def part_of(query: str, held_out: float, validation: float, seed: int) -> str:
    """``judged``, ``validation`` or ``train``; depends on the query and the seed alone."""
    place = zlib.crc32(f"{seed} {normalised(query)}".encode()) / 2**32
    if place < held_out:
        return "judged"
    return "validation" if place < held_out + validation else "train"


def read_used(connection: Connection) -> list[UsedResult]:
    """All that was used, the oldest first."""
    with connection.cursor(row_factory=class_row(UsedResult)) as cursor:
        return cursor.execute(
            "select query, code, replace(content_hash::text, '-', '') as content_hash, signal,"
            " weight::float8 as weight, negatives,"
            " array(select replace(h::text, '-', '') from unnest(negative_hashes) h) as negative_hashes,"
            " negative_repositories, negative_paths, repository, chunk_id, path, language, symbol"
            " from codesearch.feedback_pair order by given_at, query_id, content_hash"
        ).fetchall()


def read_feedback(
    connection: Connection, held_out: float, validation: float, seed: int, judged_elsewhere: set[str]
) -> Feedback:
    """The database's feedback in its three parts; strong positives only, each beside one negative a row.

    judged_elsewhere: normalised queries that judge and therefore don't train; with any, no feedback is held out.
    """
    share = 0.0 if judged_elsewhere else held_out
    found = Feedback()
    anchors: dict[str, set[str]] = {"train": set(), "validation": set(), "judged": set()}
    for used in read_used(connection):
        query = used.query
        if used.signal == "click" or not used.negatives:
            continue
        part = "judged" if normalised(query) in judged_elsewhere else part_of(query, share, validation, seed)
        anchors[part].add(normalised(query))
        if part != "judged":
            pairs = found.train if part == "train" else found.validation
            weight = used.weight / len(used.negatives)
            pairs += [
                Pair(query, used.code, [text], used.repository or "", weight) for text in used.negatives
            ]
    if not judged_elsewhere:
        found.judged = used_queries(
            connection, lambda query: part_of(query, held_out, validation, seed) == "judged"
        )
    found.validation = one_row_a_pair(found.validation)
    found.anchors = {part: len(queries) for part, queries in anchors.items()}
    return found


def one_row_a_pair(pairs: list[Pair]) -> list[Pair]:
    """Each positive once, with the negatives of all its rows: what ranking is validated on."""
    merged: dict[str, Pair] = {}
    for pair in pairs:
        known = merged.setdefault(pair.code, Pair(pair.query, pair.code, [], pair.group))
        if known.query == pair.query:
            known.negatives.extend(text for text in pair.negatives if text not in known.negatives)
    return list(merged.values())
