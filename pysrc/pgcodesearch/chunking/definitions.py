"""Definitions of a file as a tree, and which of them become chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tree_sitter import Node

from .entities import DEFINITION, entity_of
from .parsing import node_text
from .settings import ChunkSettings
from .source import SourceLines
from .words import qualified_parts

FUNCTIONS = frozenset({"function", "method", "routine", "clause", "declaration"})
_MAX_DEPTH = 30  # chunks in chunks; what lies deeper stays inside
_SHARED_BYTES = 200  # of other code on a very long line
_MODULE_OBJECTS = frozenset({"exports", "module", "this", "self", "window", "global", "globalThis"})


@dataclass(eq=False, slots=True)
class Definition:
    """A named piece of a file. Rows are 0-based and inclusive; bytes as in `SourceLines.bytes`."""

    # A chunk's kind, or: 'declaration' (function without body), 'clause' (one of several equations of a
    # function), 'routine' (SQL function, no method of its schema), 'scope' (only qualifies), 'wrapper'
    # (anonymous function).
    kind: str
    name: str
    owners: tuple[str, ...]  # qualification in the name itself: receiver, `A::` of `A::b`, prototype
    start: int
    end: int
    start_row: int
    end_row: int
    body: int  # first byte of the body, -1 without one
    parent: Definition | None = None
    children: list[Definition] = field(default_factory=list)
    name_bytes: set[int] = field(default_factory=set)  # where the name stands, in every clause
    head_end: int = -1  # where the signature ends, when that is not the body
    first_row: int = 0  # start_row, or that of the comments and attributes attached above
    first: int = 0  # the byte that goes with it
    lead: list[Node] = field(default_factory=list)  # those comments and attributes
    annotations: list[Node] = field(default_factory=list)  # attributes inside, before the name
    docs: list[Node] = field(default_factory=list)
    comments: list[Node] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)  # found without a query: name and byte
    emitted: bool = False
    cut: list[tuple[int, int]] = field(default_factory=list)  # rows of a type that are blocks of their own
    declares: str = ""  # what the node says it is, where it says so
    role: str = DEFINITION

    @property
    def scope(self) -> str:
        """Names around this one, joined by dots."""
        names = list(reversed(self.owners))
        outer = self.parent
        while outer is not None:
            if outer.kind != "wrapper":
                names += [outer.name, *reversed(outer.owners)]
            outer = outer.parent
        return ".".join(name for name in reversed(names) if name)

    @property
    def symbol(self) -> str:
        """Name qualified by its scope."""
        return f"{self.scope}.{self.name}" if self.scope else self.name

    @property
    def chunk_kind(self) -> str:
        """The kind of the chunk: a function with an owner is a method."""
        if self.kind not in FUNCTIONS:
            return self.kind
        if self.kind == "routine":
            return "function"
        owner = self.parent
        while owner and owner.kind in ("scope", "wrapper"):
            owner = owner.parent
        owned = owner is not None and owner.kind in ("class", "block")
        return "method" if owned or self.owners else "function"

    @property
    def entity(self) -> str:
        """What it is in its language: a struct, a trait, a macro; else the kind of its chunk."""
        kind = self.chunk_kind
        return self.declares or ("type" if kind == "class" else "" if kind == "block" else kind)

    def members(self) -> list[Definition]:
        """The nearest definitions inside that are chunks of their own, in source order."""
        members, pending = [], list(reversed(self.children))
        while pending:
            inner = pending.pop()
            if inner.emitted:
                members.append(inner)
            else:
                pending.extend(reversed(inner.children))
        return members

    def walk(self) -> Iterator[Definition]:
        """This definition and all inside it, in source order, without recursion."""
        pending = [self]
        while pending:
            definition = pending.pop()
            yield definition
            pending.extend(reversed(definition.children))


def nested(found: list[Definition], scanned: list[Definition]) -> list[Definition]:
    """Top-level definitions with the others nested inside, in source order; `scanned` were found without the query."""
    return _nest([*_distinct(found), *scanned])


def definition_of(
    kind: str, nodes: dict[str, list[Node]], path: str, given: dict[int, tuple[str, ...]]
) -> Definition:
    """A match of the query as a definition; `given` has names in parts by the byte where they stand."""
    node = nodes[f"definition.{kind}"][0]
    names, bodies = nodes.get("name"), nodes.get("body")
    title = nodes.get("title")
    parts = _parts(names[0], given) if names else [_title(node) for node in title or ()][:1]
    owners = [part for scope in nodes.get("scope", ()) for part in qualified_parts(node_text(scope))]
    if owners or len(parts) > 1:
        parts = [part for part in [*owners, *parts] if part != "prototype"]
        while len(parts) > 1 and parts[0] in _MODULE_OBJECTS:
            parts.pop(0)
    if kind != "wrapper" and (not parts or (parts == ["exports"] and kind != "method")):
        parts = [PurePosixPath(path).stem] if kind in FUNCTIONS or kind == "class" else [""]
    (start_row, _), (end_row, end_column) = node.start_point, node.end_point
    if end_column == 0 and end_row > start_row:
        end_row -= 1
    declares, role = entity_of(kind, node)
    return Definition(
        kind, parts[-1] if parts else "", tuple(parts[:-1]), node.start_byte, node.end_byte,
        start_row, end_row, bodies[0].start_byte if bodies else -1,
        name_bytes={names[0].start_byte} if names else set(), first_row=start_row, first=node.start_byte,
        declares=declares, role=role,
    )  # fmt: skip


def _parts(node: Node, given: dict[int, tuple[str, ...]]) -> list[str]:
    """A name's parts; C#'s ``@class`` is called class."""
    if node.start_byte in given:
        return list(given[node.start_byte])
    text = node_text(node)
    return qualified_parts(text[1:] if node.type == "identifier" and text.startswith("@") else text)


def _title(node: Node) -> str:
    """A name that isn't an identifier (a key, a selector), as it stands."""
    return " ".join(node_text(node).split())[:100].strip("\"'")


def _distinct(found: list[Definition]) -> list[Definition]:
    """One definition where several patterns met: the outermost for each body and for each name."""
    order = {"class": -1, "block": 1, "declaration": 1, "wrapper": 2}
    found.sort(key=lambda item: (order.get(item.kind, 0), item.start, -item.end, -len(item.owners)))
    bodies: set[int] = set()
    names: set[int] = set()
    kept = []
    for definition in found:
        if (definition.body >= 0 and definition.body in bodies) or definition.name_bytes & names:
            continue
        bodies.add(definition.body)
        names |= definition.name_bytes
        kept.append(definition)
    return kept


def _nest(definitions: list[Definition]) -> list[Definition]:
    definitions.sort(key=lambda definition: (definition.start, -definition.end))
    roots: list[Definition] = []
    open_: list[Definition] = []
    for definition in definitions:
        while open_ and definition.end > open_[-1].end:
            open_.pop()
        if open_:
            definition.parent = open_[-1]
            open_[-1].children.append(definition)
        else:
            roots.append(definition)
        open_.append(definition)
    return roots


def nest_again(definitions: list[Definition]) -> list[Definition]:
    """The same definitions, nested anew after some were added."""
    for definition in definitions:
        definition.parent = None
        definition.children = []
    return [item for top in _nest(definitions) for item in top.walk()]


def choose_chunks(roots: list[Definition], source: SourceLines, settings: ChunkSettings) -> None:
    """Mark definitions that become chunks of their own (`emitted`).

    Functions and types always do, except inside a function: there only sizeable ones, and only when
    the function around them is so long that it acts as a container (a UMD wrapper, a big closure).
    """
    everything = [definition for root in roots for definition in root.walk()]
    depths: dict[Definition, int] = {}
    opened: set[Definition] = set()  # functions and wrappers whose inner functions become chunks

    def size(definition: Definition) -> int:
        return source.size(definition.first_row, definition.end_row)

    def allowed(definition: Definition) -> bool:
        outer = definition.parent
        while outer and outer.kind in ("scope", "block"):
            outer = outer.parent
        if outer is None:
            return True
        if outer.kind == "class":
            return outer.emitted
        return outer in opened and (definition.kind == "wrapper" or size(definition) >= settings.min_size)

    for definition in everything:
        depths[definition] = depths[definition.parent] + 1 if definition.parent else 0
        if depths[definition] > _MAX_DEPTH or definition.kind == "scope" or not allowed(definition):
            continue
        if (
            definition.kind in ("wrapper", "function", "method", "clause")
            and size(definition) > settings.max_size
        ):
            opened.add(definition)
        definition.emitted = (
            definition.kind in ("function", "method", "routine", "clause", "class")
            or (definition.kind == "declaration" and size(definition) >= settings.min_size)
        ) and not _overlong(definition, source, settings)
    for definition in reversed(everything):
        if definition.kind == "block":
            definition.emitted = _block_stands_alone(
                definition, size(definition), settings
            ) and not _overlong(definition, source, settings)


def _block_stands_alone(block: Definition, size: int, settings: ChunkSettings) -> bool:
    """A named value is a chunk when functions were taken out of it, or when it is a big one of a class."""
    if any(inner.emitted for inner in block.walk() if inner is not block):
        return True
    return (
        block.parent is not None
        and block.parent.emitted
        and (block.parent.kind == "class" and size >= settings.min_size)
    )


def _overlong(definition: Definition, source: SourceLines, settings: ChunkSettings) -> bool:
    """True where the definition shares a very long line with other code: lines can't tell them apart."""
    limit, first, last = settings.max_line_chars, definition.start_row, definition.end_row
    return (
        len(source.rows[first]) > limit and definition.start - source.start_byte(first) > _SHARED_BYTES
    ) or (len(source.rows[last]) > limit and source.end_byte(last) - definition.end > _SHARED_BYTES)
