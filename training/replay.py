"""Older material that is mixed into a round against forgetting: what the indexed code says of itself."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.chunking.words import split_words
from pgcodesearch.training.chunk_pairs import KEEP_DOC, KINDS
from pgcodesearch.training.data import Pair, read_pairs
from pgcodesearch.training.queries import without_ceremony
from pgcodesearch.words.sentences import sentences

Connection = psycopg.Connection[Any]

_DOCUMENTED = """
    select c.name, c.doc, s.text, m.text, r.name
    from codesearch.chunk c
    join codesearch.chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0
    join codesearch.stored_text s on s.text_hash = t.text_hash
    join codesearch.repository r on r.repository_id = c.repository_id
    left join lateral (select o.chunk_id from codesearch.chunk o
                  where o.file_id = c.file_id and o.chunk_id <> c.chunk_id and o.level = 0 and o.kind = any(%(kinds)s)
                    and o.content_hash <> c.content_hash
                  order by abs(o.start_line - c.start_line), o.chunk_id limit 1) near on true
    left join codesearch.chunk_text n on n.chunk_id = near.chunk_id and n.unit = 0
    left join codesearch.stored_text m on m.text_hash = n.text_hash
    where c.level = 0 and c.kind = any(%(kinds)s) and length(c.doc) > 20
    order by md5(c.content_hash::text || %(seed)s::text), c.chunk_id
    limit %(limit)s
"""


_DEFINITIONS = """
    select c.symbol, c.doc, s.text
    from codesearch.chunk c
    join codesearch.chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0
    join codesearch.stored_text s on s.text_hash = t.text_hash
    where c.chunk_id in (
        select min(o.chunk_id) from codesearch.chunk o
        where o.level = 0 and o.kind in ('function', 'method', 'class') group by o.content_hash
        order by md5(o.content_hash::text || %(seed)s::text) limit %(limit)s)
"""


def proof_pairs(connection: Connection, wanted: int, seed: int) -> list[Pair]:
    """At most ``wanted`` definitions of the index, each once, as an exported graph is to rank them.

    The query is the documentation's first sentence, else the symbol's names in words.
    """
    rows = connection.execute(_DEFINITIONS, {"seed": seed, "limit": wanted}).fetchall()
    asked = [((sentences(doc) or [split_words(symbol)])[0], text) for symbol, doc, text in rows]
    return [Pair(query, text) for query, text in asked if query]


def replay_pairs(connection: Connection, wanted: int, seed: int) -> list[Pair]:
    """At most ``wanted`` pairs of a documentation's sentence and its code.

    The hard negative is the next definition of the file, or another one of the repository where there is none. A share
    of the codes keeps its documentation, as in the training of the shipped model.
    """
    shuffle = random.Random(seed)
    rows = connection.execute(
        _DOCUMENTED, {"kinds": list(KINDS), "seed": seed, "limit": 4 * wanted}
    ).fetchall()
    found: dict[str, Pair] = {}
    others: dict[str, str] = {}
    for name, doc, text, neighbour, repository in rows:
        said, negative = sentences(doc), neighbour or others.get(repository)
        others[repository] = text
        if said and negative and len(found) < wanted:
            code = text if shuffle.random() < KEEP_DOC else text.replace(doc, "", 1)
            query = without_ceremony(said[0], name)
            found.setdefault(query.lower(), Pair(query, code, [negative], repository))
    return list(found.values())


def dataset_pairs(folder: Path, wanted: int, seed: int) -> list[Pair]:
    """At most ``wanted`` training pairs with a hard negative from a folder that `pgcodesearch dataset` wrote."""
    if not (folder / "train").is_dir():
        raise FileNotFoundError(f"{folder} is no dataset: it has no folder train")
    pairs = [pair for pair in read_pairs(folder / "train") if pair.negatives]
    random.Random(seed).shuffle(pairs)
    return pairs[:wanted]
