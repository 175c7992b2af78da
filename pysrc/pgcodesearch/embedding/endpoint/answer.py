"""An endpoint's answer to unit vectors: OpenAI's ``{"data": [{"index": 0, "embedding": […]}, …]}``."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from pgcodesearch.embedding.endpoint.http import Refused
from pgcodesearch.embedding.errors import EndpointUnavailable

_HINT = "Check that the endpoint's url is that of an OpenAI-compatible service."


def read_vectors(document: Any, count: int) -> np.ndarray:
    """The vectors of an answer to ``count`` texts, in the texts' order: float32 (count, width), unit length.

    Raises EndpointUnavailable for an answer of another form or with other than one vector a text, Refused where a
    vector has no direction (zero, or not finite).
    """
    items = document.get("data") if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise EndpointUnavailable("the endpoint's answer has no list of embeddings in 'data'", _HINT)
    if len(items) != count:
        raise EndpointUnavailable(f"the endpoint answered {count} texts with {len(items)} embeddings", _HINT)
    ordered: list[Any] = [None] * count
    for item in items:
        index = item.get("index")
        if type(index) is not int or not 0 <= index < count or ordered[index] is not None:
            raise EndpointUnavailable(
                f"the endpoint's answer has no embedding for each index: {index!a:.40}", _HINT
            )
        ordered[index] = _numbers(item.get("embedding"))
    widths = {len(vector) for vector in ordered}
    if len(widths) > 1:
        raise EndpointUnavailable(
            f"the endpoint's answer has embeddings of widths {sorted(widths)[:5]}", _HINT
        )
    vectors = np.stack(ordered)
    # A cosine is the same at any length, so none is too long: what overflows would be called not finite.
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    if not np.isfinite(largest).all() or not (largest > 0).all():
        raise Refused("the endpoint gave an embedding that is zero or not finite")
    scaled = vectors / largest
    unit: np.ndarray = (scaled / np.linalg.norm(scaled, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _numbers(embedding: Any) -> np.ndarray:
    """Float64 (width,) of a list of numbers, or of float32 as base64, which some services send unasked."""
    try:
        if isinstance(embedding, str):
            vector = np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float64)
        elif isinstance(embedding, list) and not any(isinstance(value, str | bool) for value in embedding):
            vector = np.array(embedding, dtype=np.float64)
        else:
            raise TypeError
    except (TypeError, ValueError, OverflowError, binascii.Error):
        raise EndpointUnavailable(
            "the endpoint's answer has an embedding that is no list of numbers", _HINT
        ) from None
    if vector.ndim != 1 or not len(vector):
        raise EndpointUnavailable("the endpoint's answer has an embedding that is no list of numbers", _HINT)
    return vector
