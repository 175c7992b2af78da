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
    """A halfvec literal of each text, its tokens and how many of them were read."""

    vectors: list[str]
    counts: list[int]
    kept: list[int]

    @property
    def array(self) -> str:
        """The vectors as a halfvec[] literal."""
        return array_literal(self.vectors)


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
    return Encoded(vector_literals(embeddings), counts.tolist(), kept.tolist())


def vector_literals(embeddings: np.ndarray) -> list[str]:
    """Each row of (n, dimension) as a halfvec literal."""
    return ["[" + ",".join(f"{x:.6g}" for x in row) + "]" for row in embeddings.tolist()]


def array_literal(vectors: list[str]) -> str:
    """A halfvec[] as text without a type, which the function's argument gives: its schema need not be known."""
    return "{" + ",".join(f'"{vector}"' for vector in vectors) + "}"
