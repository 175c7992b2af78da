"""Vectors on their way into the database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from pgcodesearch.embedding import Embedder


@dataclass(frozen=True)
class Encoded:
    """Vectors of texts as a halfvec[] literal, the tokens of each text and those that were read."""

    vectors: str
    counts: list[int]
    kept: list[int]


class RemoteEmbedder(ABC):
    """An embedder in another process, so that this one need not load what vectors are made with."""

    @abstractmethod
    def encode_code(self, texts: list[str]) -> Encoded:
        """Embed texts for the index; raises what the embedder raises."""


def encode_code(embedder: Embedder | RemoteEmbedder, texts: list[str]) -> Encoded:
    """Embed texts for the index; raises what the embedder raises."""
    if isinstance(embedder, RemoteEmbedder):
        return embedder.encode_code(texts)
    embeddings, counts, kept = embedder.encode_counted(texts, kind="code")
    return Encoded(array_literal(embeddings), counts.tolist(), kept.tolist())


def array_literal(embeddings: np.ndarray) -> str:
    """A halfvec[] as text without a type, which the function's argument gives: its schema need not be known."""
    return (
        "{" + ",".join('"[' + ",".join(f"{x:.6g}" for x in row) + ']"' for row in embeddings.tolist()) + "}"
    )
