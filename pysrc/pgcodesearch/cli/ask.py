"""pgcodesearch ask."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import json_option, open_client

_INTENTS = ("definition", "usages", "implementation", "similar", "impact", "history", "general")


@click.command("ask")
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--intent", type=click.Choice(_INTENTS),
              help="What is asked for; default: what the words say. QUERY may then be the name alone.")  # fmt: skip
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of results.")
@click.option("--repository", metavar="NAME", help="Only this repository, or NAME@BRANCH.")
@click.option("--no-log", is_flag=True, help="Keep the question out of the log.")
@json_option
def command(
    words: tuple[str, ...], intent: str | None, k: int, repository: str | None, no_log: bool, as_json: bool
) -> None:
    """Answer QUERY... by what fits it: where a symbol is defined, used or implemented, code like it, what has to change
    with it, when something changed, or else a search.

    \b
    pgcodesearch ask who calls Session.send
    pgcodesearch ask --intent implementation AuthBase
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import print_json
    from pgcodesearch.searching.queries import query_text

    with open_client() as client:
        places = client.ask(query_text(words), intent, k, repository, not no_log)
        states = client.freshness(repository)
    if as_json:
        print_json(
            {"results": [asdict(place) for place in places], "freshness": [asdict(state) for state in states]}
        )
    else:
        from pgcodesearch.cli._answers import print_places

        print_places(places, states, repository)
