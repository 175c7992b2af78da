"""The shards that a coordinator asks, and the functions that ask them (``plproxy/``, PL/Proxy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from pgcodesearch.database import sql_files
from pgcodesearch.database.loading import prepare_session


@dataclass(frozen=True)
class Shard:
    """A database that a coordinator asks."""

    shard_number: int
    name: str
    database_url: str


def shards(connection: psycopg.Connection[Any]) -> list[Shard]:
    """The shards of a coordinator, [] of any other database."""
    with connection.cursor(row_factory=class_row(Shard)) as cursor:
        return cursor.execute(
            "select shard_number, name, database_url from codesearch.shard order by 1"
        ).fetchall()


def install_proxies(connection: psycopg.Connection[Any]) -> None:
    """Put the functions that ask shards in the place of those that read this database, where it is a coordinator.

    To be called in the transaction of each upgrade of the schema, which makes all functions anew.
    """
    if not shards(connection):
        return
    prepare_session(connection)
    for text in sql_files.proxy_texts():
        connection.execute(text.encode())
    connection.execute("select codesearch.apply_privileges()")
