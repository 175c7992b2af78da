"""Ranks that a protocol found within the last day: an interrupted run goes on, and a baseline is asked once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

# A service behind an endpoint may change its model under the same name.
_SECONDS = 86_400


class KeptRanks:
    """Files of reciprocal ranks, named by all that they follow from: the model's files and the texts it embeds.

    They are only ever a shortcut: a folder that can't be written, or a damaged file, costs the time of asking again.
    """

    def __init__(self, folder: Path, model_digest: str) -> None:
        """``model_digest``: one name for all the model's files, as :attr:`StoredModel.digest`."""
        self._folder = folder
        self._model_digest = model_digest

    def file_of(self, texts: Iterable[str]) -> Path:
        """Where the ranks of these texts are kept."""
        digest = hashlib.sha256(self._model_digest.encode())
        for text in texts:
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        return self._folder / f"{digest.hexdigest()}.npy"

    def find(self, file: Path) -> np.ndarray | None:
        """What was kept there, (functions,) float64; None where nothing was, or a day ago."""
        try:
            if _is_old(file):
                return None
            ranks: np.ndarray = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return ranks

    def keep(self, file: Path, ranks: np.ndarray) -> None:
        """Keep what was found, and forget what is too old."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for other in self._folder.glob("*.npy"):
                if _is_old(other):
                    other.unlink(missing_ok=True)
            # Written beside its place and renamed: another run never reads half of it.
            descriptor, fresh = tempfile.mkstemp(dir=self._folder, suffix=".new")
            with os.fdopen(descriptor, "wb") as opened:
                np.save(opened, ranks)
            os.replace(fresh, file)


def _is_old(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > _SECONDS
