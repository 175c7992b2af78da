"""Document tables that ship with their model."""

from __future__ import annotations

from pgcodesearch.database.rows import Connection
from pgcodesearch.query_tables.shipped import shipped_files


def add_shipped_tables(connection: Connection) -> None:
    """Give the model versions that ship with a document table, and have none yet, theirs."""
    from pgcodesearch.document_tables.storing import store
    from pgcodesearch.document_tables.table import DOCUMENT_TABLE_FILE

    for name, content in shipped_files(connection, "document_table", DOCUMENT_TABLE_FILE):
        store(connection, name, content)
