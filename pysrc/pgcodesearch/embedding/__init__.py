"""Embedding models: ONNX graphs run on the CPU, offline, without PyTorch.

    from pgcodesearch.embedding import Embedder
    vectors = Embedder.load().encode(["def area(radius): …"], kind="code")
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
