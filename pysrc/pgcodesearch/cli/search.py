"""pgcodesearch search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._search import search_options

if TYPE_CHECKING:
    from rich.console import Console

    from pgcodesearch.searching import Freshness, Hit


@click.command("search")
@search_options
@click.option("--no-log", is_flag=True, help="Keep this search out of the query log.")
@json_option
def command(words: tuple[str, ...], no_log: bool, as_json: bool, **options: Any) -> None:
    """Search the indexed code for QUERY..., in words or by name.

    Several words need no quotes. The score compares results of one query only.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import console, print_json
    from pgcodesearch.searching import Client
    from pgcodesearch.searching.queries import query_text

    with Client(database()) as client:
        hits = client.search(query_text(words), log=not no_log, **options)
        states = client.freshness(options["repository"])
    if as_json:
        print_json(
            {"results": [asdict(hit) for hit in hits], "freshness": [asdict(state) for state in states]}
        )
    else:
        _print(console(), hits, states)


def _print(console: Console, hits: list[Hit], states: list[Freshness]) -> None:
    from rich.text import Text

    from pgcodesearch.cli._search import freshness_line, location, printable, roots

    folders = roots(states)
    for hit in hits:
        heading = Text(f"{hit.rank:>2}  ", style="dim")
        heading.append_text(location(hit.path, hit.start_line, folders.get(hit.repository)))
        heading.append(f"  {hit.kind} ", style="dim")
        heading.append(printable(hit.symbol), style="cyan")
        heading.append(f"  {hit.score:.3f}", style="dim")
        if len(states) > 1:
            heading.append(f"  {printable(hit.repository)}", style="dim")
        console.print(heading, soft_wrap=True)
        console.print(_snippet(hit))
    if not hits:
        console.print("no results")
    console.print(Text(freshness_line(states), style="dim"), soft_wrap=True)


def _snippet(hit: Hit) -> Any:
    """The lines of code in the colours of their language."""
    from rich.padding import Padding
    from rich.syntax import Syntax
    from rich.text import Text

    from pgcodesearch.cli._search import code_lines

    code = code_lines(hit.snippet.rstrip())
    lexer = Syntax.guess_lexer(hit.path, code) if hit.path.isprintable() else "text"
    if lexer == "default":
        return Padding(Text(code, overflow="crop", no_wrap=True), (0, 0, 1, 4))
    return Padding(Syntax(code, lexer, theme="ansi_dark", background_color="default"), (0, 0, 1, 4))
