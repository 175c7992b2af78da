"""The model's vectors of texts, kept in a folder while they are made, so that a killed run goes on."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pgcodesearch.embedding.embedder import Embedder

_PART = 1_024


class KeptVectors:
    """Parts of 1,024 texts, float16, in files named by texts and model. The folder may be deleted at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def vectors(
        self, texts: Sequence[str], embedder: Embedder, progress: Callable[[int, int], None]
    ) -> np.ndarray:
        """(texts, dimension) float16, unit vectors; raises what the embedder raises, with what is done kept."""
        self._folder.mkdir(parents=True, exist_ok=True)
        model = hashlib.sha256(repr(sorted(
            (name, hashlib.sha256(content).hexdigest()) for name, content in embedder.artefact().items()
        )).encode()).hexdigest()  # fmt: skip
        parts = []
        for start in range(0, len(texts), _PART):
            part = texts[start : start + _PART]
            file = self._folder / (
                hashlib.sha256("\0".join([model, *part]).encode()).hexdigest()[:32] + ".npy"
            )
            if not file.exists():
                fresh = file.with_suffix(".new.npy")
                np.save(fresh, embedder.encode(part, "query").astype(np.float16))
                fresh.replace(file)
            parts.append(np.load(file))
            progress(start + len(part), len(texts))
        return np.vstack(parts)

    def forget(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
