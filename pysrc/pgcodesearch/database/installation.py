"""What is installed in a database: its revision, also of a dump without rows, and whether it is this code's SQL."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from pgcodesearch.database import sql_files

_CREATE_TABLE = re.compile(r"^create table (\w+)", re.MULTILINE)


def stored_revision(connection: psycopg.Connection[Any]) -> str | None:
    """The database's schema revision, None where there is no schema.

    A dump without rows (``pg_dump --schema-only``) has lost it: there the tables tell.
    """
    if not _value(connection, "select to_regclass('codesearch.alembic_version') is not null"):
        return None
    row = _value(connection, "select max(version_num) from codesearch.alembic_version")
    return str(row) if row is not None else _revision_of_tables(connection)


def keep_revision(connection: psycopg.Connection[Any]) -> None:
    """Write down the revision of a schema that was restored without its rows."""
    if not _value(connection, "select to_regclass('codesearch.alembic_version') is not null"):
        return
    if _value(connection, "select exists (select from codesearch.alembic_version)"):
        return
    if revision := _revision_of_tables(connection):
        connection.execute("insert into codesearch.alembic_version (version_num) values (%s)", (revision,))


def _revision_of_tables(connection: psycopg.Connection[Any]) -> str | None:
    """The newest revision whose tables are all there."""
    present = _value(
        connection,
        "select array_agg(tablename::text) from pg_catalog.pg_tables where schemaname = 'codesearch'",
    )
    revisions = sorted({file.revision for file in sql_files.manifest() if file.revision}, reverse=True)
    for revision in revisions:
        text = "\n".join(file.text() for file in sql_files.table_files(revision))
        if set(_CREATE_TABLE.findall(text)) <= set(present or ()):
            return revision
    return None


def code_digest() -> str:
    """A hash of all SQL that is replaced at every upgrade."""
    digest = hashlib.sha256()
    for file in sql_files.replaceable_files():
        digest.update(f"{file.path}\0{file.text()}\0".encode())
    digest.update("\0".join(sql_files.proxy_texts()).encode())
    return digest.hexdigest()


def is_current(connection: psycopg.Connection[Any]) -> bool:
    """Whether the replaceable objects are those of this code, and nobody changed them or their rights since."""
    if not _value(
        connection,
        "select to_regprocedure('codesearch.schema_state()') is not null"
        " and coalesce(has_table_privilege(to_regclass('codesearch.installation'), 'select'), false)",
    ):
        return False
    return bool(
        _value(
            connection,
            "select exists (select from codesearch.installation"
            " where code_digest = %s and schema_state = codesearch.schema_state())",
            code_digest(),
        )
    )


def keep_installed(connection: psycopg.Connection[Any]) -> None:
    """Write down what was installed; a hash of no use to anybody but is_current."""
    connection.execute("delete from codesearch.installation")
    connection.execute(
        "insert into codesearch.installation (code_digest, schema_state) select %s, codesearch.schema_state()",
        (code_digest(),),
    )


def _value(connection: psycopg.Connection[Any], query: str, *parameters: Any) -> Any:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]
