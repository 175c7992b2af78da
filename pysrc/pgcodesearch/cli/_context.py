"""What every command may ask of its caller: the database, and whether to print JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pgcodesearch.searching import Client

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Settings:
    """The options given before the command's name, or with it."""

    database: str | None = None
    read_database: str | None = None


def database() -> str | None:
    """The URL given by --database or PGCODESEARCH_DATABASE_URL, None for the embedded server."""
    return click.get_current_context().ensure_object(Settings).database


def read_database() -> str | None:
    """The URL given by --read-database or PGCODESEARCH_READ_DATABASE_URL, for what only reads."""
    return click.get_current_context().ensure_object(Settings).read_database or None


def open_client() -> Client:
    """A client of the database, which reads where it is to be read. Raises CannotConnect, InvalidArgument."""
    from pgcodesearch.searching import Client

    return Client(database(), read_url=read_database())


def json_option(function: Function) -> Function:
    """Add ``--json``; the command gets it as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(function)


def add_database_option(command: click.Command) -> None:
    """Let ``--database`` stand after the command's name too; for a group, after each of its commands' names."""
    if isinstance(command, click.Group):
        for name in command.commands:
            add_database_option(command.commands[name])
    for parameter in command.params:
        if parameter.name == "database":
            parameter.default = database  # the command's own option: the one before its name is its default
            return
    option = click.Option(
        ["--database"], metavar="URL", expose_value=False, callback=_remember, help="Database to work on."
    )
    command.params.append(option)


def _remember(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        ctx.ensure_object(Settings).database = value
