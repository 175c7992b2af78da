"""Makes sure that a database can take files: the schema, and the model that ships."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.database import connect, resolve_url, sql_files


def open_database(database: str | None) -> tuple[str, psycopg.Connection[Any]]:
    """The database's URL and a connection to it; installs what `pgcodesearch init` installs where there is nothing.

    Raises SchemaTooNew, SchemaTooOld, CannotConnect.
    """
    url = resolve_url(database)
    connection = connect(url)
    if installed_revision(connection) == newest_revision() and _has_model(connection):
        connection.commit()
        return url, connection
    connection.close()
    # Alembic and SQLAlchemy take longer to import than a small change takes to index.
    from pgcodesearch.database import schema
    from pgcodesearch.operating.installing import install

    with connect(url, autocommit=True) as probe:
        if schema.current_revision(probe) is not None:
            schema.check_compatible(probe)
    install(url)
    return url, connect(url)


def installed_revision(connection: psycopg.Connection[Any]) -> str | None:
    """The database's schema revision, None where there is no schema; without loading Alembic."""
    row = connection.execute("select to_regclass('codesearch.alembic_version') is not null").fetchone()
    if not row or not row[0]:
        return None
    row = connection.execute("select version_num from codesearch.alembic_version").fetchone()
    return str(row[0]) if row else None


def newest_revision() -> str:
    """The newest schema revision that this code knows; without loading Alembic."""
    return max(file.revision for file in sql_files.manifest() if file.revision)


def _has_model(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("select 1 from codesearch.model_version limit 1").fetchone() is not None
