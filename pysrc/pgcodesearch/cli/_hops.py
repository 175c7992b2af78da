"""What `search --hops` takes and says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pgcodesearch.searching import HopHit

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


def hop_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Of the options of search those of search_hops. Raises UsageError for one that goes with search alone."""
    for name, value in options.items():
        if name not in _TAKEN and value not in (None, False, "hybrid"):
            raise click.UsageError(
                f"--{name.replace('_', '-')} does not go with --hops: leave one of them out"
            )
    return {name: options[name] for name in _TAKEN}


def stopped_line(hits: Sequence[HopHit]) -> str:
    """Why the search went no further."""
    return f"stopped: {_STOPPED[hits[0].stopped]}"
