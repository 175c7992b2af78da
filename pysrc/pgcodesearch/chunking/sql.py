"""Statements of an SQL script by their quoting rules.

The grammar stumbles over procedural bodies and over what is special to one database; a scanner that knows
strings, dollar quotes, comments and BEGIN … END finds every CREATE statement in any dialect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .definitions import Definition
from .source import SourceLines
from .words import qualified_parts

_TOKEN = re.compile(
    rb"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*(?:'|\Z)|\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z)"
    rb"|\$(\w*)\$.*?(?:\$\1\$|\Z)|\b(?:BEGIN(?:\s+(?:TRANSACTION|WORK))?|CASE|END(?:\s+(?:IF|LOOP|WHILE|REPEAT|FOR))?)\b|;",
    re.DOTALL | re.IGNORECASE,
)
_HEAD = re.compile(
    rb"\s*CREATE\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:(?:GLOBAL|LOCAL|TEMP(?:ORARY)?|UNLOGGED|FOREIGN|RECURSIVE|"
    rb"MATERIALIZED|CONSTRAINT|EDITIONABLE|NONEDITIONABLE|DEFINER\s*=\s*\S+)\s+)*"
    rb"(FUNCTION|PROCEDURE|TRIGGER|AGGREGATE|TABLE|VIEW|TYPE|DOMAIN|PACKAGE(?:\s+BODY)?|"
    rb"(?:UNIQUE\s+)?INDEX(?:\s+CONCURRENTLY)?|SEQUENCE|SCHEMA|EXTENSION|ROLE|POLICY)\s+"
    rb"(?:IF\s+NOT\s+EXISTS\s+)?((?:\"[^\"]+\"|\[[^\]]+\]|`[^`]+`|[\w$@])+(?:\s*\.\s*(?:\"[^\"]+\"|\[[^\]]+\]|`[^`]+`|[\w$]+))*)",
    re.IGNORECASE,
)
_BODY = re.compile(rb"\bAS\b\s*(?=\$|'|BEGIN\b|DECLARE\b|SELECT\b|WITH\b|\()|\bBEGIN\b|\(", re.IGNORECASE)
_KINDS = dict.fromkeys(("function", "procedure", "trigger", "aggregate"), "routine")
_KINDS |= dict.fromkeys(("table", "view", "type", "domain", "package"), "class")
_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_NOT_CALLS = re.compile(
    r"(?:and|any|array|as|by|case|check|coalesce|constraint|default|exists|extract|filter|foreign|from|if|in|index|"
    r"insert|into|join|key|not|numeric|on|or|order|over|partition|primary|raise|references|returns|row|select|set|"
    r"some|table|then|unique|update|using|values|varchar|when|where|with|within)",
    re.IGNORECASE,
)


def sql_definitions(source: SourceLines, data: bytes) -> list[Definition]:
    """Every CREATE of a function, table, view or type as a definition, with the functions it calls."""
    found = []
    for start, end in _statements(data):
        head = _HEAD.match(data, start, end)
        if head is None:
            continue
        start += len(data[start:end]) - len(data[start:end].lstrip())
        kind = _KINDS.get(head.group(1).split()[0].decode().lower(), "block")
        name = re.sub(r"[\"`\[\]\s@]", "", head.group(2).decode("utf-8", "replace"))
        body = _body(data, head.end(), end, kind == "routine")
        start_row, end_row = source.row_of(start), source.row_of(max(end - 1, start))
        parts = qualified_parts(name) or [name]
        definition = Definition(
            kind, parts[-1], tuple(parts[:-1]), start, end, start_row, end_row, body,
            first_row=start_row, first=start,
        )  # fmt: skip
        if body >= 0:
            definition.calls.extend(_calls(source.slice(body, end)))
        found.append(definition)
    return found


def _statements(data: bytes) -> Iterator[tuple[int, int]]:
    """Byte ranges of statements, leading comments left out, each up to its semicolon."""
    start, depth = 0, 0
    for token in _TOKEN.finditer(data):
        text = token.group()
        if text.startswith((b"--", b"/*")):
            if not data[start : token.start()].strip():
                start = token.end()
        elif text == b";":
            if depth == 0:
                yield start, token.end()
                start = token.end()
        elif text[:1] in b"BbCc" and len(text.split()) == 1:
            # BEGIN opens a block only inside a CREATE: alone it starts a transaction
            depth += 1 if text.upper() == b"CASE" or _HEAD.match(data, start) else 0
        elif text[:1] in b"Ee" and len(text.split()) == 1:
            depth = max(depth - 1, 0)
    if data[start:].strip():
        yield start, len(data)


def _body(data: bytes, start: int, end: int, function: bool) -> int:
    """Where the statement's body begins: a function's text, a view's query, a table's columns; -1 when not found."""
    position = start
    if function:
        arguments = data.find(b"(", start, end)
        position = _closing(data, arguments, end) if arguments >= 0 else start
    body = _BODY.search(data, position, end)
    if body is None:
        return -1
    return body.end() if body.group()[:1] in b"Aa" else body.start()


def _closing(data: bytes, position: int, end: int) -> int:
    depth = 0
    for index in range(position, end):
        depth += (data[index] == 40) - (data[index] == 41)
        if depth == 0:
            return index + 1
    return position


def _calls(body: str) -> list[str]:
    names = _CALL.findall(_NOISE.sub(" ", body))
    return [name for name in names if not _NOT_CALLS.fullmatch(name)]
