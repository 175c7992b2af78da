"""pgcodesearch changes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import json_option, open_client
from pgcodesearch.cli._search import warnings_as_lines

if TYPE_CHECKING:
    from rich.console import Console

    from pgcodesearch.searching import Change

_SHOWN = 5


@click.command("changes")
@click.argument("words", metavar="[QUERY...]", nargs=-1)
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of results.")
@click.option("--repository", metavar="NAME", help="Only this repository, or NAME@BRANCH.")
@click.option(
    "--path", metavar="GLOB", help="Only what changed files like this, or a file that had this path."
)
@click.option("--author", metavar="NAME", help="Only commits of authors with this in their name.")
@click.option("--since", type=click.DateTime(), help="Only commits from this time on.")
@click.option("--until", type=click.DateTime(), help="Only commits before this time.")
@click.option("--mode", type=click.Choice(["hybrid", "lexical", "vector"]), default="hybrid", show_default=True,
              help="By words and meaning, or by one of the two.")  # fmt: skip
@click.option("--model", metavar="NAME", help="Model version; default: the active one.")
@json_option
def command(words: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Search the git history of the indexed repositories for QUERY..., and show the code that was changed, as it stands
    today.

    Without a query it lists the newest commits that pass the filters: pgcodesearch changes --path src/app.py
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import console, print_json
    from pgcodesearch.searching.queries import query_text

    for name in ("since", "until"):
        options[name] = _local(options[name])
    with warnings_as_lines(), open_client() as client:
        found = client.search_changes(query_text(words) or None, **options)
    if as_json:
        print_json({"results": [asdict(change) for change in found]})
    else:
        _print(console(), found)


def _local(time: datetime | None) -> datetime | None:
    """A time as it is typed is one of this machine's clock."""
    return time.astimezone() if time else None


def _print(console: Console, found: list[Change]) -> None:
    from rich.text import Text

    from pgcodesearch.terminal import visible

    several = len({change.repository for change in found}) > 1
    for change in found:
        heading = Text(f"{change.rank:>2}  ", style="dim")
        heading.append(change.hash[:12], style="yellow")
        heading.append(f"  {change.authored_at.astimezone():%Y-%m-%d}  ", style="dim")
        heading.append(visible(change.subject), style="bold")
        heading.append(f"  {visible(change.author)}", style="dim")
        if several:
            heading.append(f"  {visible(change.repository)}", style="dim")
        console.print(heading, soft_wrap=True)
        for place in change.code[:_SHOWN]:
            line = Text(f"      {visible(place['path'])}:{place['start_line']}")
            line.append(f"  {visible(place['symbol'])}", style="cyan")
            console.print(line, soft_wrap=True)
        if not change.code:
            console.print(Text(f"      {_files(change)}", style="dim"), soft_wrap=True)
    if not found:
        console.print(Text("no results"), soft_wrap=True)


def _files(change: Change) -> str:
    """The files of a change of which nothing is there today, or nothing that is indexed."""
    from pgcodesearch.terminal import visible

    paths = ", ".join(visible(path) for path in change.paths[:_SHOWN])
    more = change.file_count - min(len(change.paths), _SHOWN)
    return f"{paths} and {more} more" if more > 0 else paths or "no files"
