"""Hard negatives mined anew: what the encoder, as it is now, puts near a query and should not.

Those of a dataset were hard for the model that was active when it was built. Once training has moved them away they
teach nothing, and others have come near (Xiong et al. 2021, "Approximate Nearest Neighbor Negative Contrastive
Learning"). Here the neighbours are exact: all codes of the training pairs against all queries.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import Pair
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.precision import chosen_precision
from pgcodesearch.training.proof import torch_encoder
from pgcodesearch.words.near_duplicates import shingles

QUERIES_AT_ONCE = 256
LIKE = 0.8  # share of runs of five tokens from which two codes are nearly the same


def mine(
    encoder: SentenceEncoder, tokenizer: Tokenizer, pairs: list[Pair], wanted: int, config: TrainConfig
) -> tuple[list[Pair], Counter[str]]:
    """The pairs with ``wanted`` negatives each, nearest first, and how many candidates got which verdict.

    The candidates are the ``mined_candidates`` nearest codes. None of them is a negative that is the answer or a copy
    of it, holds it or is held by it, answers the same query in another pair, or scores above it by more than
    ``mined_above``: so near, it often answers too (Moreira et al. 2024, "NV-Retriever"). Where too few are left, the
    negatives that the pair had follow; pairs that still have too few are left out.
    """
    corpus = list({_plain(pair.code): pair for pair in pairs}.values())
    answers = _answers(pairs)
    encoder.eval()
    device = next(encoder.parameters()).device
    encode = torch_encoder(encoder, tokenizer)
    with chosen_precision(config.precision, device).autocast():
        queries = _encoded(encode, [pair.query for pair in pairs], device)
        codes = _encoded(encode, [pair.code for pair in corpus], device)
    place = {_plain(pair.code): number for number, pair in enumerate(corpus)}
    own = torch.tensor([place[_plain(pair.code)] for pair in pairs], device=device)
    verdicts: Counter[str] = Counter()
    mined = []
    for start in range(0, len(pairs), QUERIES_AT_ONCE):
        rows = slice(start, start + QUERIES_AT_ONCE)
        scores = queries[rows] @ codes.T
        limits = scores.gather(1, own[rows, None]).squeeze(1) + config.mined_above
        near, places = scores.topk(min(config.mined_candidates + 1, len(corpus)), dim=1)
        for pair, limit, found, at in zip(
            pairs[rows], limits.tolist(), near.tolist(), places.tolist(), strict=True
        ):
            negatives: list[str] = []
            for score, number in zip(found, at, strict=True):
                if len(negatives) == wanted:
                    break
                other = corpus[number]
                verdict = "may answer" if score > limit else _verdict(pair, other, answers)
                verdicts[verdict] += 1
                if verdict == "mined":
                    negatives.append(other.code)
            given = [text for text in pair.negatives if text not in negatives][: wanted - len(negatives)]
            verdicts["given"] += len(given)
            if len(negatives) + len(given) == wanted:
                mined.append(dataclasses.replace(pair, negatives=negatives + given))
    return mined, verdicts


def _verdict(pair: Pair, other: Pair, answers: dict[str, set[str]]) -> str:
    if _plain(other.code) in answers[_plain(pair.query.lower())]:
        return "answers"
    if other.content_hash and other.content_hash in (pair.content_hash, *pair.twins):
        return "twin"
    if (pair.group, pair.path) == (other.group, other.path) and pair.symbol and other.symbol:
        outer, inner = sorted((pair.symbol, other.symbol), key=len)
        if inner == outer or inner.startswith(f"{outer}."):
            return "holds the answer"
    one, two = _shingles(pair.code), _shingles(other.code)
    return "twin" if len(one & two) > LIKE * len(one | two) else "mined"


@functools.lru_cache(maxsize=100_000)
def _shingles(code: str) -> frozenset[int]:
    return frozenset(shingles(code))


def _answers(pairs: Sequence[Pair]) -> dict[str, set[str]]:
    """By query, white space and case ignored, the codes that answer it in any pair."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        found.setdefault(_plain(pair.query.lower()), set()).add(_plain(pair.code))
    return found


def _plain(text: str) -> str:
    return " ".join(text.split())


def _encoded(
    encode: Callable[[Sequence[str]], np.ndarray], texts: Sequence[str], device: torch.device
) -> torch.Tensor:
    vectors = encode(texts)
    return torch.from_numpy(vectors).to(device)
