"""Creates and upgrades the codesearch schema, and refuses a database that does not fit the code."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from pgcodesearch.database import installation, sql_files
from pgcodesearch.database.connection import APPLICATION_NAME, resolve_url, settle_session
from pgcodesearch.database.errors import (
    DatabaseError,
    NotInitialized,
    SchemaTooNew,
    SchemaTooOld,
    WrongEncoding,
)
from pgcodesearch.database.loading import create_schema
from pgcodesearch.database.shards import install_proxies

SCHEMA = "codesearch"
EXTENSION = "pgcodesearch"
# Two processes that run init at once both find no schema: the second fails to create it, and tries again.
_TRIES = 10


@dataclass(frozen=True)
class InitResult:
    """What init found and left: schema revisions before (None: new) and after, how it is managed, and whether there was
    anything to do."""

    previous_revision: str | None
    revision: str
    managed_by: str  # "migrations" or "extension"
    changed: bool = True


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
    return installation.stored_revision(connection)


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
    pgcodesearch is upgraded by ALTER EXTENSION. Where nothing differs nothing is locked, so that it may run beside
    searches at any time. Raises SchemaTooNew and WrongEncoding before changing anything.
    """
    target = resolve_url(url)
    for _ in range(_TRIES):
        try:
            return _init(target)
        except psycopg.errors.UniqueViolation:
            time.sleep(0.2)  # another process creates the schema, or the extension, at this moment
    return _init(target)


def _init(target: str) -> InitResult:
    with psycopg.connect(target, application_name=APPLICATION_NAME, client_encoding="utf8") as connection:
        settle_session(connection)
        check_encoding(connection)
        previous = current_revision(connection)
        if previous is not None:
            _refuse_newer(previous)
        if _installed_as_extension(connection):
            connection.execute("alter extension pgcodesearch update")
            install_proxies(connection)
            return InitResult(previous, current_revision(connection) or head_revision(), "extension")
        _create_vector(connection)
        connection.commit()
        changed = upgrade(target)
        revision = current_revision(connection)
    if revision is None:
        raise NotInitialized("the schema revision is missing after the upgrade")
    return InitResult(previous, revision, "migrations", changed)


def check_encoding(connection: psycopg.Connection[Any]) -> None:
    """Raise WrongEncoding unless the database's encoding is UTF8: source code has characters of all languages."""
    row = connection.execute("select current_setting('server_encoding'), current_database()").fetchone()
    assert row is not None
    if row[0] != "UTF8":
        raise WrongEncoding(
            f"the encoding of database {row[1]} is {row[0]}",
            hint=f"create another one: create database {row[1]}_utf8 encoding 'UTF8' template template0",
        )


def upgrade(url: str, revision: str = "head") -> bool:
    """Run the revisions up to ``revision`` and, at the head, replace all functions, triggers and views where any of
    them differs from this code's; whether anything was done."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: _settled(url),
        poolclass=sqlalchemy.pool.NullPool,
    )
    at_head = revision in ("head", head_revision())
    try:
        with engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            if at_head and _is_current(driver):
                return False
            create_schema(driver)
            installation.keep_revision(driver)
            if at_head and _is_current(driver):
                return False
            config = alembic_config(connection)
            config.attributes["replace_objects"] = at_head
            command.upgrade(config, revision)
    finally:
        engine.dispose()
    return True


def _settled(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, application_name=APPLICATION_NAME, client_encoding="utf8")
    settle_session(connection)
    return connection


def _is_current(connection: psycopg.Connection[Any]) -> bool:
    return current_revision(connection) == head_revision() and installation.is_current(connection)


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
