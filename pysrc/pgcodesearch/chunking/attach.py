"""Ties comments, attributes, calls and docstrings to the definitions they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from tree_sitter import Node

from .definitions import FUNCTIONS, Definition
from .parsing import is_comment, node_text
from .preprocessor import is_condition, opens_wrapper
from .source import SourceLines

_BETWEEN = re.compile(r"\s*(?:$|/\*|\*|//|#|--|\{-)")  # rows that may stand between clauses of a function
DOCUMENTED = FUNCTIONS | {"class"}


def attach_leads(
    definitions: Iterable[Definition], references: dict[str, list[Node]], source: SourceLines
) -> None:
    """Give each definition the comments and attributes that stand directly above it."""
    above = _own_rows([*references.get("comment", ()), *references.get("attribute", ())], source)
    for definition in definitions:
        row = definition.start_row - 1
        floor = definition.parent.start_row if definition.parent else -1
        if _doc_above_blank(definition, row, above, source):
            row -= 1
        while row > floor:
            node = above.get(row)
            if node is None and (opened := _condition_above(row, floor, above, source)) < row:
                definition.first_row, definition.first = opened + 1, source.start_byte(opened + 1)
                row = opened
                continue
            if node is None or not _ends_row(node, source):
                break
            definition.lead.append(node)
            definition.first_row = node.start_point[0]
            definition.first = node.start_byte
            row = definition.first_row - 1
        definition.lead.reverse()


def _condition_above(row: int, floor: int, above: dict[int, Node], source: SourceLines) -> int:
    """The row above the conditional lines and macros down to ``row`` that go with what follows; ``row`` without any."""
    first = row
    while first > floor and first not in above and is_condition(source.rows[first]):
        first -= 1
    if first > floor and first in above and _ends_row(above[first], source):
        return first  # between a definition and its documentation
    while row > floor and row not in above and opens_wrapper(source.rows[row]):
        row -= 1
    return row


def _doc_above_blank(definition: Definition, row: int, above: dict[int, Node], source: SourceLines) -> bool:
    """A JSDoc-style comment may stand one blank row above what it documents (the head of a file doesn't count)."""
    node = above.get(row - 1)
    if node is None or definition.kind not in DOCUMENTED or source.sizes[row]:
        return False
    return node.start_point[0] > 0 and source.bytes.startswith(b"/**", node.start_byte)


def _own_rows(nodes: Iterable[Node], source: SourceLines) -> dict[int, Node]:
    """Last row → node, for nodes with nothing before them on their first row."""
    found: dict[int, Node] = {}
    for node in nodes:
        row, column = node.start_point
        if not source.rows[row][:column].strip("\ufeff \t\f\v\r"):
            end_row, end_column = node.end_point
            found.setdefault(end_row - (end_column == 0 and end_row > row), node)
    return found


def _ends_row(node: Node, source: SourceLines) -> bool:
    return node.end_point[1] == 0 or not source.after(node.end_byte).strip()


def merge_clauses(roots: list[Definition], source: SourceLines) -> list[Definition]:
    """Overload signatures and equations of one function, written one after the other, become one definition."""
    merged = _merged(roots, source)
    pending = list(merged)
    while pending:
        definition = pending.pop()
        definition.children = _merged(definition.children, source)
        pending.extend(definition.children)
    return merged


def _merged(siblings: list[Definition], source: SourceLines) -> list[Definition]:
    merged: list[Definition] = []
    for definition in siblings:
        last = merged[-1] if merged else None
        if last is not None and _continues(last, definition, source):
            _extend(last, definition)
        else:
            merged.append(definition)
    return merged


def _continues(last: Definition, following: Definition, source: SourceLines) -> bool:
    return (
        (last.kind in ("declaration", "clause") or _is_overload(last))
        and following.kind in FUNCTIONS
        and (last.name, last.owners) == (following.name, following.owners)
        and all(_BETWEEN.match(row) for row in source.rows[last.end_row + 1 : following.first_row])
    )


def _is_overload(definition: Definition) -> bool:
    """Python's `@overload`: a signature without a body of its own."""
    return any(node_text(node).endswith("overload") for node in definition.lead if node.type == "decorator")


def _extend(last: Definition, following: Definition) -> None:
    if last.head_end < 0:
        last.head_end = last.end if last.body < 0 else last.body
    last.docs.extend(node for node in following.lead if is_comment(node))
    last.name_bytes |= following.name_bytes
    last.kind, last.end, last.end_row = following.kind, following.end, following.end_row
    last.body = following.body if last.body < 0 else last.body
    for child in following.children:
        child.parent = last
        last.children.append(child)


class Placed(Protocol):
    """What begins at a byte of the file."""

    @property
    def start_byte(self) -> int: ...


Item = TypeVar("Item", bound=Placed)


def innermost(
    definitions: list[Definition], nodes: Iterable[Item]
) -> Iterator[tuple[Item, Definition | None]]:
    """Each node with the innermost definition around it; both sorted by their first byte."""
    open_: list[Definition] = []
    position = 0
    for node in nodes:
        start = node.start_byte
        while position < len(definitions) and definitions[position].first <= start:
            while open_ and open_[-1].end <= definitions[position].first:
                open_.pop()
            open_.append(definitions[position])
            position += 1
        while open_ and open_[-1].end <= start:
            open_.pop()
        yield node, open_[-1] if open_ else None


def emitted_owner(definition: Definition | None) -> Definition | None:
    """The nearest definition around (or this one) that is a chunk."""
    while definition is not None and not definition.emitted:
        definition = definition.parent
    return definition


def in_cut(owner: Definition, row: int) -> bool:
    """Does a row of a type belong to a block of its own?"""
    return any(first <= row <= last for first, last in owner.cut)
