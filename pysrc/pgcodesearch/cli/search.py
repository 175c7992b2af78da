"""pgcodesearch search."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import json_option, open_client
from pgcodesearch.cli._search import nothing_found, search_options, warnings_as_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from pgcodesearch.searching import Freshness, Hit, HopHit


@click.command("search")
@search_options
@click.option("--by-file", is_flag=True, help="Group the results by file, best places inside.")
@click.option("--no-log", is_flag=True, help="Keep this search out of the query log.")
@click.option(
    "--hops",
    type=click.IntRange(0, 5),
    metavar="N",
    help="Follow calls, definitions and imports from what is found, so many steps, and show the way.",
)
@json_option
def command(
    words: tuple[str, ...], by_file: bool, no_log: bool, hops: int | None, as_json: bool, **options: Any
) -> None:
    """Search the indexed code for QUERY..., in words or by name.

    Several words need no quotes. The score compares results of one query only; the percentage says how
    likely it is that a result is right.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._hops import hop_options, stopped_line
    from pgcodesearch.cli._output import console, print_json
    from pgcodesearch.searching import by_file as grouped
    from pgcodesearch.searching.queries import query_text
    from pgcodesearch.terminal import say

    query = query_text(words)
    if hops is not None:
        taken = hop_options({"by_file": by_file, **options})
    with warnings_as_lines(), open_client() as client:
        reached = [] if hops is None else client.search_hops(query, hops, log=not no_log, **taken)
        hits = client.search(query, log=not no_log, **options) if hops is None else []
        states = client.freshness(options["repository"])
    files = grouped(hits)
    if as_json:
        found = (
            {"files": [asdict(file) for file in files]}
            if by_file
            else {"results": [*map(asdict, hits), *map(asdict, reached)]}
        )
        print_json(found | {"freshness": [asdict(state) for state in states]})
    else:
        shown = [hit for file in files for hit in file.hits] if by_file else hits
        _print(console(), query, [*shown, *reached], states, nothing_found(options))
        if reached:
            say(stopped_line(reached), err=True)


def _print(
    console: Console, query: str, hits: Sequence[Hit | HopHit], states: list[Freshness], nothing: str
) -> None:
    """A heading and the first lines of code for each hit, the way to it where it has one, and how fresh they are."""
    from rich.text import Text

    from pgcodesearch.cli._search import freshness_line, location, roots
    from pgcodesearch.searching import HopHit
    from pgcodesearch.terminal import visible

    folders = roots(states)
    for hit in hits:
        heading = Text(f"{hit.rank:>2}  ", style="dim")
        heading.append_text(location(hit.path, hit.start_line, folders.get(hit.repository)))
        heading.append(f"  {hit.kind} ", style="dim")
        heading.append(visible(hit.symbol), style="cyan")
        heading.append(f"  {hit.score:.3f}", style="dim")
        heading.append(_beside(hit), style="dim")
        if len(states) > 1:
            heading.append(f"  {visible(hit.repository)}", style="dim")
        console.print(heading, soft_wrap=True)
        if isinstance(hit, HopHit) and hit.hop:
            console.print(Text(f"      {visible(hit.trail)}", style="dim"), soft_wrap=True)
        console.print(
            _snippet(hit, query, console.color_system is not None),
            soft_wrap=not console.is_terminal,
            crop=False,
        )
    if not hits:
        console.print(Text(nothing), soft_wrap=True)
    console.print(Text(freshness_line(states), style="dim"), soft_wrap=True)


def _beside(hit: Hit | HopHit) -> str:
    """What stands behind the score."""
    from pgcodesearch.searching import HopHit

    if isinstance(hit, HopHit):
        return f"  hop {hit.hop}"
    sure = "" if hit.confidence is None else f"  {hit.confidence:.0%}"
    return sure if hit.search_rank is None else f"{sure}  was {hit.search_rank}"


def _snippet(hit: Hit | HopHit, query: str, coloured: bool) -> Any:
    """The lines of code, indented; ``coloured``: by their language, with the query's words underlined."""
    from rich.text import Text

    from pgcodesearch.terminal import code_lines

    code = textwrap.indent(code_lines(textwrap.dedent(hit.snippet).strip("\n")), "      ")
    text = _coloured(code, hit.path, query) if coloured else Text(code)
    text.rstrip()
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text.append("\n")


def _coloured(code: str, path: str, query: str) -> Text:
    # Loading what knows the languages takes a fifth of a search's time: not where a pipe shows none of it.
    from rich.syntax import Syntax
    from rich.text import Text

    # By the name alone: what also looks at the code loads several languages to compare.
    lexer = Syntax.guess_lexer(path) if path.isprintable() else "default"
    text = Text(code) if lexer == "default" else Syntax(code, lexer, theme="ansi_dark").highlight(code)
    for word in re.findall(r"\w{3,}", query):
        text.highlight_regex(re.compile(re.escape(word), re.IGNORECASE), "bold underline")
    return text
