"""What `pgcodesearch init` does: the schema, then the model that ships with the package."""

from __future__ import annotations

import base64
import json
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from pgcodesearch.database import connect, resolve_url, schema, without_password
from pgcodesearch.document_tables import shipped as document_tables
from pgcodesearch.operating.server_embedding import install_server_embedding
from pgcodesearch.query_tables import shipped as query_tables


def install(database: str | None = None) -> dict[str, Any]:
    """Install or upgrade, and add the shipped model where there is no model; what was done, for printing."""
    url = resolve_url(database)
    result = schema.init(url)
    with connect(url) as connection:
        model = add_shipped_model(connection)
        query_tables.add_shipped_tables(connection)
        document_tables.add_shipped_tables(connection)
        server_embedding = install_server_embedding(connection, anew=result.changed)
    return {
        "database_url": without_password(url),
        "schema_revision": result.revision,
        "schema_change": _change(result),
        "managed_by": result.managed_by,
        "model": model,
        "server_embedding": server_embedding,
    }


def add_shipped_model(connection: psycopg.Connection[Any]) -> str | None:
    """Name of the active model; without any model version, the shipped one is stored and becomes active."""
    if not _has_models(connection):
        # Two processes that run init at once would both add it.
        connection.execute("lock table codesearch.model_version in share row exclusive mode")
    if _has_models(connection):
        active = connection.execute(
            "select name from codesearch.model_version where status = 'active'"
        ).fetchone()
        return str(active[0]) if active else None  # somebody switched models off on purpose
    from pgcodesearch.embedding import artefact

    files = artefact.read_artefact(artefact.find_model(artefact.DEFAULT_MODEL))
    config = artefact.check_artefact(files)
    encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
    connection.execute(
        "select codesearch.add_model(%s, %s, %s, %s, %s)",
        (
            config.name,
            config.dimension,
            config.max_tokens,
            Jsonb(encoded),
            Jsonb(json.loads(files[artefact.CONFIG_FILE])),
        ),
    )
    return config.name


def _has_models(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("select 1 from codesearch.model_version limit 1").fetchone() is not None


def _change(result: schema.InitResult) -> str:
    if result.previous_revision is None:
        return "created"
    if result.previous_revision == result.revision:
        return "up to date"
    return f"upgraded from {result.previous_revision}"
