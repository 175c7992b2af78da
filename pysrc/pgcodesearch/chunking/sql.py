"""Definitions of an SQL script in any dialect.

The grammar stumbles over procedural bodies and over what is special to one database; a scanner that knows strings,
comments and blocks finds every CREATE statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .definitions import Definition
from .source import SourceLines
from .sql_text import CONTAINERS, Statement, scan

_BODY = re.compile(rb"\bAS\b\s*(?=\$|'|BEGIN\b|DECLARE\b|SELECT\b|WITH\b|\()|\bBEGIN\b|\(", re.IGNORECASE)
_PROCEDURAL = re.compile(
    rb"(?P<begins>\b(?:MEMBER\s+|STATIC\s+|CONSTRUCTOR\s+)*(?:FUNCTION|PROCEDURE))\s+(?P<name>\"[^\"]+\"|[\w$#]+)"
    rb"(?=[^;]{0,4000}?\b(?:IS|AS)\b)|(?<![\w.])(?:BEGIN|CASE|END(?:\s+(?:IF|LOOP|CASE)\b)?)(?![\w$])",
    re.IGNORECASE,
)
_KINDS = dict.fromkeys(("function", "procedure", "proc", "trigger", "aggregate", "event", "macro"), "routine")
_KINDS |= dict.fromkeys(("table", "view", "type", "domain", "package"), "class")
_NOISE = re.compile(rb"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_CALL = re.compile(rb"([A-Za-z_]\w*)\s*\(")
_NOT_CALLS = re.compile(
    r"(?:and|any|array|as|by|case|check|coalesce|constraint|default|exists|extract|filter|foreign|from|if|in|index|"
    r"insert|into|join|key|not|numeric|on|or|order|over|partition|primary|raise|references|returns|row|select|set|"
    r"some|table|then|unique|update|using|values|varchar|when|where|with|within)",
    re.IGNORECASE,
)


def sql_definitions(source: SourceLines, data: bytes) -> list[Definition]:
    """Every CREATE of a function, table, view or type as a definition, with the functions it calls.

    Of SQL Server's ALTER those that bring a new body; of packages the subprograms too.
    """
    found = scan(data)
    code = bytes(found.code)
    definitions = []
    for statement in found.statements:
        head = statement.head
        if head is None or (head.group("verb").upper() == b"ALTER" and not _alters_body(code, statement)):
            continue
        kind = head.group("kind")
        names = _names(data[head.start("name") : head.end("name")])
        outer = _definition(
            _KINDS.get(kind.split()[0].decode().lower(), "block"),
            names,
            statement.start,
            statement.end,
            source,
        )
        outer.body = _body(code, head.end(), statement.end, outer.kind == "routine")
        definitions.append(outer)
        inner = list(_subprograms(code, statement, source)) if CONTAINERS.match(kind) else []
        if outer.body >= 0 and not inner:
            outer.calls.extend(_calls(source.bytes, outer.body, statement.end))
        definitions += inner
    return definitions


def _alters_body(code: bytes, statement: Statement) -> bool:
    """``ALTER PROCEDURE … AS``, not ``ALTER FUNCTION … OWNER TO``."""
    assert statement.head is not None
    if not re.match(rb"FUNC|PROC|TRIG|VIEW", statement.head.group("kind"), re.IGNORECASE):
        return False
    return re.compile(rb"\bAS\b", re.IGNORECASE).search(code, statement.head.end(), statement.end) is not None


def _names(text: bytes) -> list[str]:
    """`[dbo].[Order Details]` → dbo, Order Details."""
    parts = (found.group() for found in re.finditer(rb"\"[^\"]+\"|\[[^\]]+\]|`[^`]+`|[^\s.\"\[`]+", text))
    names = (part.decode("utf-8", "replace").strip('"[]`@#') for part in parts)
    return [name for name in names if name] or [""]


def _definition(kind: str, names: list[str], start: int, end: int, source: SourceLines) -> Definition:
    start_row, end_row = source.row_of(start), source.row_of(max(end - 1, start))
    return Definition(
        kind, names[-1], tuple(names[:-1]), start, end, start_row, end_row, -1, first_row=start_row, first=start
    )  # fmt: skip


def _subprograms(code: bytes, package: Statement, source: SourceLines) -> Iterator[Definition]:
    """Functions and procedures with bodies in a package body."""
    assert package.head is not None
    open_: list[list[int]] = []  # start of each, and how many blocks are open in it
    names: list[str] = []
    for token in _PROCEDURAL.finditer(code, package.head.end(), package.end):
        word = token.group().upper().split()
        if token.group("name"):
            if not open_:
                names = _names(token.group("name"))
            open_.append([token.start("begins"), 0])
        elif open_ and word[0] != b"END":
            open_[-1][1] += 1
        elif open_ and len(word) == 1:
            open_[-1][1] -= 1
            if open_[-1][1] <= 0:
                start = open_.pop()[0]
                if not open_:
                    end = code.find(b";", token.end(), package.end)
                    yield _definition("routine", names, start, end + 1 if end >= 0 else token.end(), source)


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


def _calls(data: bytes, start: int, end: int) -> list[tuple[str, int]]:
    """Names that are called in a body, with the bytes where they stand."""
    body = _NOISE.sub(lambda noise: b" " * len(noise.group()), data[start:end])
    found = ((match.group(1).decode(), start + match.start()) for match in _CALL.finditer(body))
    return [(name, byte) for name, byte in found if not _NOT_CALLS.fullmatch(name)]
