"""Query tables, and other files, that ship with their model."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.artefact import GRAPH_FILE, SHIPPED_MODELS, read_matching

_WITHOUT = """
    select m.name, (select encode(a.sha256, 'hex') from codesearch.model_artefact a
                    where a.model_version_id = m.model_version_id and a.file = 'model.onnx')
    from codesearch.model_version m
    where not exists (select from codesearch.{} t where t.model_version_id = m.model_version_id)
"""


def add_shipped_tables(connection: Connection) -> None:
    """Give the model versions that ship with a query table, and have none yet, theirs."""
    from pgcodesearch.query_tables.storing import store
    from pgcodesearch.query_tables.table import QUERY_TABLE_FILE, QueryTable

    for name, content in shipped_files(connection, "query_table", QUERY_TABLE_FILE):
        store(connection, name, QueryTable.from_bytes(content))


def shipped_files(connection: Connection, table: str, file: str) -> Iterator[tuple[str, bytes]]:
    """Model versions without a row in a table, and the file that ships for it with the same graph."""
    for name, digest in connection.execute(sql.SQL(_WITHOUT).format(sql.Identifier(table))).fetchall():
        folder = SHIPPED_MODELS / name.replace("/", "_")
        if (folder / file).exists() and read_matching(folder, {GRAPH_FILE: digest}):
            yield name, (folder / file).read_bytes()
