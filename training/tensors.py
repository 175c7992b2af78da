"""From texts to what the encoder and the losses take."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import Pair
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.losses import Embedded


def embed_batch(
    encoder: SentenceEncoder, tokenizer: Tokenizer, rows: list[Pair], config: TrainConfig
) -> Embedded:
    """Queries, codes and hard negatives of a batch through the encoder."""
    device = next(encoder.parameters()).device
    negatives = [text for pair in rows for text in pair.negatives]
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=config.bf16):
        anchors = encoder(*to_tensors(tokenizer, [pair.query for pair in rows], config.query_tokens, device))
        texts = [pair.code for pair in rows] + negatives
        codes = encoder(*to_tensors(tokenizer, texts, config.code_tokens, device))
    others = codes[len(rows) :].view(len(rows), -1, codes.shape[1]) if negatives else None
    return Embedded(anchors, codes[: len(rows)], others, twins(rows).to(device), row_weights(rows, device))


def twins(batch: Sequence[Pair]) -> torch.Tensor:
    """(n, n) bool: rows j ≠ i with the same code or the same query as row i."""
    codes = identities([pair.code for pair in batch])
    queries = identities([pair.query.lower() for pair in batch])
    same = (codes[:, None] == codes[None, :]) | (queries[:, None] == queries[None, :])
    return same & ~torch.eye(len(batch), dtype=torch.bool)


def identities(texts: Sequence[str]) -> torch.Tensor:
    """(n,) integers, equal where the texts are equal up to white space."""
    seen: dict[str, int] = {}
    return torch.tensor([seen.setdefault(" ".join(text.split()), len(seen)) for text in texts])


def row_weights(batch: Sequence[Pair], device: torch.device) -> torch.Tensor | None:
    """(n,) float32; None where all rows count the same."""
    weights = [pair.weight for pair in batch]
    return None if len(set(weights)) == 1 else torch.tensor(weights, dtype=torch.float32, device=device)


def to_tensors(
    tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int, device: torch.device | str = "cpu"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask on the device, both (n, longest of the batch) int64."""
    tokens = tokenizer(list(texts), padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
    return tokens["input_ids"].to(device), tokens["attention_mask"].to(device)
