"""Loads the active model while files are still being chunked: for a small change loading is most of the time."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch.embedding.stored import describe_model, load_local
from pgcodesearch.indexing.worker import load_embedder

if TYPE_CHECKING:
    from pgcodesearch.embedding import Embedder


class EarlyModel:
    """The active model's embedder, loaded in a thread that does not use the connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._model = describe_model(connection)
        connection.commit()
        self._loading: Future[Embedder | None] | None = None
        if self._model is not None:
            executor = ThreadPoolExecutor(1)
            self._loading = executor.submit(load_local, self._model)
            executor.shutdown(wait=False)

    def embedder(self, connection: psycopg.Connection[Any], model_version_id: int) -> Embedder:
        """What :func:`load_embedder` gives, sooner where it is the model that was loaded."""
        early = None
        if self._loading is not None and self._model and self._model.model_version_id == model_version_id:
            early = self._loading.result()
        return early or load_embedder(connection, model_version_id)
