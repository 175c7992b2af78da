"""What can go wrong with an embedding model, each with the value at fault and a hint that mends it."""

from __future__ import annotations


class EmbeddingError(Exception):
    """An embedding model cannot do what was asked."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}. {hint}" if hint else message)
        self.hint = hint


class ModelNotFound(EmbeddingError):
    """No model of this name ships with the package, and no folder of this path exists."""


class ArtefactCorrupt(EmbeddingError):
    """The model's files are incomplete, damaged, or do not belong together."""


class DimensionMismatch(EmbeddingError):
    """The graph gives vectors of another width than its configuration says."""
