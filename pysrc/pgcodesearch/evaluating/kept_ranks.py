"""Ranks that a protocol found within the last day: an interrupted run goes on, and a baseline is asked once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from pgcodesearch.embedding import Embedder

# A service behind an endpoint may change its model under the same name.
_SECONDS = 86_400


class KeptRanks:
    """Files of reciprocal ranks, named by all that they follow from: the model's files and the texts it embeds.

    They are only ever a shortcut: a folder that can't be written, or a damaged file, costs the time of asking again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, embedder: Embedder, texts: Iterable[str]) -> np.ndarray | None:
        """What was kept of these texts, (functions,) float64; None where nothing was, or a day ago."""
        file = self._file(embedder, texts)
        try:
            if time.time() - file.stat().st_mtime > _SECONDS:
                return None
            ranks: np.ndarray = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return ranks

    def keep(self, embedder: Embedder, texts: Iterable[str], ranks: np.ndarray) -> None:
        """Keep what was found, and forget what is too old."""
        file = self._file(embedder, texts)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for other in self._folder.glob("*.npy"):
                if time.time() - other.stat().st_mtime > _SECONDS:
                    other.unlink(missing_ok=True)
            # Written beside its place and renamed: another run never reads half of it.
            descriptor, fresh = tempfile.mkstemp(dir=self._folder, suffix=".new")
            with os.fdopen(descriptor, "wb") as opened:
                np.save(opened, ranks)
            os.replace(fresh, file)

    def _file(self, embedder: Embedder, texts: Iterable[str]) -> Path:
        digest = hashlib.sha256(_model_digest(embedder))
        for text in texts:
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        return self._folder / f"{digest.hexdigest()}.npy"


@cache
def _model_digest(embedder: Embedder) -> bytes:
    digest = hashlib.sha256()
    for name, content in sorted(embedder.artefact().items()):
        digest.update(f"{name}={hashlib.sha256(content).hexdigest()};".encode())
    return digest.digest()
