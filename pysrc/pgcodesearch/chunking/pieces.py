"""A chunk before its texts are built: content with members elided, signature, docs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .attach import emitted_owner
from .blocks import Block
from .comments import is_licence, strip_comment, strip_docstring
from .definitions import Definition
from .entities import DEFINITION
from .model import Reference
from .parsing import is_comment, node_text
from .preprocessor import strip_conditions
from .settings import ChunkSettings
from .source import SourceLines

_HEAD = re.compile(r"[\w\s.:,<>*&()=@\[\]'\"#-]*")  # what may stand before a declaration on its line
_TAIL = re.compile(r"\s*(?:=>|->|[{:=]|\b(?:do|is|as|then)\b)\s*$", re.IGNORECASE)
_VALUE_CHARS = 100


@dataclass(slots=True)
class Piece:
    """Everything known about a chunk. Rows are 0-based; `lines` pairs each kept line with its row."""

    kind: str
    name: str
    scope: str
    first: int
    last: int
    lines: list[tuple[int, str]]
    signature: str = ""
    attributes: str = ""  # decorators and annotations, one line
    doc: str = ""
    comments: str = ""
    body: list[tuple[int, str]] = field(default_factory=list)  # lines without signature and docstring
    parent: str = ""  # signature of the class around
    references: tuple[Reference, ...] = ()
    entity: str = ""
    role: str = DEFINITION

    @property
    def symbol(self) -> str:
        """Name qualified by its scope; empty for what has no name."""
        return f"{self.scope}.{self.name}" if self.scope and self.name else self.name


def one_line(text: str, limit: int) -> str:
    """Whitespace collapsed, cut at `limit` characters."""
    return " ".join(text.split())[:limit].rstrip()


def signature(definition: Definition, source: SourceLines, limit: int) -> str:
    """The declaration up to its body on one line, without comments."""
    start, end = _signature_start(definition, source), _signature_end(definition, source)
    text, position = "", start
    for comment in definition.comments:
        if start <= comment.start_byte < end:
            text += source.slice(position, comment.start_byte) + " "
            position = comment.end_byte
    text = one_line(strip_conditions(text + source.slice(position, end)).lstrip("\ufeff"), limit + 2)
    if definition.kind == "block" and len(text) > _VALUE_CHARS:
        text = text.partition(" = ")[0]  # the value is no part of a declaration
    return _TAIL.sub("", text)[:limit].rstrip(" ;")


def _signature_end(definition: Definition, source: SourceLines) -> int:
    if definition.head_end >= 0:
        return definition.head_end
    if definition.body >= 0:
        return body_start(definition, source)
    if definition.kind == "declaration":
        return definition.end
    newline = source.bytes.find(b"\n", definition.start, definition.end)
    return definition.end if newline < 0 else newline


def body_start(definition: Definition, source: SourceLines) -> int:
    """Where the body begins; comments right before it belong to it."""
    start = definition.body
    for comment in reversed(definition.comments):
        if (
            definition.start < comment.start_byte < start
            and not source.slice(comment.end_byte, start).strip()
        ):
            start = comment.start_byte
    return start


def _signature_start(definition: Definition, source: SourceLines) -> int:
    """Where the declaration begins: its line's first word (`export const`), after annotations inside it."""
    start = definition.start
    for node in definition.annotations:
        if node.start_byte >= start and not source.slice(start, node.start_byte).strip():
            start = node.end_byte
    if start == definition.start:
        before = source.before(start)
        if _shares_no_code(before):
            start -= len(before.encode("utf-8", "surrogatepass"))
    return start


def _shares_no_code(before: str) -> bool:
    return _HEAD.fullmatch(before.lstrip("\ufeff")) is not None


def definition_piece(definition: Definition, source: SourceLines, settings: ChunkSettings) -> Piece:
    """The piece of a definition that is a chunk."""
    lines = _kept_lines(definition, source, settings)
    leading = "\n".join(strip_comment(node_text(node)) for node in definition.lead if is_comment(node))
    strings = [
        strip_comment(node_text(node)) if is_comment(node) else strip_docstring(node_text(node))
        for node in definition.docs
    ]
    parent = emitted_owner(definition.parent)
    while parent is not None and parent.kind != "class":
        parent = emitted_owner(parent.parent)
    limit = settings.max_signature_chars
    return Piece(
        kind=definition.chunk_kind,
        name=definition.name,
        scope=definition.scope,
        first=definition.first_row,
        last=definition.end_row,
        lines=lines,
        signature=signature(definition, source, limit),
        attributes=one_line(_attributes(definition), limit),
        doc="\n".join(text for text in [leading, *strings] if text and not is_licence(text)),
        comments="\n".join(filter(None, (strip_comment(node_text(node)) for node in definition.comments))),
        body=_body(definition, lines, source),
        parent=signature(parent, source, limit) if parent else "",
        entity=definition.entity,
        role=definition.role,
    )


def _attributes(definition: Definition) -> str:
    above = [node for node in definition.lead if not is_comment(node)]
    texts = (node_text(node) for node in [*above, *definition.annotations])
    return " ".join(text for text in texts if not text.startswith("@doc"))  # Elixir's: it is the doc


def _kept_lines(
    definition: Definition, source: SourceLines, settings: ChunkSettings
) -> list[tuple[int, str]]:
    """Lines of a definition, each member of its own elided to `<indent><signature> ...`, a cut run to `<indent>...`.

    A member that shares its first line with other code leaves that line standing.
    """
    lines: list[tuple[int, str]] = []
    row = definition.first_row
    for member in definition.members():
        first, last = member.first_row, member.end_row
        shared = first == definition.start_row or not _shares_no_code(source.before(member.first))
        first += shared
        if last == definition.end_row and source.slice(member.end, definition.end).strip(" \t\r\n;,"):
            last -= 1
        if first > last or first < row:
            continue
        lines.extend((kept, source.rows[kept]) for kept in range(row, first))
        if not shared:
            indent = source.rows[member.start_row][: source.indent(member.start_row)]
            lines.append(
                (member.start_row, f"{indent}{signature(member, source, settings.max_signature_chars)} ...")
            )
        row = last + 1
    lines.extend((kept, source.rows[kept]) for kept in range(row, definition.end_row + 1))
    for first, last in definition.cut:
        elided = (first, f"{source.rows[first][: source.indent(first)]}...")
        lines = [elided if row == first else (row, kept) for row, kept in lines if not first < row <= last]
    return lines


def _body(definition: Definition, lines: list[tuple[int, str]], source: SourceLines) -> list[tuple[int, str]]:
    """The lines after signature and docstring."""
    if definition.body < 0:
        return [(row, text) for row, text in lines if row > definition.start_row]
    skipped = {
        row for node in definition.docs for row in _rows_of(node) if node.start_byte >= definition.body
    }
    first = body_start(definition, source)
    start = source.row_of(first)
    body = []
    for row, text in lines:
        if row == start and text == source.rows[row]:
            text = source.after(first).lstrip("{ \t")
        if row >= start and row not in skipped and text.strip():
            body.append((row, text))
    return body


def _rows_of(node: object) -> range:
    return range(node.start_point[0], node.end_point[0] + 1)  # type: ignore[attr-defined]


def block_piece(block: Block, source: SourceLines, settings: ChunkSettings, comments: str) -> Piece:
    """The piece of a block of other code."""
    lines = [(row, source.rows[row]) for row in range(block.first, block.last + 1)]
    named, owner = block.definition, block.owner
    return Piece(
        kind="block",
        name=named.name if named else "",
        scope=named.scope if named else owner.symbol if owner else "",
        first=block.first,
        last=block.last,
        lines=lines,
        signature=signature(named, source, settings.max_signature_chars) if named else "",
        comments=comments,
        body=lines,
        parent=signature(owner, source, settings.max_signature_chars) if owner else "",
        entity=named.entity if named else "",
        role=named.role if named else DEFINITION,
    )
