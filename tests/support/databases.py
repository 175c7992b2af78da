"""Fresh databases on a server, made from a template for speed."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import conninfo, sql

from pgcodesearch.database import connect, schema
from pgcodesearch.operating.installing import install

TEMPLATE = "pgcodesearch_template"
INSTALLED = "pgcodesearch_installed"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """One database of a test."""

    url: str

    def connect(self, **kwargs: Any) -> psycopg.Connection[Any]:
        """A connection with pgvector's types; autocommit unless told otherwise."""
        kwargs.setdefault("autocommit", True)
        return connect(self.url, **kwargs)

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own; its rows, [] for statements without any."""
        with self.connect() as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str, parameters: Any = None) -> Any:
        """The first column of the first row."""
        return self.rows(query, parameters)[0][0]


def with_dbname(url: str, dbname: str, **changes: Any) -> str:
    """The URL of another database on the same server, as a libpq connection string."""
    return conninfo.make_conninfo(url, dbname=dbname, **changes)


def administer(url: str, statement: sql.Composed | str) -> None:
    """Run one statement that may not stand in a transaction, on the server's maintenance database."""
    with psycopg.connect(with_dbname(url, "postgres"), autocommit=True) as connection:
        connection.execute(statement if isinstance(statement, sql.Composed) else sql.SQL(statement))


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Create a database and return its URL."""
    # Files copied whole take a third of the time that PostgreSQL's own choice, writing every page to the log, takes.
    statement = sql.SQL("create database {} template {} strategy file_copy").format(
        sql.Identifier(name), sql.Identifier(template or "template1")
    )
    administer(url, statement)
    return with_dbname(url, name)


def drop_database(url: str, name: str) -> None:
    administer(url, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@functools.cache
def create_template(url: str) -> None:
    """Create the template, unless that is done: a database with the schema that `pgcodesearch init` makes."""
    schema.init(create_database(url, TEMPLATE))


@functools.cache
def installed_template(url: str) -> str:
    """Name of a template with the schema and the shipped model, made at the first call for a server."""
    install(create_database(url, INSTALLED, TEMPLATE))
    return INSTALLED


@contextmanager
def fresh_database(url: str, *, template: str | None = TEMPLATE) -> Iterator[Database]:
    """A new database, dropped afterwards; ``template=None`` gives an empty one."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    target = create_database(url, name, template)
    try:
        yield Database(target)
    finally:
        drop_database(url, name)
