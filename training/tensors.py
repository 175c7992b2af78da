"""From texts to what the encoder and the losses take."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from training.data import Pair


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
    tokenizer, texts: Sequence[str], max_tokens: int, device: torch.device | str = "cpu"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask on the device, both (n, longest of the batch) int64."""
    tokens = tokenizer(list(texts), padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
    return tokens["input_ids"].to(device), tokens["attention_mask"].to(device)
