"""A model version's files for an endpoint: it is asked once, and what it answers completes the configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pgcodesearch.embedding.artefact import CONFIG_FILE, ENDPOINT_KEY, TOKENIZER_FILE, check_artefact
from pgcodesearch.embedding.endpoint.answer import read_vectors
from pgcodesearch.embedding.endpoint.config import EndpointConfig
from pgcodesearch.embedding.endpoint.embedder import PROBE, EndpointEmbedder
from pgcodesearch.embedding.endpoint.http import EndpointConnection, Patience, Refused
from pgcodesearch.embedding.errors import (
    ArtefactCorrupt,
    DimensionMismatch,
    EndpointUnavailable,
    InvalidEndpoint,
)

# What an endpoint reads is not asked: no such service tells. Every usual model reads this many.
DEFAULT_MAX_TOKENS = 512
MOST_DIMENSIONS = 4_000  # halfvec's, where it is to be indexed


def connect_endpoint(files: Mapping[str, bytes]) -> EndpointEmbedder:
    """The embedder for a config.json that may lack ``dimension`` and ``max_tokens``; sends one short text.

    Raises InvalidEndpoint, ArtefactCorrupt, EndpointUnavailable; DimensionMismatch where the configuration says another
    width than the endpoint gives, or that is more than can be indexed.
    """
    try:
        config = json.loads(files[CONFIG_FILE])
    except ValueError as error:
        raise ArtefactCorrupt(f"{CONFIG_FILE} is no JSON: {error}") from error
    endpoint = EndpointConfig.from_mapping(config[ENDPOINT_KEY])
    config = {"max_tokens": DEFAULT_MAX_TOKENS, **config, ENDPOINT_KEY: asdict(endpoint)}
    config["dimension"] = _asked_dimension(endpoint, config.get("dimension"))
    if TOKENIZER_FILE in files:
        config.setdefault("sha256", {})[TOKENIZER_FILE] = hashlib.sha256(files[TOKENIZER_FILE]).hexdigest()
    completed = {**files, CONFIG_FILE: json.dumps(config, indent=2).encode()}
    return EndpointEmbedder(completed, check_artefact(completed))


def endpoint_files(
    name: str, endpoint: Mapping[str, Any], *, dimension: int | None = None, max_tokens: int | None = None,
    prefixes: Mapping[str, str] | None = None, tokenizer: bytes | None = None,
) -> dict[str, bytes]:  # fmt: skip
    """The files of an endpoint's model, for :func:`connect_endpoint`; None leaves a default or asks the endpoint."""
    config: dict[str, Any] = {"name": name, ENDPOINT_KEY: dict(endpoint), "prefixes": dict(prefixes or {})}
    if dimension is not None:
        config["dimension"] = dimension
    if max_tokens is not None:
        config["max_tokens"] = max_tokens
    files = {CONFIG_FILE: json.dumps(config).encode()}
    return files if tokenizer is None else files | {TOKENIZER_FILE: tokenizer}


def _asked_dimension(endpoint: EndpointConfig, wanted: Any) -> int:
    if wanted is not None and (type(wanted) is not int or not 1 <= wanted <= MOST_DIMENSIONS):
        raise DimensionMismatch(f"dimension {wanted!a} is not 1 to {MOST_DIMENSIONS}")
    if endpoint.send_dimensions and wanted is None:
        raise InvalidEndpoint(
            "the dimensions to ask the endpoint for are not given", "Give the dimension too."
        )
    asked_for = wanted if endpoint.send_dimensions else None
    try:
        answer = EndpointConnection(endpoint).embed([PROBE], asked_for, Patience(endpoint.timeout, 1, 5))
        width = int(read_vectors(answer, 1).shape[1])
    except Refused as refusal:
        raise EndpointUnavailable(
            str(refusal), "Check the endpoint's url and the name of its model."
        ) from None
    if wanted is not None and width != wanted:
        raise DimensionMismatch(
            f"the endpoint gives vectors of {width} dimensions, not {wanted}",
            "Leave the dimension out, or have it sent along where the model can shorten its vectors.",
        )
    if width > MOST_DIMENSIONS:
        raise DimensionMismatch(
            f"the endpoint gives vectors of {width} dimensions, more than {MOST_DIMENSIONS} cannot be indexed",
            "Ask for fewer where the model can shorten its vectors: --dimension 1024 --send-dimensions.",
        )
    return width
