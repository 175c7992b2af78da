"""Asking a database for code from Python: the query is embedded here, everything else is one SQL call.

``Client().search("where are redirects followed")`` gives a list of :class:`Hit`.
"""

from pgcodesearch.searching.client import Client, LexicalOnly
from pgcodesearch.searching.queries import (
    Explanation,
    Freshness,
    Hit,
    SearchOptions,
    explain,
    freshness,
    search,
)

__all__ = [
    "Client",
    "Explanation",
    "Freshness",
    "Hit",
    "LexicalOnly",
    "SearchOptions",
    "explain",
    "freshness",
    "search",
]
