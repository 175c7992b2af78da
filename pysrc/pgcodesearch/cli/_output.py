"""Printing: one table or one JSON document a command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table


def print_json(document: Any) -> None:
    """Print one JSON document; dates and other values of the database as text."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> None:
    """Print rows under the named columns: numbers to the right, None as an empty cell."""
    listed = list(rows)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numeric = any(isinstance(row[column], int | float) for row in listed)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(_cell(row[column]) for column in columns))
    console().print(table)


def console(**options: Any) -> Console:
    """A console on standard output; markup in file contents and names is not interpreted."""
    return Console(markup=False, highlight=False, soft_wrap=False, **options)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)
