"""Embedding models: ONNX graphs that run here, offline, without PyTorch; or an endpoint, where one was configured.

``Embedder.load().encode(["def area(radius): …"], kind="code")`` gives one unit vector.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pgcodesearch.embedding.artefact import DEFAULT_MODEL, shipped_models
    from pgcodesearch.embedding.embedder import KINDS, Embedder
    from pgcodesearch.embedding.errors import (
        ArtefactCorrupt,
        DimensionMismatch,
        EmbeddingError,
        EndpointUnavailable,
        InvalidEndpoint,
        InvalidProvider,
        ModelNotFound,
        TextRefused,
    )
    from pgcodesearch.embedding.loading import embedder_from, load_embedder

__all__ = [
    "DEFAULT_MODEL",
    "KINDS",
    "ArtefactCorrupt",
    "DimensionMismatch",
    "Embedder",
    "EmbeddingError",
    "EndpointUnavailable",
    "InvalidEndpoint",
    "InvalidProvider",
    "ModelNotFound",
    "TextRefused",
    "embedder_from",
    "load_embedder",
    "shipped_models",
]

_MODULES = {
    "DEFAULT_MODEL": "artefact",
    "KINDS": "embedder",
    "Embedder": "embedder",
    "embedder_from": "loading",
    "load_embedder": "loading",
    "shipped_models": "artefact",
}


def __getattr__(name: str) -> Any:
    # ONNX Runtime and NumPy are imported when a model is used: most commands need none.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
    return getattr(module, name)
