"""pgcodesearch explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pgcodesearch.cli._context import json_option, open_client
from pgcodesearch.cli._search import nothing_found, search_options, warnings_as_lines
from pgcodesearch.terminal import say, visible

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
    from pgcodesearch.searching.queries import query_text

    with warnings_as_lines(), open_client() as client:
        rows = client.explain(query_text(words), **options)
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        _print(rows, nothing_found(options))


def _print(rows: list[Explanation], nothing: str) -> None:
    from rich.table import Table

    from pgcodesearch.cli._output import console
    from pgcodesearch.cli._search import location

    if not rows:
        say(nothing)
        return
    first = rows[0]
    terms = sorted({*first.matched_terms, *first.missing_terms})
    say(f"query class {first.query_class}; terms {', '.join(terms) or 'none'}")
    signals = _signals(rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    reranked = any(row.search_rank is not None for row in rows)
    for column in (
        "rank",
        *(["search"] if reranked else []),
        "score",
        "lexical",
        "vector",
        *(signal.replace("_", " ") for signal in signals),
    ):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("place", no_wrap=True)
    table.add_column("symbol", no_wrap=True)
    table.add_column("missing terms", no_wrap=True)
    for row in rows:
        shares = [row.shares.get(signal) for signal in signals]
        table.add_row(
            str(row.rank), *([str(row.search_rank or "")] if reranked else []),
            f"{row.score:.3f}", str(row.lexical_rank or ""), str(row.vector_rank or ""),
            *("" if share is None else f"{share:.3f}" for share in shares),
            location(row.path, row.start_line, None), visible(row.symbol), ", ".join(row.missing_terms),
        )  # fmt: skip
    # As wide as it is: a terminal wraps a line better than a table its cells.
    width = console(width=10_000).measure(table).maximum
    console(width=width).print(table)


def _signals(rows: list[Explanation]) -> list[str]:
    """Signals that have a share in some row, the weightiest first."""
    weights: dict[str, float] = {}
    for row in rows:
        for signal, share in (row.shares or {}).items():
            weights[signal] = max(weights.get(signal, 0.0), abs(share))
    return sorted(
        (signal for signal in weights if weights[signal]), key=lambda signal: (-weights[signal], signal)
    )
