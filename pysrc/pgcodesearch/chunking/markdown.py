"""Markdown by sections: a chunk for the text under each heading."""

from __future__ import annotations

import re

from tree_sitter import Node

from .blocks import BlockMaker, paragraph_units
from .parsing import node_text
from .pieces import Piece, one_line
from .settings import ChunkSettings
from .source import SourceLines

_MARKS = re.compile(r"^\s*#+\s*|\s*#*\s*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[`*]")


def section_pieces(headings: list[Node], source: SourceLines, settings: ChunkSettings) -> list[Piece]:
    """Sections as blocks named by their heading, the headings above as scope; long ones in several blocks.

    A heading with nothing below it goes to the section that follows.
    """
    pieces: list[Piece] = []
    maker = BlockMaker(source, settings)
    first = 0
    trail: list[tuple[int, str]] = []
    starts = [(node.start_point[0], *_heading(node)) for node in headings]
    bounds = [row for row, *_ in starts[1:]] + [len(source.rows)]
    if starts and source.size(0, starts[0][0] - 1):
        pieces += _blocks(0, starts[0][0] - 1, "", "", maker, source, settings)
        first = starts[0][0]
    elif not starts:
        return _blocks(0, len(source.rows) - 1, "", "", maker, source, settings)
    for (row, level, title), bound in zip(starts, bounds, strict=True):
        while trail and trail[-1][0] >= level:
            trail.pop()
        scope = ".".join(text for _, text in trail)
        trail.append((level, title))
        heading_only = not source.size(row + 1, bound - 1) and bound < len(source.rows)
        if not heading_only:
            pieces += _blocks(first, bound - 1, title, scope, maker, source, settings)
            first = bound
    return pieces


def _heading(node: Node) -> tuple[int, str]:
    text = node_text(node).strip()
    if node.type == "setext_heading":
        title, _, line = text.rpartition("\n")
        return (1 if "=" in line else 2), one_line(_LINK.sub(r"\1", title), 200)
    level = len(text) - len(text.lstrip("#"))
    return level, one_line(_LINK.sub(r"\1", _MARKS.sub("", text)), 200)


def _blocks(
    first: int,
    last: int,
    title: str,
    scope: str,
    maker: BlockMaker,
    source: SourceLines,
    settings: ChunkSettings,
) -> list[Piece]:
    first, last = source.trim(first, last)
    if first > last:
        return []
    units = paragraph_units(first, last, source, settings.max_size)
    pieces = []
    for block in maker.blocks(first, last, units):
        lines = [(row, source.rows[row]) for row in range(block.first, block.last + 1)]
        pieces.append(Piece("block", title, scope, block.first, block.last, lines, body=lines))
    return pieces
