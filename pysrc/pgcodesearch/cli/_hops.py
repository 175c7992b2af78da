"""`search --hops`: the same command, by codesearch.search_hops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from pgcodesearch.cli._context import database
from pgcodesearch.cli._search import nothing_found, warnings_as_lines

# What search_hops takes of the options of search; the others narrow what the graph leads out of.
_TAKEN = ("k", "repository", "model", "context")
_STOPPED = {
    "answered": "the best way has every word of the question",
    "nothing new": "it leads nowhere else",
    "nothing better": "the last hop led to nothing better",
    "hops": "so many hops were asked for",
    "chunks": "the budget of chunks is used",
    "time": "the time is used",
}


def answer(query: str, hops: int, log: bool, as_json: bool, options: Mapping[str, Any]) -> None:
    """Search and print. Raises UsageError for an option that goes with search alone."""
    from dataclasses import asdict

    from pgcodesearch.cli._output import console, print_json
    from pgcodesearch.cli.search import print_hits
    from pgcodesearch.searching import Client
    from pgcodesearch.terminal import say

    for name, value in options.items():
        if name not in _TAKEN and value not in (None, False, "hybrid"):
            raise click.UsageError(
                f"--{name.replace('_', '-')} does not go with --hops: leave one of them out"
            )
    taken = {name: options[name] for name in _TAKEN}
    with warnings_as_lines(), Client(database()) as client:
        hits = client.search_hops(query, hops, log=log, **taken)
        states = client.freshness(options["repository"])
    if as_json:
        print_json(
            {"results": [asdict(hit) for hit in hits], "freshness": [asdict(state) for state in states]}
        )
        return
    print_hits(console(), query, hits, states, nothing_found(options))
    if hits:
        say(f"stopped: {_STOPPED[hits[0].stopped]}", err=True)
