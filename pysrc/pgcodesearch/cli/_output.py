"""Printing: one table or one JSON document a command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from pgcodesearch.terminal import visible, visible_json


def print_json(document: Any) -> None:
    """Print one JSON document; dates and other values of the database as text."""
    print_json_text(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_json_text(text: str) -> None:
    """Print a text that is JSON already."""
    sys.stdout.write(visible_json(text.rstrip("\n")) + "\n")


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> None:
    """Print rows under the named columns: numbers to the right, None as an empty cell."""
    listed = list(rows)
    table = Table(title=visible(title or "") or None, title_justify="left", box=None, pad_edge=False)
    table.header_style = "bold"
    for column in columns:
        numeric = any(isinstance(row[column], int | float) for row in listed)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(_cell(row[column]) for column in columns))
    table.collapse_padding = console(width=10_000).measure(table).maximum > console().width
    console().print(table)


class _SafeConsole(Console):
    """Whatever is rendered, and however deep: a terminal gets no codes but those of rich."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield (
                segment
                if segment.control
                else Segment("\n".join(map(visible, segment.text.split("\n"))), segment.style)
            )


def console(**options: Any) -> Console:
    """A console on standard output; markup in file contents and names is not interpreted."""
    return _SafeConsole(markup=False, highlight=False, soft_wrap=False, **options)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return visible(str(value))
