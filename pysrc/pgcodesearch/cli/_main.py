"""The command group: finds its commands by file name, gives each --database, turns errors into words."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

import pgcodesearch
from pgcodesearch.cli._context import Settings, add_database_option
from pgcodesearch.database.errors import DEBUG_VARIABLE, described
from pgcodesearch.errors import CodeSearchError
from pgcodesearch.terminal import say, visible_lines


class Failure(click.ClickException):
    """Printed as ``error: ...``, ``detail: ...``, ``hint: ...``; exit code 1."""

    exit_code = 1

    def __init__(self, error: CodeSearchError) -> None:
        super().__init__(error.lines())

    def show(self, file: Any = None) -> None:
        say(*f"error: {self.message}".split("\n"), err=True)


class CommandFiles(click.Group):
    """A group whose commands are the modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        package = importlib.import_module("pgcodesearch.cli")
        names = (module.name for module in pkgutil.iter_modules(package.__path__))
        return sorted(name for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"pgcodesearch.cli.{cmd_name}")
        command: click.Command | None = getattr(module, "command", None)
        if command is not None:
            add_database_option(command)
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _visible_usage_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _visible_usage_errors():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get(DEBUG_VARIABLE):
                raise
            raise Failure(described(error)) from error


@contextmanager
def _visible_usage_errors() -> Iterator[None]:
    """Usage errors quote what was typed, or was pasted; click prints them as they are."""
    try:
        yield
    except click.ClickException as error:
        error.message = visible_lines(error.message)  # type: ignore[misc]
        raise


@click.group(
    cls=CommandFiles, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(pgcodesearch.__version__, prog_name="pgcodesearch")
@click.option(
    "--database",
    metavar="URL",
    envvar="PGCODESEARCH_DATABASE_URL",
    help="Database to work on; without it, the embedded server in the user's data folder.",
)
@click.option(
    "--read-database",
    metavar="URL",
    envvar="PGCODESEARCH_READ_DATABASE_URL",
    help="Where searches are answered, a hot standby mostly; what is logged of them goes to --database.",
)
@click.pass_context
def main(ctx: click.Context, database: str | None, read_database: str | None) -> None:
    """Code search inside PostgreSQL: index source files, and ask for code in words or by name.

    \b
    pgcodesearch init
    pgcodesearch index ~/src/project --repository project
    pgcodesearch search "where are redirects followed"
    """
    ctx.obj = Settings(database, read_database)
