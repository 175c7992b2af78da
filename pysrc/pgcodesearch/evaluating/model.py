"""The embedder of the model version that is asked, from the artefact the database keeps."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.database.errors import UnknownModel
from pgcodesearch.embedding import Embedder


def load_embedder(connection: psycopg.Connection[Any], model: str | None = None) -> Embedder | None:
    """The embedder of a model version by name, of the active one without a name; None when there is none.

    Raises UnknownModel for a name the database does not have.
    """
    rows = connection.execute(
        "select a.file, a.content from codesearch.model_version m join codesearch.model_artefact a"
        " using (model_version_id) where m.name = %s or (%s::text is null and m.status = 'active')",
        [model, model],
    ).fetchall()
    if not rows:
        if model is None:
            return None
        raise UnknownModel(f"no model version {model!r} with an artefact")
    return Embedder.from_artefact({name: bytes(content) for name, content in rows})
