"""Where the database is, and connections to it."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from pgvector.psycopg import register_vector

APPLICATION_NAME = "pgcodesearch"
URL_VARIABLE = "PGCODESEARCH_DATABASE_URL"


def resolve_url(url: str | None = None) -> str:
    """The database URL: the argument, else PGCODESEARCH_DATABASE_URL, else the embedded server (started here).

    Accepts SQLAlchemy's spelling ``postgresql+psycopg://`` too, because URLs are copied between tools.
    """
    url = url or os.environ.get(URL_VARIABLE)
    if not url:
        from pgcodesearch.database import embedded

        return embedded.ensure_running()
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def register_types(connection: psycopg.Connection[Any]) -> bool:
    """Register pgvector's types (vector, halfvec, sparsevec, bit); False where the extension is missing yet."""
    if psycopg.types.TypeInfo.fetch(connection, "vector") is None:
        return False
    register_vector(connection)
    return True


def connect(url: str | None = None, **kwargs: Any) -> psycopg.Connection[Any]:
    """Open a connection with pgvector's types registered and application_name set.

    ``kwargs`` go to :func:`psycopg.connect` (``autocommit``, ``row_factory``, ...).
    Raises psycopg.OperationalError when the server cannot be reached (see errors.translate).
    """
    kwargs.setdefault("application_name", APPLICATION_NAME)
    # Statements prepared on one connection of a transaction pooler are unknown, or others, on the next.
    kwargs.setdefault("prepare_threshold", None)
    connection = psycopg.connect(resolve_url(url), **kwargs)
    try:
        register_types(connection)
    except BaseException:
        connection.close()
        raise
    return connection
