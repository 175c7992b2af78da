"""Document tables in the database, and out of it into the process that reads vectors off them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.artefact import SHIPPED_MODELS, TOKENIZER_FILE, read_matching

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from pgcodesearch.document_tables.table import DocumentTable

_DESCRIBE = """
    select d.model_version_id, m.name, encode(d.sha256, 'hex'), encode(a.sha256, 'hex')
    from codesearch.model_version m
    join codesearch.document_table d using (model_version_id)
    join codesearch.model_artefact a using (model_version_id)
    where m.status = 'active' and a.file = 'tokenizer.json'
"""


@dataclass(frozen=True)
class ProvisionalEmbedder:
    """What gives texts provisional vectors of a model version."""

    model_version_id: int
    table: DocumentTable
    tokenizer: Tokenizer

    def encode(self, texts: list[str]) -> np.ndarray:
        """Unit vectors (texts, dimension) float32."""
        return self.table.encode(texts, self.tokenizer)


def provisional_embedder(connection: Connection) -> ProvisionalEmbedder | None:
    """That of the active model version, loaded once in a process; None where it has no document table.

    Raises ArtefactCorrupt.
    """
    row = connection.execute(_DESCRIBE).fetchone()
    if row is None:
        return None
    model_version_id, name, *hashes = row
    loaded = _LOADED.get((model_version_id, *hashes))
    if loaded is None:
        table, tokenizer = _shipped(name, *hashes) or _stored(connection, model_version_id)
        _LOADED.clear()
        _LOADED[model_version_id, *hashes] = loaded = _embedder(model_version_id, table, tokenizer)
    return loaded


_LOADED: dict[tuple[object, ...], ProvisionalEmbedder] = {}


def _embedder(model_version_id: int, table: bytes, tokenizer: bytes) -> ProvisionalEmbedder:
    from pgcodesearch.document_tables.table import DocumentTable
    from pgcodesearch.embedding.tokens import load_tokenizer

    return ProvisionalEmbedder(model_version_id, DocumentTable.from_bytes(table), load_tokenizer(tokenizer))


def _shipped(name: str, table: str, tokenizer: str) -> tuple[bytes, bytes] | None:
    """The two files where the package has them, which spares reading them out of the database."""
    from pgcodesearch.document_tables.table import DOCUMENT_TABLE_FILE

    files = read_matching(
        SHIPPED_MODELS / name.replace("/", "_"), {TOKENIZER_FILE: tokenizer, DOCUMENT_TABLE_FILE: table}
    )
    return (files[DOCUMENT_TABLE_FILE], files[TOKENIZER_FILE]) if files else None


def _stored(connection: Connection, model_version_id: int) -> tuple[bytes, bytes]:
    row = connection.execute(
        "select d.content, a.content from codesearch.document_table d join codesearch.model_artefact a"
        " using (model_version_id) where model_version_id = %s and a.file = 'tokenizer.json'",
        (model_version_id,), binary=True,
    ).fetchone()  # fmt: skip
    assert row is not None
    return bytes(row[0]), bytes(row[1])


def store(connection: Connection, model: str, content: bytes) -> None:
    """Give a model version a document table, as ``DocumentTable.to_bytes`` wrote it, in place of the one it has.

    Raises UnknownModel; InvalidArgument for a table of another dimension; ArtefactCorrupt.
    """
    from pgcodesearch.document_tables.table import DocumentTable
    from pgcodesearch.query_tables.storing import held_version

    table = DocumentTable.from_bytes(content)
    with mapped_errors(), connection.transaction():
        version = held_version(connection, model, "document table", table.dimension)
        connection.execute(
            "insert into codesearch.document_table (model_version_id, content, sha256, metrics)"
            " values (%s, %s, %s, %s) on conflict (model_version_id) do update set content = excluded.content,"
            " sha256 = excluded.sha256, metrics = excluded.metrics, fitted_at = now()",
            (version, content, hashlib.sha256(content).digest(), Jsonb(table.metrics)),
        )
