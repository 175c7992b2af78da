"""pgcodesearch explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._search import search_options

if TYPE_CHECKING:
    from pgcodesearch.searching import Explanation


@click.command("explain")
@search_options
@json_option
def command(words: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Show why each result of a search is where it is: the share of every signal in its score.

    The search is not logged. The shares of a row add up to its score.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import print_json
    from pgcodesearch.searching import Client
    from pgcodesearch.searching.queries import query_text

    with Client(database()) as client:
        rows = client.explain(query_text(words), **options)
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        _print(rows)


def _print(rows: list[Explanation]) -> None:
    from rich.text import Text

    from pgcodesearch.cli._output import console, print_table
    from pgcodesearch.cli._search import location, printable

    if not rows:
        click.echo("no results")
        return
    first = rows[0]
    terms = sorted({*first.matched_terms, *first.missing_terms})
    click.echo(f"query class {first.query_class}; terms {', '.join(terms) or 'none'}\n")
    signals = _signals(rows)
    table = [
        {
            "rank": row.rank, "score": row.score, "lexical": row.lexical_rank, "vector": row.vector_rank,
            **{signal: row.shares.get(signal) for signal in signals},
        }
        for row in rows
    ]  # fmt: skip
    print_table(table, ["rank", "score", "lexical", "vector", *signals])
    click.echo()
    for row in rows:
        line = Text(f"{row.rank:>2}  ").append_text(location(row.path, row.start_line, None))
        line.append(f"  {printable(row.symbol)}")
        if row.missing_terms:
            line.append(f"  without {', '.join(row.missing_terms)}", style="dim")
        console().print(line, soft_wrap=True)


def _signals(rows: list[Explanation]) -> list[str]:
    """Signals that have a share in some row, the weightiest first."""
    weights: dict[str, float] = {}
    for row in rows:
        for signal, share in (row.shares or {}).items():
            weights[signal] = max(weights.get(signal, 0.0), abs(share))
    return sorted(
        (signal for signal in weights if weights[signal]), key=lambda signal: (-weights[signal], signal)
    )
