"""Asking a database for code from Python: one SQL call. The query is embedded
by look-up there, or here by the model where the database has no query table.

``Client().search("where are redirects followed")`` gives a list of :class:`Hit`; ``AsyncClient`` has the same to await.
"""

from pgcodesearch.searching.async_client import AsyncClient
from pgcodesearch.searching.changes import (
    Change,
    ChangeOptions,
    Companion,
    changed_together,
    search_changes,
)
from pgcodesearch.searching.client import Client, LexicalOnly, NotReranked
from pgcodesearch.searching.connected import NotKept
from pgcodesearch.searching.hops import HopHit, search_hops
from pgcodesearch.searching.occurrences import Occurrence, OccurrencePage, grep, grep_all
from pgcodesearch.searching.packing import OutlinedDefinition, Pack, PackedCode, outline, pack
from pgcodesearch.searching.queries import (
    CallerContext,
    Explanation,
    FileHits,
    Freshness,
    Hit,
    SearchOptions,
    by_file,
    explain,
    freshness,
    search,
)
from pgcodesearch.searching.verbs import AnsweredPlace, ChunkText, CodeCall, CodePlace, FileText

__all__ = [
    "AnsweredPlace",
    "AsyncClient",
    "CallerContext",
    "Change",
    "ChangeOptions",
    "ChunkText",
    "Client",
    "CodeCall",
    "CodePlace",
    "Companion",
    "Explanation",
    "FileHits",
    "FileText",
    "Freshness",
    "Hit",
    "HopHit",
    "LexicalOnly",
    "NotKept",
    "NotReranked",
    "Occurrence",
    "OccurrencePage",
    "OutlinedDefinition",
    "Pack",
    "PackedCode",
    "SearchOptions",
    "by_file",
    "changed_together",
    "explain",
    "freshness",
    "grep",
    "grep_all",
    "outline",
    "pack",
    "search",
    "search_changes",
    "search_hops",
]
