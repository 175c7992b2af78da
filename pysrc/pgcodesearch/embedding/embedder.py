"""Texts in, unit vectors out: what every embedding model is to the rest of the package."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pgcodesearch.embedding.artefact import DEFAULT_MODEL, ModelConfig

if TYPE_CHECKING:
    import numpy as np

KINDS = ("query", "code")


class Embedder(ABC):
    """An embedding model. Safe to share between threads, and to take along into a forked process."""

    remote = False  # whether texts leave this machine

    def __init__(self, files: Mapping[str, bytes], config: ModelConfig) -> None:
        self._files, self._config = dict(files), config

    @staticmethod
    def load(name_or_path: str | Path = DEFAULT_MODEL, threads: int | None = None) -> Embedder:
        """:func:`pgcodesearch.embedding.loading.load_embedder`: a model by its shipped name or its folder."""
        from pgcodesearch.embedding.loading import load_embedder

        return load_embedder(name_or_path, threads)

    def artefact(self) -> dict[str, bytes]:
        """The model's files by name: all that is needed to make this embedder elsewhere."""
        return dict(self._files)

    @property
    def name(self) -> str:
        """The name in the model's config."""
        return self._config.name

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._config.dimension

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that count, special ones included; the rest is cut."""
        return self._config.max_tokens

    @property
    def query_prefix(self) -> str:
        """What the model wants before a query; :meth:`encode` puts it there."""
        return self._config.prefixes.get("query", "")

    def encode(self, texts: Sequence[str], kind: str = "code") -> np.ndarray:
        """Embed texts: float32 (n, dimension), unit length, in the order given; raises as :meth:`encode_counted`."""
        return self.encode_counted(texts, kind)[0]

    def encode_counted(
        self, texts: Sequence[str], kind: str = "code"
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Embed texts and say how much of each was read.

        kind: ``query`` or ``code``; models trained with a prefix for one of them get it.
        Returns the vectors as :meth:`encode`, the tokens of each text and those kept, both int32
        (n,), special tokens and the kind's prefix included. Where the counts differ the text was cut.
        Raises ValueError for another kind, TypeError for a bare string, DimensionMismatch; of an endpoint
        EndpointUnavailable, and TextRefused for a text that it does not take though it takes others.
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string: pass a list of strings")
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}: use one of {', '.join(KINDS)}")
        prefix = self._config.prefixes.get(kind, "")
        return self._encode([prefix + text for text in texts], kind)

    @abstractmethod
    def _encode(self, texts: list[str], kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What :meth:`encode_counted` returns, of texts with their prefix."""
