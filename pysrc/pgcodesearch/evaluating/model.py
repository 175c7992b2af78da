"""The embedder of the model version that is asked."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.embedding import Embedder
from pgcodesearch.embedding.stored import describe_model, load_stored


def load_embedder(connection: psycopg.Connection[Any], model: str | None = None) -> Embedder | None:
    """The embedder of a model version by name, of the active one without a name; None when there is none.

    Raises UnknownModel for a name the database does not have, or a model version without files.
    """
    described = describe_model(connection, model)
    return load_stored(connection, described) if described else None
