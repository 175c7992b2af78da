"""A query table in memory and in a file."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.embedding.errors import ArtefactCorrupt
from pgcodesearch.query_tables.fitting import Bags, as_int8, encode, from_int8
from pgcodesearch.query_tables.vocabulary import Vocabulary

QUERY_TABLE_FILE = "query_table.npz"


@dataclass(frozen=True)
class QueryTable:
    """``tokens``, then pairs of them with a space between; ``vectors`` (tokens and pairs, dimension) float32.

    What has no vector has a row of zeros.

    ``tokenizer``, ``settings`` and ``metrics`` are those of the table ``query_table``.
    """

    tokens: list[str]
    vectors: np.ndarray
    tokenizer: dict[str, Any]
    settings: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def has_vector(self) -> np.ndarray:
        """Which tokens have one, (tokens,) bool."""
        return np.asarray(self.vectors.any(axis=1))

    def encode(self, queries: Sequence[str], embedder: Embedder) -> np.ndarray:
        """Unit vectors (queries, dimension), as ``codesearch.embed_by_table`` has them: the reference of that."""
        vocabulary = Vocabulary.of_model(embedder.artefact(), embedder.query_prefix, embedder.max_tokens)
        return encode(self.vectors, Bags.of(vocabulary.with_names(self.tokens).rows(queries)))

    def to_bytes(self) -> bytes:
        """A compressed file: each row as int8 with a scale of its own."""
        rounded, scale = as_int8(self.vectors)
        about = {"tokenizer": self.tokenizer, "settings": self.settings, "metrics": self.metrics}
        content = io.BytesIO()
        np.savez_compressed(
            content, vectors=rounded, scale=scale, tokens=_packed("\n".join(self.tokens)),
            about=_packed(json.dumps(about)),
        )  # fmt: skip
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> QueryTable:
        """Read what :meth:`to_bytes` wrote; raises ArtefactCorrupt."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                vectors = from_int8(arrays["vectors"], arrays["scale"])
                tokens = arrays["tokens"].tobytes().decode().split("\n")
                about = json.loads(arrays["about"].tobytes())
            if vectors.ndim != 2 or len(vectors) != len(tokens):
                raise ValueError(f"{len(tokens)} tokens and vectors of shape {vectors.shape}")
            return cls(tokens, vectors, about["tokenizer"], about["settings"], about["metrics"])
        except (ValueError, KeyError, OSError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise ArtefactCorrupt(
                f"{QUERY_TABLE_FILE} cannot be read: {error}",
                "Make it again with `pgcodesearch models query-table NAME`.",
            ) from error


def _packed(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)
