"""How well an encoder ranks while it is trained: what chooses the checkpoint, where a loss would choose another."""

from __future__ import annotations

import random

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import Pair, read_pairs
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.precision import chosen_precision
from pgcodesearch.training.proof import mrr_at_10, torch_encoder


def validation_pairs(path: str, limit: int, seed: int) -> list[Pair]:
    """At most ``limit`` pairs of a file, drawn at random, the same for the same seed."""
    pairs = read_pairs(path)
    random.Random(seed).shuffle(pairs)
    return pairs[:limit]


def validate(encoder: SentenceEncoder, tokenizer: Tokenizer, pairs: list[Pair], precision: str) -> float:
    """MRR@10 of the validation queries against all validation codes, and their hard negatives where they have any."""
    encoder.eval()
    encode = torch_encoder(encoder, tokenizer)
    codes = [pair.code for pair in pairs]
    others = sorted({text for pair in pairs for text in pair.negatives} - set(codes))
    with chosen_precision(precision, next(encoder.parameters()).device).autocast():
        found = encode([pair.query for pair in pairs]), encode(codes)
        return mrr_at_10(*found, encode(others) if others else None)


def validate_cut(
    encoder: SentenceEncoder, tokenizer: Tokenizer, pairs: list[Pair], config: TrainConfig
) -> dict[str, float]:
    """MRR@10 of each prefix of ``matryoshka`` but the whole, as ``validation_mrr_<dimension>``; none without it."""
    found = {}
    for dimension in config.matryoshka[:-1]:
        view = SentenceEncoder(encoder.backbone, encoder.pooling, dimension)
        found[f"validation_mrr_{dimension}"] = validate(view, tokenizer, pairs, config.precision)
    return found
