"""pgcodesearch impact."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import json_option, open_client


@click.command("impact")
@click.argument("symbol")
@click.option("--task", metavar="TEXT", help="What is to be done, in words.")
@click.option("-k", type=click.IntRange(1, 1000), default=20, show_default=True, help="Number of results.")
@click.option("--repository", metavar="NAME", help="Only this repository, or NAME@BRANCH.")
@click.option("--per-file", type=click.IntRange(1), help="Most results of one file; 1 finds files.")
@json_option
def command(
    symbol: str, task: str | None, k: int, repository: str | None, per_file: int | None, as_json: bool
) -> None:
    """Print what has to change with SYMBOL, likeliest first: callers, overrides, tests, documentation, configuration,
    and what changed together with it in history.

    SYMBOL is a name (Session.send), a file (src/app.py), or a line of one (src/app.py:40).
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import print_json

    with open_client() as client:
        places = client.impact(symbol, k, repository, task, per_file)
        states = client.freshness(repository)
    if as_json:
        print_json(
            {"results": [asdict(place) for place in places], "freshness": [asdict(state) for state in states]}
        )
    else:
        from pgcodesearch.cli._answers import print_places

        print_places(places, states, repository)
