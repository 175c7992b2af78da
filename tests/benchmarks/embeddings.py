"""Embeddings of the corpus, computed once and kept by the text they belong to.

Only the first CHARACTERS of a text, about 64 tokens, are embedded: speed and recall don't depend on how much of a
text its vector knows, and 100,000 whole texts would take an hour or two on two cores.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pgcodesearch.embedding import load_embedder

CHARACTERS = 240
BATCH = 2_000


def shortened(text: str) -> str:
    """What of a text is embedded."""
    return text[:CHARACTERS]


class EmbeddingCache:
    """Vectors by text, in ``embeddings.npy`` (float16, as halfvec stores them) beside their keys."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.embedder = load_embedder(threads=threads)
        self._vectors = folder / f"embeddings-{self.embedder.name}.npy"
        self._keys = self._vectors.with_suffix(".keys.json")
        self._rows: dict[str, int] = {}
        self._stored = np.zeros((0, self.embedder.dimension), np.float16)
        if self._keys.exists():
            keys = json.loads(self._keys.read_text())
            self._rows = {key: row for row, key in enumerate(keys)}
            self._stored = np.load(self._vectors)[: len(keys)]

    def encode(self, texts: Sequence[str], kind: str = "code") -> np.ndarray:
        """float32 (n, dimension), unit length; what is missing is computed, saved, and announced on stderr."""
        short = [shortened(text) for text in texts]
        keys = [hashlib.sha1(f"{kind}\0{text}".encode()).hexdigest() for text in short]
        missing = {key: text for key, text in zip(keys, short, strict=True) if key not in self._rows}
        self._compute(list(missing.items()), kind)
        found = self._stored[[self._rows[key] for key in keys]].astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def _compute(self, missing: list[tuple[str, str]], kind: str) -> None:
        began = time.perf_counter()
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            made = self.embedder.encode([text for _, text in part], kind=kind).astype(np.float16)
            self._rows.update({key: len(self._rows) + i for i, (key, _) in enumerate(part)})
            self._stored = np.concatenate([self._stored, made])
            self._save()
            rate = (start + len(part)) / (time.perf_counter() - began)
            print(
                f"embedded {start + len(part):,} of {len(missing):,} ({rate:.0f}/s)",
                file=sys.stderr,
                flush=True,
            )

    def _save(self) -> None:
        # Vectors first: keys without vectors would be wrong, vectors without keys are only computed again.
        np.save(self._vectors, self._stored)
        partial = self._keys.with_suffix(".partial")
        partial.write_text(json.dumps(list(self._rows)))
        partial.rename(self._keys)
