"""pgcodesearch grep."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import json_option, open_client

if TYPE_CHECKING:
    from pgcodesearch.searching import Freshness, Occurrence


@click.command("grep")
@click.argument("pattern")
@click.option("-F", "--literal", is_flag=True, help="PATTERN is a text, not a regular expression.")
@click.option("-i", "--ignore-case", is_flag=True, help="Capitals and small letters are the same.")
@click.option("-k", type=click.IntRange(1), help="Stop after so many occurrences; default: all.")
@click.option("--repository", metavar="NAME", help="Only this repository, or NAME@BRANCH.")
@click.option("--path", metavar="GLOB", help="Only files like this: 'src/**/*.py'.")
@click.option("--language", metavar="NAME", help="Only this language: python, typescript, go, ...")
@click.option(
    "--kind", metavar="KIND", help="Only inside of function, method, class, block, ... (see search)."
)
@click.option("--seconds", type=float, help="How long to look for a page; default: the setting grep.seconds.")
@json_option
def command(pattern: str, k: int | None, as_json: bool, **options: Any) -> None:
    """Print every occurrence of PATTERN in the indexed files, in order of repository, path and line.

    A pattern is a regular expression of PostgreSQL that matches within a line: \\y is the edge of a word, \\m its
    beginning and \\M its end, and of alternatives the longest matches. Files are read as they are stored, those that
    wait to be indexed too.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import print_json

    with open_client() as client:
        found = client.grep_all(pattern, k=min(1000, k + 1) if k else 1000, **options)
        shown = list(itertools.islice(found, k))
        left = k is not None and next(found, None) is not None
        states = client.freshness(options["repository"])
    if as_json:
        print_json(
            {
                "occurrences": [asdict(occurrence) for occurrence in shown],
                "complete": not left,
                "freshness": [asdict(state) for state in states],
            }
        )
    else:
        _print(shown, left, states, options)


def _print(shown: list[Occurrence], left: bool, states: list[Freshness], options: dict[str, Any]) -> None:
    from rich.text import Text

    from pgcodesearch.cli._output import console
    from pgcodesearch.cli._search import freshness_line, location, nothing_found, roots
    from pgcodesearch.terminal import code_lines, say, visible

    folders, output = roots(states), console()
    for occurrence in shown:
        line = Text(f"{visible(occurrence.repository)} " if len(states) > 1 else "", style="dim")
        line.append_text(location(occurrence.path, occurrence.line, folders.get(occurrence.repository)))
        line.append(f":{occurrence.start_column}  ", style="dim")
        line.append(code_lines(occurrence.line_text.strip()))
        if occurrence.symbol:
            line.append(f"  {visible(occurrence.symbol)}", style="cyan")
        output.print(line, soft_wrap=True)
    if not shown:
        say(nothing_found({"symbol": None, "min_score": None, **options}))
    elif left:
        say(f"more than {len(shown)}: -k shows more")
    output.print(Text(freshness_line(states), style="dim"), soft_wrap=True)
