"""All pairs that one repository's own words give, filtered, each query with one answer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pgcodesearch.chunking.words import split_words
from pgcodesearch.training.chunk_pairs import queries_of_chunk, text_with_doc
from pgcodesearch.training.dataset.commits import commit_queries
from pgcodesearch.training.dataset.definitions import Definitions
from pgcodesearch.training.dataset.documents import document_queries
from pgcodesearch.training.dataset.filters import pair_reason
from pgcodesearch.training.dataset.rows import Definition, Row

# What a pair is worth beside a docstring's: names stand in the code itself, and commits also tell of other things.
WEIGHTS = {"docstring": 1.0, "keywords": 1.0, "comment": 1.0, "markdown": 1.0, "commit": 0.7, "name": 0.5}
_NAME_SHARE = 0.15  # of the definitions give a query of the words of their name


def repository_rows(
    definitions: Definitions, root: str | None, commits: int, limit: int, seed: int, filtered: Counter[str]
) -> list[Row]:
    """At most ``limit`` rows, drawn evenly, the same for the same seed and content."""
    shuffle = random.Random(f"{seed} {definitions.repository}")
    rows: dict[str, Row] = {}
    for source, query, code, answer in _found(definitions, root, commits, shuffle):
        row = _row(definitions, source, query, code, answer)
        if reason := pair_reason(row.path, query, code):
            filtered[reason] += 1
            continue
        known = rows.setdefault(query.lower(), row)
        if known is not row:
            same = (known.path, known.symbol) == (row.path, row.symbol)
            filtered["same query and answer" if same else "query answered elsewhere"] += 1
            if not same:
                known.twins.append(row.content_hash)  # it answers the query too, so it never is a negative
    kept = list(rows.values())
    shuffle.shuffle(kept)
    filtered["over the limit"] += max(len(kept) - limit, 0)
    return kept[:limit]


def _found(
    definitions: Definitions, root: str | None, commits: int, shuffle: random.Random
) -> Iterator[tuple[str, str, str, Definition]]:
    """(source, query, code, answer): what is rarer first, because a query keeps its first answer."""
    if root and commits:
        for query, answer in commit_queries(definitions, Path(root), commits):
            yield "commit", query, text_with_doc(answer.chunk, shuffle), answer
    for query, answer in document_queries(definitions):
        yield "markdown", query, text_with_doc(answer.chunk, shuffle), answer
    for answer in definitions.all():
        for source, query, code in queries_of_chunk(answer.chunk, shuffle):
            yield source, query, code, answer
        words = split_words(answer.chunk.name)
        if (
            shuffle.random() < _NAME_SHARE
            and len(words.split()) >= 2
            and not answer.chunk.name.startswith("__")
        ):
            yield "name", words, text_with_doc(answer.chunk, shuffle), answer


def _row(definitions: Definitions, source: str, query: str, code: str, answer: Definition) -> Row:
    return Row(
        query, code, source, definitions.repository, answer.path, answer.language, answer.chunk.symbol, WEIGHTS[source],
        answer.chunk_id, answer.content_hash, twins=list(definitions.twins.get(answer.content_hash, ())),
    )  # fmt: skip
