"""Pieces of what the grammars found in a file: definitions, and blocks of what is left between them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from tree_sitter import Node

from .attach import attach_leads, emitted_owner, in_cut, innermost, merge_clauses
from .blocks import Block, BlockMaker, cut_runs, free_runs, node_units
from .comments import is_licence, strip_comment, strip_docstring
from .definitions import Definition, choose_chunks, definition_of, nest_again, nested
from .layers import Layer
from .parsing import is_comment, node_text
from .pieces import Piece, block_piece, definition_piece
from .recovery import recovered_definitions
from .references import find_occurrences, place_references
from .scripts import COMPONENT_HOOKS
from .settings import ChunkSettings
from .source import SourceLines
from .sql import sql_definitions

_CLOSER = re.compile(r"[\W_]*(?:end|fi|done|esac)?[\W_]*|#\s*endif\b.*|[})\];,]+\s*(?://|/\*|--|#).*")
_MAX_CLOSER_CHARS = 200
_SHARED_BYTES = 200


def tree_pieces(
    path: str,
    source: SourceLines,
    layers: list[Layer],
    prose: list[tuple[int, int]],
    settings: ChunkSettings,
) -> tuple[list[Piece], str]:
    """Pieces of definitions and of the blocks between them, in source order; and the file's documentation.

    `prose` are rows that say what the code below them is for.
    """
    references = merged_references(layers)
    roots = _definitions(path, source, layers, settings)
    attach_leads((item for top in roots for item in top.walk()), references, source)
    roots = merge_clauses(roots, source)
    choose_chunks(roots, source, settings)
    definitions = [item for top in roots for item in top.walk()]
    recovered = [
        item
        for layer in layers
        for item in recovered_definitions(
            layer.grammar.name, layer.root, source, [item for item in definitions if item.emitted]
        )
        if layer.covers(item.start_row)
    ]
    if recovered:
        attach_leads(recovered, references, source)
        definitions = nest_again([*definitions, *recovered])
    definitions.sort(key=lambda item: (item.first, -item.end))
    emitted = [definition for definition in definitions if definition.emitted]
    docs = references.get("doc", ())
    for definition in emitted:
        if definition.kind == "class":
            definition.cut = cut_runs(definition, docs, source, settings.max_body_size)
    free_nodes = _distribute(definitions, references)
    blocks = _free_blocks(layers, source, references, prose, emitted, definitions, settings)
    pieces = [definition_piece(definition, source, settings) for definition in emitted]
    pieces += _block_pieces(blocks, free_nodes, source, settings)
    occurrences = find_occurrences(path, source, layers, references, definitions)
    place_references(pieces, emitted, occurrences, definitions)
    pieces.sort(key=lambda piece: (piece.first, -piece.last))
    return pieces, _file_doc(source, free_nodes)


def merged_references(layers: list[Layer]) -> dict[str, list[Node]]:
    """What the layers' queries found beside definitions, in source order."""
    merged: dict[str, list[Node]] = {}
    for layer in layers:
        for role, nodes in layer.captures.references.items():
            merged.setdefault(role, []).extend(node for node in nodes if layer.covers(node.start_point[0]))
    for nodes in merged.values():
        nodes.sort(key=lambda node: (node.start_byte, -node.end_byte))
    return merged


def _definitions(
    path: str, source: SourceLines, layers: list[Layer], settings: ChunkSettings
) -> list[Definition]:
    """Top-level definitions of all layers, each layer's where it has the say."""
    found: list[Definition] = []
    scanned: list[Definition] = []
    long = {row for row, text in enumerate(source.rows) if len(text) > settings.max_line_chars}
    for layer in layers:
        for kind, nodes in layer.captures.definitions:
            node = nodes[f"definition.{kind}"][0]
            if node.start_point[0] in long and _shares_row(node, source):
                continue  # minified code has thousands
            if layer.covers(node.start_point[0]):
                found.append(_ended(definition_of(kind, nodes, path, layer.names), layer, source))
        if layer.grammar.name == "sql":
            scanned += [item for item in sql_definitions(source, layer.data) if layer.covers(item.start_row)]
    roots = nested(found, scanned)
    if any(layer.grammar.name == "vue" for layer in layers):
        for item in roots:
            if item.kind == "method" and item.name in COMPONENT_HOOKS:
                item.kind = "declaration"
    return roots


def _ended(definition: Definition, layer: Layer, source: SourceLines) -> Definition:
    """The definition, ended where its side of a merge conflict ends."""
    for first, last in layer.sides:
        if first <= definition.start_row <= last < definition.end_row:
            definition.end_row, definition.end = last, source.end_byte(last)
    return definition


def _shares_row(node: Node, source: SourceLines) -> bool:
    """Does the node start in the middle of a row and end on it?"""
    row, column = node.start_point
    return node.end_point[0] == row and column > 0 and node.end_byte < source.end_byte(row) - _SHARED_BYTES


def _distribute(definitions: list[Definition], references: dict[str, list[Node]]) -> list[tuple[str, Node]]:
    """Hand comments, docstrings and annotations to the chunks around them; what lies in none is returned."""
    free: list[tuple[str, Node]] = []
    for role in ("comment", "doc", "attribute"):
        for node, inner in innermost(definitions, references.get(role, ())):
            owner = emitted_owner(inner)
            if owner is None or (role == "comment" and in_cut(owner, node.start_point[0])):
                free.append((role, node))
            elif role == "doc" and owner is inner:
                owner.docs.append(node)
            elif role == "attribute":
                if owner.start <= node.start_byte < (owner.body if owner.body >= 0 else owner.end):
                    owner.annotations.append(node)
            elif node not in owner.lead and node not in owner.docs:
                owner.comments.append(node)
    return free


def _free_blocks(
    layers: list[Layer],
    source: SourceLines,
    references: dict[str, list[Node]],
    prose: list[tuple[int, int]],
    emitted: list[Definition],
    definitions: list[Definition],
    settings: ChunkSettings,
) -> list[Block]:
    """Blocks of the rows that no definition covers, and of those cut out of types.

    Rows that only close something go to the chunk above.
    """
    runs = free_runs(((item.first_row, item.end_row) for item in emitted), source)
    outermost = {item.end_row: item for item in reversed(emitted) if emitted_owner(item.parent) is None}
    ends = sorted(outermost)
    kept = []
    for first, last in runs:
        above = bisect_right(ends, first) - 1
        if above >= 0 and all(_only_closes(source.rows[row]) for row in range(first, last + 1)):
            outermost[ends[above]].end_row = last
        else:
            kept.append((first, last))
    owners = {run: item for item in emitted for run in item.cut}
    kept = sorted([*kept, *owners])
    comments = [*references.get("comment", ()), *references.get("doc", ())]
    maker = BlockMaker(source, settings, definitions, references.get("import", ()), comments, prose)
    units = sorted(
        unit
        for layer in layers
        for unit in node_units(layer.root, layer.within(kept), source, settings.max_size)
    )
    blocks = []
    position = 0
    for first, last in kept:
        inside = []
        while position < len(units) and units[position][0] <= last:
            inside.append(units[position])
            position += 1
        made = maker.blocks(first, last, inside)
        for block in made:
            block.owner = owners.get((first, last))
        blocks += made
    return blocks


def _only_closes(row: str) -> bool:
    return len(row) <= _MAX_CLOSER_CHARS and _CLOSER.fullmatch(row.strip()) is not None


def _block_pieces(
    blocks: list[Block], free_nodes: Iterable[tuple[str, Node]], source: SourceLines, settings: ChunkSettings
) -> list[Piece]:
    """Pieces of blocks, with the comments that lie in them."""
    starts = [block.first for block in blocks]
    comments: list[list[str]] = [[] for _ in blocks]
    for role, node in free_nodes:
        index = bisect_right(starts, node.start_point[0]) - 1
        if index < 0 or blocks[index].last < node.start_point[0]:
            continue
        if role in ("comment", "doc"):
            comments[index].append(_plain(node))
    pieces = []
    for block, said in zip(blocks, comments, strict=True):
        text = "\n".join(filter(None, said))
        pieces.append(block_piece(block, source, settings, "" if is_licence(text) else text))
    return pieces


def _plain(node: Node) -> str:
    text = node_text(node)
    return strip_comment(text) if is_comment(node) else strip_docstring(text)


def _file_doc(source: SourceLines, free_nodes: list[tuple[str, Node]]) -> str:
    """The file's docstring, or the first comment above its code that is no licence."""
    strings = [_plain(node) for role, node in free_nodes if role == "doc"]
    if strings:
        return strings[0]
    groups: list[list[str]] = []
    row = 0
    for role, node in free_nodes:
        if role != "comment":
            continue
        first, (last, column) = node.start_point[0], node.end_point
        if source.size(row, first - 1) > 0:
            break
        if not groups or first > row:
            groups.append([])
        groups[-1].append(_plain(node))
        row = last + (column > 0)
    texts = ("\n".join(filter(None, group)) for group in groups)
    return next((text for text in texts if text and not is_licence(text) and not text.startswith("!")), "")
