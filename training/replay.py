"""Older material that is mixed into a round against forgetting: what the indexed code says of itself."""

from __future__ import annotations

import random
from pathlib import Path

from pgcodesearch.chunking.words import split_words
from pgcodesearch.database.rows import Connection
from pgcodesearch.training.chunk_pairs import KEEP_DOC
from pgcodesearch.training.data import Pair, read_pairs
from pgcodesearch.training.queries import without_ceremony
from pgcodesearch.words.sentences import sentences


def proof_pairs(connection: Connection, wanted: int, seed: int) -> list[Pair]:
    """At most ``wanted`` definitions of the index, each once, as an exported graph is to rank them.

    The query is the documentation's first sentence, else the symbol's names in words.
    """
    rows = connection.execute(
        "select symbol, doc, text from codesearch.definition_texts(%s, %s)", (seed, wanted)
    ).fetchall()
    asked = [((sentences(doc) or [split_words(symbol)])[0], text) for symbol, doc, text in rows]
    return [Pair(query, text) for query, text in asked if query]


def replay_pairs(connection: Connection, wanted: int, seed: int) -> list[Pair]:
    """At most ``wanted`` pairs of a documentation's sentence and its code.

    The hard negative is the next definition of the file, or another one of the repository where there is none. A share
    of the codes keeps its documentation, as in the training of the shipped model.
    """
    shuffle = random.Random(seed)
    rows = connection.execute(
        "select repository, name, doc, text, neighbour from codesearch.replay_sources(%s, %s)",
        (seed, 4 * wanted),
    ).fetchall()
    found: dict[str, Pair] = {}
    others: dict[str, str] = {}
    for repository, name, doc, text, neighbour in rows:
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
