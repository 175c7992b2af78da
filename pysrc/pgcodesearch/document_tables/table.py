"""A document table in memory and in a file."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from pgcodesearch.embedding.errors import ArtefactCorrupt
from pgcodesearch.embedding.tokens import tokenise
from pgcodesearch.query_tables.fitting import Bags, as_int8, encode, from_int8

DOCUMENT_TABLE_FILE = "document_table.npz"
_AT_ONCE = 256  # texts whose token vectors are in memory together


@dataclass(frozen=True)
class DocumentTable:
    """``rows`` are token ids, ascending; ``vectors`` (rows, dimension) float32 is what each adds to a text's vector.

    The last row of ``vectors`` is added once to every text: without it sums of tokens are nearer to all queries than
    the model's vectors are. A token counts ``most_repeats`` times in a text at most: code repeats names, and what a
    text is about does not grow with that.
    """

    rows: np.ndarray  # (n,) int64
    vectors: np.ndarray  # (n + 1, dimension) float32
    max_tokens: int
    prefix: str = ""
    most_repeats: int = 3
    metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return int(self.vectors.shape[1])

    def bags(self, texts: Sequence[str], tokenizer: Tokenizer) -> Bags:
        """The rows of ``vectors`` that each text adds up; the last one in each, so that none is empty."""
        numbers = np.full(tokenizer.get_vocab_size() + 1, -1, dtype=np.int64)
        numbers[self.rows] = np.arange(len(self.rows))
        found = []
        for tokens in tokenise(tokenizer, [self.prefix + text for text in texts], self.max_tokens):
            ids, times = np.unique(np.asarray(tokens.ids, dtype=np.int64), return_counts=True)
            row = np.repeat(numbers[ids], np.minimum(times, self.most_repeats))
            found.append(np.append(row[row >= 0], len(self.rows)))
        return Bags.of(found)  # type: ignore[arg-type]

    def encode(self, texts: Sequence[str], tokenizer: Tokenizer) -> np.ndarray:
        """Unit vectors (texts, dimension) float32, near those of the model whose table and tokenizer this is."""
        parts = [
            encode(self.vectors, self.bags(texts[start : start + _AT_ONCE], tokenizer))
            for start in range(0, len(texts), _AT_ONCE)
        ]
        return np.vstack(parts) if parts else np.zeros((0, self.dimension), dtype=np.float32)

    def to_bytes(self) -> bytes:
        """A compressed file: each row as int8 with a scale of its own, the last as it is."""
        rounded, scale = as_int8(self.vectors[:-1])
        about = {
            "max_tokens": self.max_tokens, "prefix": self.prefix, "most_repeats": self.most_repeats,
            "metrics": self.metrics,
        }  # fmt: skip
        content = io.BytesIO()
        np.savez_compressed(
            content, rows=self.rows.astype(np.int32), vectors=rounded, scale=scale,
            always=self.vectors[-1].astype(np.float32),
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        )  # fmt: skip
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> DocumentTable:
        """Read what :meth:`to_bytes` wrote; raises ArtefactCorrupt."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                tokens = from_int8(arrays["vectors"], arrays["scale"])
                rows, always = arrays["rows"].astype(np.int64), arrays["always"]
                about = json.loads(arrays["about"].tobytes())
            if tokens.ndim != 2 or rows.shape != tokens.shape[:1] or always.shape != tokens.shape[1:]:
                raise ValueError(f"{len(rows)} tokens and vectors of shape {tokens.shape}")
            return cls(rows, np.vstack([tokens, always]), about["max_tokens"], about["prefix"],
                       about["most_repeats"], about["metrics"])  # fmt: skip
        except (ValueError, KeyError, OSError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise ArtefactCorrupt(
                f"{DOCUMENT_TABLE_FILE} cannot be read: {error}",
                "Make it again with `pgcodesearch models document-table NAME`.",
            ) from error
