"""Query tables that ship with their model."""

from __future__ import annotations

from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.artefact import GRAPH_FILE, SHIPPED_MODELS, read_matching
from pgcodesearch.query_tables.table import QUERY_TABLE_FILE

_WITHOUT = """
    select m.name, (select encode(a.sha256, 'hex') from codesearch.model_artefact a
                    where a.model_version_id = m.model_version_id and a.file = 'model.onnx')
    from codesearch.model_version m
    where not exists (select from codesearch.query_table q where q.model_version_id = m.model_version_id)
"""


def add_shipped_tables(connection: Connection) -> None:
    """Give the model versions that ship with a query table, and have none yet, theirs."""
    from pgcodesearch.query_tables.storing import store
    from pgcodesearch.query_tables.table import QueryTable

    for name, digest in connection.execute(_WITHOUT).fetchall():
        folder = SHIPPED_MODELS / name.replace("/", "_")
        file = folder / QUERY_TABLE_FILE
        if file.exists() and read_matching(folder, {GRAPH_FILE: digest}):
            store(connection, name, QueryTable.from_bytes(file.read_bytes()))
