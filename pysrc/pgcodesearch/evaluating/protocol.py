"""Models on the protocol of CodeSearchNet (Husain et al. 2019, arXiv:1909.09436), over the functions of an index.

The first sentence of a function's documentation asks for it among up to 999 others of its language. The code is what
indexing embeds for the function, less its documentation. Ranked by cosine alone: it measures the model, not search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pgcodesearch.database.errors import InvalidArgument, UnknownModel
from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding import Embedder
from pgcodesearch.embedding.stored import StoredModel, describe_model, load_stored
from pgcodesearch.evaluating.documented import Documented, read_documented
from pgcodesearch.evaluating.kept_ranks import KeptRanks
from pgcodesearch.evaluating.ranking import answer_ranks
from pgcodesearch.words.near_duplicates import NearCopies
from pgcodesearch.words.sentences import content_words, says

CODESEARCHNET = "codesearchnet"
# Of a language, for each function that is wanted: most documentation has a sentence of use, some repeats another.
_LOOKED_AT = 5
_BATCH = 64

# The model's name, texts done, texts in all.
Progress = Callable[[str, int, int], None]
# Reciprocal ranks of the functions of each language.
Ranks = dict[str, np.ndarray]


@dataclass(frozen=True)
class ProtocolOptions:
    """``limit``: functions drawn of a language, 1,000 on the original; ``minimum``: with fewer it is left out."""

    limit: int = 1_000
    minimum: int = 100
    seed: int = 1
    repository: str | None = None


@dataclass(frozen=True)
class Pools:
    """What is asked: each language's functions, every one a query and the others' distractor.

    ``left_out``: languages with too few, and how many they have.
    """

    functions: dict[str, list[Documented]]
    left_out: dict[str, int]

    @property
    def texts(self) -> int:
        """How many texts a model embeds for it: a query and a code of each function."""
        return sum(2 * len(functions) for functions in self.functions.values())


def draw_pools(connection: Connection, options: ProtocolOptions) -> Pools:
    """Draw each language's functions; the same index and seed give the same ones, whatever the model.

    Nearly the same code, sentences of the same words, and code that still has the sentence in it are not drawn.
    Raises InvalidArgument where no language has enough.
    """
    if not 2 <= options.minimum <= options.limit:
        raise InvalidArgument(
            f"the minimum of functions must be between 2 and the limit of {options.limit}, not {options.minimum}"
        )
    found = read_documented(connection, options.repository, None, options.seed, _LOOKED_AT * options.limit)
    drawn = {language: _distinct(functions, options.limit) for language, functions in found.items()}
    enough = {language: pool for language, pool in drawn.items() if len(pool) >= options.minimum}
    left_out = {language: len(pool) for language, pool in drawn.items() if language not in enough}
    if not enough:
        counted = ", ".join(f"{language} {count}" for language, count in sorted(left_out.items())) or "none"
        raise InvalidArgument(
            f"no language has {options.minimum} documented functions of use",
            detail=f"found: {counted}",
            hint="index more code, or lower the minimum",
        )
    return Pools(enough, left_out)


def load_model(connection: Connection, name: str) -> tuple[StoredModel, Embedder]:
    """A model version of any status, and its embedder. Raises UnknownModel."""
    model = describe_model(connection, name)
    if model is None:
        raise UnknownModel(f"no model version {name!r}")
    return model, load_stored(connection, model)


def reciprocal_ranks(
    embedder: Embedder, pools: Pools, kept: KeptRanks, progress: Callable[[int], None] = lambda done: None
) -> Ranks:
    """By language, (functions,) float64: 1 / the rank of each function for its own sentence; ties count against it.

    What ``kept`` has is not asked again. ``progress`` gets the number of texts that are through.
    """
    ranks: Ranks = {}
    done = 0

    def encode(texts: list[str], kind: str) -> np.ndarray:
        nonlocal done
        parts = []
        for start in range(0, len(texts), _BATCH):
            parts.append(embedder.encode(texts[start : start + _BATCH], kind))
            done += len(parts[-1])
            progress(done)
        return np.vstack(parts)

    for language, pool in pools.functions.items():
        queries, codes = [function.query for function in pool], [function.text or "" for function in pool]
        file = kept.file_of(queries + codes)
        found = kept.find(file)
        if found is None:
            found = 1.0 / answer_ranks(encode(queries, "query"), encode(codes, "code"))
            kept.keep(file, found)
        else:
            done += len(queries) + len(codes)
            progress(done)
        ranks[language] = found
    return ranks


def _distinct(functions: list[Documented], limit: int) -> list[Documented]:
    """The first ``limit`` that may be each other's distractors."""
    drawn: list[Documented] = []
    asked: set[tuple[str, ...]] = set()
    copies = NearCopies()
    for function in functions:
        if len(drawn) == limit:
            break
        words = content_words(function.query)
        if (
            words in asked
            or function.text is None
            or says(function.text, function.query)
            or copies.find(function.text)
        ):
            continue
        asked.add(words)
        copies.add(f"{len(drawn)}", function.text)
        drawn.append(function)
    return drawn
