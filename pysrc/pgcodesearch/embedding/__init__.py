"""Embedding models: ONNX graphs run on the CPU, offline, without PyTorch.

``Embedder.load().encode(["def area(radius): …"], kind="code")`` gives one unit vector.
"""

from pgcodesearch.embedding.artefact import shipped_models
from pgcodesearch.embedding.embedder import DEFAULT_MODEL, KINDS, Embedder
from pgcodesearch.embedding.errors import ArtefactCorrupt, DimensionMismatch, EmbeddingError, ModelNotFound

__all__ = [
    "DEFAULT_MODEL",
    "KINDS",
    "ArtefactCorrupt",
    "DimensionMismatch",
    "Embedder",
    "EmbeddingError",
    "ModelNotFound",
    "shipped_models",
]
