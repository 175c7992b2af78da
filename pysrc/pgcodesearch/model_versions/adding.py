"""A model's files become a model version, once they are shown to work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument, mapped_errors
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.embedding.artefact import CONFIG_FILE, ENDPOINT_KEY, find_model, has_endpoint, read_artefact
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.embedding.endpoint.adding import connect_endpoint
from pgcodesearch.embedding.errors import InvalidEndpoint
from pgcodesearch.embedding.loading import embedder_from
from pgcodesearch.embedding.stored import describe_model, load_stored

# Another precision of the same model leaves cosines above this, another model does not.
_SAME_MODEL = 0.98
_TEXTS_COMPARED = 8


def add_model(
    connection: Connection, model: str | Path, name: str | None = None, parent: str | None = None
) -> str:
    """Store a shipped model, or the folder of an ONNX model or of an endpoint's configuration, as a model version; its
    name. Raises ModelNotFound, and what :func:`add_files` raises.
    """
    return add_files(connection, read_artefact(find_model(model)), name, parent)


def add_files(
    connection: Connection, given: Mapping[str, bytes], name: str | None = None, parent: str | None = None
) -> str:
    """Store a model's files as a model version and queue its vectors; its name.

    The model is loaded and run once first, an endpoint asked: what does not work is not stored. Without ``name`` it has
    that of its config. Raises ArtefactCorrupt, DimensionMismatch, EndpointUnavailable; InvalidArgument for a name that
    is taken.
    """
    embedder = _probed(given)
    files = embedder.artefact()
    stored_as = name or embedder.name
    with mapped_errors(), connection.transaction():
        # The files as binary parameters: inside one JSON document they may have 255 MB at most.
        (model_version_id,) = one_row(
            connection, "select codesearch.add_model(%s, %s, %s, '{}', %s, %s)",
            (stored_as, embedder.dimension, embedder.max_tokens, Jsonb(json.loads(files[CONFIG_FILE])), parent),
        )  # fmt: skip
        for file, content in files.items():
            connection.execute(
                "insert into codesearch.model_artefact (model_version_id, file, content, sha256)"
                " values (%s, %s, %s, sha256(%s))",
                (model_version_id, file, content, content),
            )
    return stored_as


def _probed(files: Mapping[str, bytes]) -> Embedder:
    if has_endpoint(files.get(CONFIG_FILE)):
        return connect_endpoint(files)
    embedder = embedder_from(files)
    embedder.encode(["def probe(): pass"])
    return embedder


def move_endpoint(connection: Connection, name: str, changes: Mapping[str, Any]) -> None:
    """Let a model version be reached at another place; ``changes`` are keys of the ``endpoint`` of its config.json.

    The new place is asked first, for vectors that the database has: another model's are not taken for this one's.
    Raises UnknownModel, InvalidEndpoint, InvalidArgument for a model without an endpoint, EndpointUnavailable,
    DimensionMismatch.
    """
    with mapped_errors():
        model = describe_model(connection, name)
        assert model is not None
        if model.has_graph:
            raise InvalidArgument(
                f"model version {name!r} is not behind an endpoint", hint="it runs where the texts are"
            )
        files = load_stored(connection, model).artefact()
    config = json.loads(files[CONFIG_FILE])
    config[ENDPOINT_KEY] |= changes
    embedder = connect_endpoint(files | {CONFIG_FILE: json.dumps(config).encode()})
    _check_same_model(connection, model.model_version_id, embedder)
    with mapped_errors():
        moved = embedder.artefact()[CONFIG_FILE].decode()
        connection.execute("select codesearch.move_endpoint(%s, %s)", (name, moved))


def _check_same_model(connection: Connection, model_version_id: int, embedder: Embedder) -> None:
    """Raises InvalidEndpoint where an embedder's vectors are not those that are stored of the same texts."""
    rows = connection.execute(
        "select text, embedding::text from codesearch.sample_embeddings(%s, %s)",
        (model_version_id, _TEXTS_COMPARED),
    ).fetchall()
    if not rows:
        return
    stored = np.array([json.loads(vector) for _, vector in rows], dtype=np.float32)
    cosines = (embedder.encode([text for text, _ in rows], "code") * stored).sum(axis=1)
    if cosines.min() < _SAME_MODEL:
        raise InvalidEndpoint(
            f"the endpoint gives other vectors than those that are stored: cosine {cosines.min():.3f}",
            "It serves another model: add it under a name of its own with `pgcodesearch models add`.",
        )
