"""From texts to what the encoder and the losses take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import Pair
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.losses import Embedded
from pgcodesearch.training.precision import Precision, chosen_precision

_PIECE = 48  # texts of like length that go through an encoder together


@dataclass(frozen=True)
class Vectors:
    """Rows after the encoder, of unit length: anchors and positives (n, d), negatives (n, k, d) or None."""

    anchors: torch.Tensor
    positives: torch.Tensor
    negatives: torch.Tensor | None

    def map(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Vectors:
        """The same with each tensor changed."""
        negatives = None if self.negatives is None else change(self.negatives)
        return Vectors(change(self.anchors), change(self.positives), negatives)

    def all(self) -> list[torch.Tensor]:
        """Those that there are."""
        return [self.anchors, self.positives, *([] if self.negatives is None else [self.negatives])]


def embed_rows(
    encoder: SentenceEncoder, tokenizer: Tokenizer, rows: Sequence[Pair], config: TrainConfig
) -> Vectors:
    """Queries, codes and hard negatives through the encoder; every row has as many negatives."""
    device = next(encoder.parameters()).device
    negatives = [text for pair in rows for text in pair.negatives]
    with chosen_precision(config.precision, device).autocast():
        anchors = encoder(*to_tensors(tokenizer, [pair.query for pair in rows], config.query_tokens, device))
        texts = [pair.code for pair in rows] + negatives
        codes = encoder(*to_tensors(tokenizer, texts, config.code_tokens, device))
    others = codes[len(rows) :].view(len(rows), -1, codes.shape[1]) if negatives else None
    return Vectors(anchors, codes[: len(rows)], others)


def embed_batch(
    encoder: SentenceEncoder, tokenizer: Tokenizer, rows: Sequence[Pair], config: TrainConfig
) -> Embedded:
    """A batch as the losses take it."""
    return with_relations(embed_rows(encoder, tokenizer, rows, config), rows)


def embed_texts(
    encoder: SentenceEncoder,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    max_tokens: int,
    precision: Precision,
) -> torch.Tensor:
    """(n, d) unit vectors with their gradients; texts of like length go together, which spares padding."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    device = next(encoder.parameters()).device
    parts = []
    for start in range(0, len(order), _PIECE):
        piece = [texts[index] for index in order[start : start + _PIECE]]
        with precision.autocast():
            parts.append(encoder(*to_tensors(tokenizer, piece, max_tokens, device)))
    places = torch.empty(len(order), dtype=torch.int64)
    places[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(parts)[places.to(device)]


def with_relations(vectors: Vectors, rows: Sequence[Pair]) -> Embedded:
    """The vectors of rows with what is known of these: which are twins, and what each counts."""
    device = vectors.anchors.device
    related, weights = twins(rows).to(device), row_weights(rows, device)
    return Embedded(vectors.anchors, vectors.positives, vectors.negatives, related, weights)


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
