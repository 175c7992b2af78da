"""A connection and the embedder of the model version that answers."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.embedding.stored import StoredModel, describe_model, load_stored
from pgcodesearch.searching import queries
from pgcodesearch.searching.queries import Explanation, Freshness, Hit, SearchOptions

if TYPE_CHECKING:
    import numpy as np

    from pgcodesearch.embedding.embedder import Embedder

# The model reads a few hundred tokens; the server refuses longer queries itself.
_EMBEDDED_CHARACTERS = 10_000


class Client:
    """Searches one database; keeps its connection and, once it was needed, the model in memory.

    Not safe to share between threads: give each its own.
    """

    def __init__(self, url: str | None = None, connection: psycopg.Connection[Any] | None = None) -> None:
        """``url`` as in ``--database``, or a connection of the caller's, in autocommit mode and left open.

        Raises CannotConnect.
        """
        with mapped_errors():
            self._connection = connection or connect(url, autocommit=True)
        self._owned = connection is None
        self._embedders: dict[int, Embedder] = {}

    def search(self, query: str, k: int = 10, **options: Any) -> list[Hit]:
        """The best chunks of code, best first; ``options`` are those of :class:`SearchOptions`.

        Raises what :func:`pgcodesearch.searching.search` raises.
        """
        wanted = SearchOptions(k=k, **options)
        return queries.search(self._connection, query, self.embed(query, wanted), wanted)

    def explain(self, query: str, k: int = 10, **options: Any) -> list[Explanation]:
        """Why each hit of the same search is where it is; nothing is logged."""
        wanted = SearchOptions(k=k, **{"log": False, **options})
        return queries.explain(self._connection, query, self.embed(query, wanted), wanted)

    def freshness(self, repository: str | None = None) -> list[Freshness]:
        """The state of one repository's index, or of all."""
        return queries.freshness(self._connection, repository)

    def embed(self, query: str, options: SearchOptions | None = None) -> np.ndarray | None:
        """The query's vector by the model version that is asked; None in lexical mode or without a model."""
        wanted = options or SearchOptions()
        if wanted.mode == "lexical" or not query or not query.strip():
            return None
        queries.check_text("model", wanted.model)
        with mapped_errors():
            model = describe_model(self._connection, wanted.model)
        if model is None:
            return None
        text = query[:_EMBEDDED_CHARACTERS].encode("utf-8", "replace").decode()
        embedding: np.ndarray = self._embedder(model).encode([text], kind="query")[0]
        return embedding

    def close(self) -> None:
        """Close the connection, unless it is the caller's."""
        if self._owned:
            self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _embedder(self, model: StoredModel) -> Embedder:
        if model.model_version_id not in self._embedders:
            with mapped_errors():
                self._embedders[model.model_version_id] = load_stored(self._connection, model)
        return self._embedders[model.model_version_id]
