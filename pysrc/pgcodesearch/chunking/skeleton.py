"""The module chunk: what a file is about, on a page."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from .parsing import node_text
from .pieces import Piece, one_line
from .settings import ChunkSettings
from .source import SourceLines

_MAX_DOC = 1500
_MAX_IMPORTS = 1000


def module_piece(
    name: str,
    source: SourceLines,
    pieces: list[Piece],
    imports: Iterable[Node],
    doc: str,
    settings: ChunkSettings,
) -> Piece:
    """Documentation, imports, and the signature of each symbol, one a line; the file's head where there are none."""
    text = "\n".join(
        part
        for part in (
            doc[:_MAX_DOC],
            "\n".join(one_line(node_text(node), settings.max_signature_chars) for node in imports)[
                :_MAX_IMPORTS
            ],
            "\n".join(_outline(pieces)),
        )
        if part
    )
    if not any(piece.name for piece in pieces):
        text = "\n".join(part for part in (text, *(row.strip() for row in source.rows)) if part)[:_MAX_DOC]
    lines = [(0, line) for line in text[: settings.max_skeleton_chars].split("\n")]
    return Piece(
        kind="module",
        name=name,
        scope="",
        first=0,
        last=len(source.rows) - 1,
        lines=lines,
        doc=doc,
        body=lines,
    )


def _outline(pieces: list[Piece]) -> Iterable[str]:
    for piece in pieces:
        if piece.name:
            depth = piece.scope.count(".") + 1 if piece.scope else 0
            yield "  " * min(depth, 4) + (piece.signature or piece.symbol)
