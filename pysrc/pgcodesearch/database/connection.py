"""Where the database is, and connections to it."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from pgvector.psycopg import register_vector
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import tuple_row

from pgcodesearch.database.errors import InvalidArgument

APPLICATION_NAME = "pgcodesearch"
URL_VARIABLE = "PGCODESEARCH_DATABASE_URL"
READ_URL_VARIABLE = "PGCODESEARCH_READ_DATABASE_URL"
# What statements here rely on, whatever a role or database has set otherwise.
_SETTINGS = {
    "array_nulls": "on",
    "bytea_output": "hex",
    "datestyle": "ISO, MDY",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": "read committed",
    "extra_float_digits": "1",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "intervalstyle": "postgres",
    "lock_timeout": "0",
    "row_security": "on",
    "session_replication_role": "origin",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "transform_null_equals": "off",
}

_SECRETS = ("password", "sslpassword")

_DIFFERENT = """
select w.name, w.value from unnest(%s::text[], %s::text[]) as w(name, value)
where pg_catalog.current_setting(w.name, true) <> w.value
  and (w.name <> 'session_replication_role'
       or (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user))
union all
select 'search_path', concat_ws(', ', nullif(pg_catalog.current_setting('search_path'), ''), quote_ident(n.nspname))
from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where e.extname = 'vector' and to_regtype('vector') is null
"""


def resolve_url(url: str | None = None) -> str:
    """The database URL: the argument, else PGCODESEARCH_DATABASE_URL, else the embedded server (started here).

    Accepts SQLAlchemy's spelling ``postgresql+psycopg://`` too, because URLs are copied between tools.
    """
    url = url or os.environ.get(URL_VARIABLE)
    if not url:
        from pgcodesearch.database import embedded

        return embedded.ensure_running()
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def register_types(connection: psycopg.Connection[Any]) -> bool:
    """Register pgvector's types (vector, halfvec, sparsevec, bit); False where the extension is missing yet."""
    if psycopg.types.TypeInfo.fetch(connection, "vector") is None:
        return False
    register_vector(connection)
    return True


def settle_session(connection: psycopg.Connection[Any]) -> None:
    """Set what this package relies on for the session, where it is set otherwise.

    Only there: behind a transaction pooler the session is another client's a moment later.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_DIFFERENT, (list(_SETTINGS), list(_SETTINGS.values()))).fetchall()
    for row in rows:
        connection.execute("select pg_catalog.set_config(%s, %s, false)", row)
    if not connection.autocommit:
        connection.commit()


def connect(url: str | None = None, **kwargs: Any) -> psycopg.Connection[Any]:
    """Open a connection with pgvector's types registered, application_name set, and settings that change no answer.

    ``kwargs`` go to :func:`psycopg.connect` (``autocommit``, ``row_factory``, ...).
    Raises psycopg.OperationalError when the server cannot be reached (see errors.translate).
    """
    kwargs.setdefault("application_name", APPLICATION_NAME)
    # Statements prepared on one connection of a transaction pooler are unknown, or others, on the next.
    kwargs.setdefault("prepare_threshold", None)
    kwargs.setdefault("client_encoding", "utf8")
    connection = psycopg.connect(resolve_url(url), **kwargs)
    try:
        settle_session(connection)
        register_types(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def without_password(database: str) -> str:
    """A database's URL or connection string without the password in it; raises InvalidArgument."""
    try:
        parts = conninfo_to_dict(database.replace("postgresql+psycopg://", "postgresql://", 1))
    except psycopg.ProgrammingError as error:
        raise InvalidArgument(f"--database is not a connection string: {error}") from error
    if not any(parts.get(name) for name in _SECRETS):
        return database
    return make_conninfo("", **{name: value for name, value in parts.items() if name not in _SECRETS})
