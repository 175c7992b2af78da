"""From a model's files to its embedder: a graph that runs here, or an endpoint that is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pgcodesearch.embedding.artefact import (
    CONFIG_FILE,
    DEFAULT_MODEL,
    check_artefact,
    find_model,
    has_endpoint,
    read_artefact,
)
from pgcodesearch.embedding.embedder import Embedder


def load_embedder(name_or_path: str | Path = DEFAULT_MODEL, threads: int | None = None) -> Embedder:
    """A model by its shipped name or its folder.

    threads: CPUs to use, by one run of the graph or by several; None takes those this process may use.
    Raises ModelNotFound, ArtefactCorrupt.
    """
    return embedder_from(read_artefact(find_model(name_or_path)), threads)


def embedder_from(files: Mapping[str, bytes], threads: int | None = None, compared: bool = False) -> Embedder:
    """A model from its files' bytes, as ``Embedder.artefact`` gave them; raises ArtefactCorrupt, InvalidEndpoint.

    compared: the caller has compared their SHA-256 with those on record, so it is not done again.
    """
    config = check_artefact(files, compared)
    # Each needs libraries that the other can do without.
    if has_endpoint(files[CONFIG_FILE]):
        from pgcodesearch.embedding.endpoint.embedder import EndpointEmbedder

        return EndpointEmbedder(files, config)
    from pgcodesearch.embedding.graph import GraphEmbedder

    return GraphEmbedder(files, config, threads)
