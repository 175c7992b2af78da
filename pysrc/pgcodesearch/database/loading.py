"""Runs files of sql/ the way CREATE EXTENSION would run them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from alembic import op
from psycopg import sql

from pgcodesearch.database import sql_files
from pgcodesearch.database.sql_files import SqlFile
from pgcodesearch.errors import CodeSearchError


class SqlFileError(CodeSearchError):
    """a file of sql/ failed"""


def create_schema(connection: psycopg.Connection[Any]) -> None:
    """Create the schema where it is missing, and let one process at a time change it, until the transaction ends.

    Raises UniqueViolation where another process creates it at this moment. Only the owner can take the lock.
    """
    # Asked first: whoever owns a schema in somebody else's database may not create one there.
    if not connection.execute(
        "select 1 from pg_catalog.pg_namespace where nspname = 'codesearch'"
    ).fetchone():
        connection.execute("create schema codesearch")
    found = connection.execute("select to_regclass('codesearch.alembic_version')").fetchone()
    if found and found[0] is not None:
        connection.execute("lock table codesearch.alembic_version in share row exclusive mode")


def prepare_session(connection: psycopg.Connection[Any]) -> None:
    """Create the schema, and set for this transaction what CREATE EXTENSION sets for its script.

    search_path is codesearch, then the schema that holds pgvector; function bodies are not checked, so the
    functions may stand in any order (a test checks the bodies of a complete schema). What a role or a database has set
    otherwise does not change what is created.
    """
    create_schema(connection)
    row = connection.execute(
        "select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace"
        " where e.extname = 'vector'"
    ).fetchone()
    names = ["codesearch", *([str(row[0])] if row else []), "pg_temp"]
    path = sql.SQL(", ").join(sql.Identifier(name) for name in names)
    connection.execute(sql.SQL("set local search_path = {}").format(path))
    if row:
        # Loads pgvector: only superusers may set its settings on functions before the server knows them.
        connection.execute(sql.SQL("select '[1]'::{}.vector").format(sql.Identifier(str(row[0]))))
    connection.execute("set local check_function_bodies = off")
    connection.execute("set local client_min_messages = warning")
    connection.execute("set local default_tablespace = ''")


def run_files(connection: psycopg.Connection[Any], files: Iterable[SqlFile]) -> None:
    """Execute whole files, in order, in the connection's transaction.

    The text goes to the server without parameters: percent signs and colons keep their meaning.
    Raises SqlFileError naming the file and the line.
    """
    for file in files:
        text = file.text()
        try:
            connection.execute(text.encode())
        except psycopg.Error as error:
            raise SqlFileError(_locate(file, text, error)) from error


def _locate(file: SqlFile, text: str, error: psycopg.Error) -> str:
    position = error.diag.statement_position
    line = text[: int(position) - 1].count("\n") + 1 if position else "?"
    return f"sql/{file.path}, line {line}: {error}"


def run_revision(revision: str) -> None:
    """Inside an Alembic revision: run the files of its [tables NNNN] section."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    run_files(driver, sql_files.table_files(revision))
