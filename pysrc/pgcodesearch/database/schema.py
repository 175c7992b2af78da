"""Creates and upgrades the codesearch schema, and refuses a database that does not fit the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.rows import tuple_row

from pgcodesearch.database import sql_files
from pgcodesearch.database.connection import APPLICATION_NAME, resolve_url
from pgcodesearch.database.errors import DatabaseError, NotInitialized, SchemaTooNew, SchemaTooOld

SCHEMA = "codesearch"
EXTENSION = "pgcodesearch"
# Two processes that run init at once would both find no schema; the second waits here instead.
_INIT_LOCK = 0x7067_6373


@dataclass(frozen=True)
class InitResult:
    """What init found and left: schema revisions before (None: new) and after, and how it is managed."""

    previous_revision: str | None
    revision: str
    managed_by: str  # "migrations" or "extension"


def alembic_config(connection: sqlalchemy.Connection | None = None) -> Config:
    """The package's own Alembic configuration; with a connection, env.py works on that one."""
    config = Config()
    # Alembic interpolates percent signs in option values.
    config.set_main_option("script_location", str(sql_files.migrations_directory()).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
        config.attributes["replace_objects"] = True
    return config


def head_revision() -> str:
    """The newest schema revision this code knows."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None, "migrations/ holds no revision"
    return head


def known_revisions() -> set[str]:
    """Every schema revision this code knows."""
    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def current_revision(connection: psycopg.Connection[Any]) -> str | None:
    """The database's schema revision, None where there is no codesearch schema."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(
            "select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'codesearch' and c.relname = 'alembic_version'"
        ).fetchone()
        if found is None:
            return None
        row = cursor.execute("select version_num from codesearch.alembic_version").fetchone()
    return None if row is None else str(row[0])


def check_compatible(connection: psycopg.Connection[Any]) -> None:
    """Raise unless the database's revision is the one this code was written for.

    Called by every process that works on its own (worker, watch, index) before it touches anything.
    Raises NotInitialized, SchemaTooNew or SchemaTooOld, each with its mend.
    """
    revision = current_revision(connection)
    if revision is None:
        raise NotInitialized()
    _refuse_newer(revision)
    head = head_revision()
    if revision != head:
        raise SchemaTooOld(f"the database has schema revision {revision}, this pgcodesearch needs {head}")


def _refuse_newer(revision: str) -> None:
    if revision not in known_revisions():
        raise SchemaTooNew(
            f"the database has schema revision {revision}, this pgcodesearch knows revisions up to {head_revision()}"
        )


def init(url: str | None = None) -> InitResult:
    """Install the schema or bring it to this code's revision, in one transaction; harmless when repeated.

    Creates the extension vector where it is missing. A database that got its schema by CREATE EXTENSION
    pgcodesearch is upgraded by ALTER EXTENSION. Raises SchemaTooNew before changing anything.
    """
    target = resolve_url(url)
    with psycopg.connect(target, application_name=APPLICATION_NAME) as connection:
        connection.execute("select pg_advisory_lock(%s)", (_INIT_LOCK,))
        connection.commit()
        previous = current_revision(connection)
        if previous is not None:
            _refuse_newer(previous)
        managed_by = "migrations"
        if _installed_as_extension(connection):
            managed_by = "extension"
            connection.execute("alter extension pgcodesearch update")
        else:
            _create_vector(connection)
        # End the transaction: the migration runs on a connection of its own, under this session's lock.
        connection.commit()
        if managed_by == "migrations":
            upgrade(target)
        revision = current_revision(connection)
    if revision is None:
        raise NotInitialized("the schema revision is missing after the upgrade")
    return InitResult(previous, revision, managed_by)


def upgrade(url: str, revision: str = "head") -> None:
    """Run the revisions up to ``revision`` and, at the head, replace all functions, triggers and views."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, application_name=APPLICATION_NAME),
        poolclass=sqlalchemy.pool.NullPool,
    )
    try:
        with engine.begin() as connection:
            config = alembic_config(connection)
            config.attributes["replace_objects"] = revision in ("head", head_revision())
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def _installed_as_extension(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select 1 from pg_extension where extname = %s", (EXTENSION,)).fetchone()
    return row is not None


def _create_vector(connection: psycopg.Connection[Any]) -> None:
    if connection.execute("select 1 from pg_extension where extname = 'vector'").fetchone():
        return
    available = connection.execute("select 1 from pg_available_extensions where name = 'vector'").fetchone()
    if available is None:
        raise DatabaseError(
            "the server has no extension vector (pgvector)",
            hint="install pgvector 0.7 or newer on the server, then run: pgcodesearch init",
        )
    connection.execute("create extension if not exists vector")
