"""What each chunk names: definitions, calls, imports, base types and other uses, each with where it is from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from tree_sitter import Node

from .attach import emitted_owner, in_cut, innermost
from .definitions import Definition
from .imports import module_of, read_imports
from .layers import WITH_SCRIPTS, Layer
from .model import Reference
from .occurrences import DATA, Occurrence, Ranges, defined, uses, written
from .pieces import Piece
from .resolving import Resolver
from .source import SourceLines


def find_occurrences(
    path: str,
    source: SourceLines,
    layers: list[Layer],
    references: dict[str, list[Node]],
    definitions: list[Definition],
) -> list[Occurrence]:
    """All that a file's code names, in source order, resolved as far as the file itself tells."""
    if not layers:
        return []
    language = layers[0].grammar.name
    language = "javascript" if language in WITH_SCRIPTS else language
    matches = [
        match
        for layer in layers
        for match in layer.captures.imported
        if layer.covers(match.node.start_point[0])
    ]
    imports = read_imports(path, language, matches)
    named = {definition.name for definition in definitions if definition.parent is None}
    resolver = Resolver(imports, definitions, named)
    resolver.learn_types(layers)
    taken = {byte for definition in definitions for byte in definition.name_bytes}
    found: dict[int, Occurrence] = {}
    for occurrence in written(source, references, definitions, language):
        if occurrence.start_byte not in taken:  # heads of Elixir's functions look like calls
            found.setdefault(occurrence.start_byte, occurrence)
    for item in imports.found:
        alias = item.local if item.local != item.name else ""
        start, row = item.node.start_byte, item.node.start_point[0]
        found[start] = Occurrence("import", item.name, start, row, "", item.origin, alias)
    ends = Ranges(references.get("import", ()))
    for occurrence in uses(layers, imports, definitions, named, resolver.variables(), found.keys() | taken):
        if occurrence.start_byte not in ends:
            found.setdefault(occurrence.start_byte, occurrence)
    occurrences = sorted(found.values(), key=lambda item: item.start_byte)
    kept = list(resolver.resolved(innermost(definitions, occurrences)))
    if language not in DATA:
        kept += defined(definitions, source, module_of(path, language))
    return sorted(kept, key=lambda item: item.start_byte)


def place_references(
    pieces: list[Piece],
    emitted: list[Definition],
    occurrences: list[Occurrence],
    definitions: list[Definition],
) -> None:
    """Give each piece what is named in it."""
    found: dict[int, list[Occurrence]] = {}
    blocks = sorted((piece for piece in pieces if piece.kind == "block"), key=lambda piece: piece.first)
    starts = [piece.first for piece in blocks]
    by_start = {(piece.first, piece.symbol): piece for piece in pieces}
    for item, inner in innermost(definitions, occurrences):
        owner = emitted_owner(inner)
        piece = None
        if owner is not None and not in_cut(owner, item.row):
            piece = by_start.get((owner.first_row, owner.symbol))
        if piece is None:
            index = bisect_right(starts, item.row) - 1
            piece = blocks[index] if index >= 0 and item.row <= blocks[index].last else None
        if piece is not None:
            found.setdefault(id(piece), []).append(item)
    for piece in pieces:
        piece.references = as_references(found.get(id(piece), ()), piece.first)


def module_references(path: str, language: str) -> tuple[Reference, ...]:
    """A file of code as the definition of its module."""
    origin, _, name = module_of(path, language).rpartition(".")
    if not language or language in DATA or language == "sql" or not name:
        return ()
    return (Reference("definition", name, "", origin, "", "", (0,)),)


def as_references(occurrences: Iterable[Occurrence], first_row: int) -> tuple[Reference, ...]:
    """Occurrences of a chunk that begins at `first_row`, those of the same meaning in one."""
    rows: dict[tuple[str, str, str, str, str, str], list[int]] = {}
    for item in occurrences:
        key = (item.kind, item.name, item.qualifier, item.origin, item.alias, item.owner)
        rows.setdefault(key, []).append(item.row - first_row)
    return tuple(Reference(*key, tuple(dict.fromkeys(lines))) for key, lines in rows.items())
