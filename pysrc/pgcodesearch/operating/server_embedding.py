"""Lets the server embed queries itself, where it can: PL/Python in the database and the package in its Python."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.database.rows import one_row
from pgcodesearch.database.sql_files import plpython_directory

FUNCTION = "codesearch.embed_in_server(text,integer)"
_EXTENSION = "plpython3u"


def install_server_embedding(connection: psycopg.Connection[Any], anew: bool = True) -> str:
    """Create the PL/Python function; what came of it, in words. Only a superuser may, and an untrusted language is
    never added to a database here: ``create extension plpython3u`` is the administrator's word.
    ``anew``: even where it is there, since it may be an older version's."""
    has_language, superuser = one_row(
        connection,
        "select exists (select from pg_extension where extname = 'plpython3u'),"
        " (select rolsuper from pg_roles where rolname = current_user)",
    )
    if not has_language:
        return "off: the database has no plpython3u"
    (present,) = one_row(connection, "select to_regprocedure(%s) is not null", (FUNCTION,))
    if present and not anew:
        return "on"
    if not superuser:
        return "on" if present else "off: only a superuser can install it"
    try:
        with connection.transaction():
            for file in sorted(plpython_directory().glob("*.sql")):
                connection.execute("set local search_path = pg_catalog, pg_temp")
                connection.execute(file.read_text(encoding="utf-8").encode())
            # Fails here where the server's Python lacks the package, and nothing is left behind.
            connection.execute("do language plpython3u $$ import pgcodesearch.embedding.graph $$")
            connection.execute("select codesearch.apply_privileges()")
    except psycopg.errors.ExternalRoutineException as error:
        return f"off: {error.diag.message_primary}"
    return "on"
