"""Definitions in code that the grammar could not make sense of.

One unclosed bracket, an unknown macro or a newer syntax can hide a whole class from the parser. What looks like
a definition at the start of a line, with its extent by indentation, is then a better chunk than cut lines.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from .blocks import free_runs
from .definitions import Definition
from .source import SourceLines

_MODIFIERS = (
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|override|open|inline|suspend|"
    r"async|actual|expect|operator|mutating|fileprivate|unsafe|const|pub(?:\([^)]*\))?|extern|virtual|sealed|"
    r"partial|readonly|local|implicit|case|data|@\w+)\s+)*"
)
_WORDS = re.compile(
    r"\s*"
    + _MODIFIERS
    + r"(?:(?P<function>def|defp|func|fn|fun|function)\s+(?:<[^>]*>\s*)?(?:\([^)]*\)\s*)?|"
    r"(?P<class>class|struct|interface|trait|enum|object|protocol)\s+)(?:self\.)?(?P<name>[\w.:]*\w[?!]?)"
)
# C and its kin: no keyword, but a name and arguments at the start of a line that doesn't end a statement
_SHAPE = re.compile(
    r"(?!(?:if|for|while|switch|return|else|do|case|typedef)\b)[\w:<>,*&~ \t]*?(?P<name>[~\w:]+)\s*\([^;]*$"
)
_SHAPED = frozenset({"c", "cpp", "java", "csharp", "bash"})
_UNLIKE_CODE = frozenset({"sql", "markdown", "html", "css", "json", "yaml", "toml"})
_CLOSER = re.compile(r"\s*(?:[})\]]|end\b|fi\b|done\b)")
_MAX_ROW_CHARS = 300


def recovered_definitions(
    language: str, root: Node, source: SourceLines, emitted: list[Definition]
) -> list[Definition]:
    """Definitions found by their looks, in rows with errors that belong to no chunk; none inside another."""
    if not root.has_error or language in _UNLIKE_CODE:
        return []
    broken = _broken_rows(root)
    classes = {definition.end_row: definition for definition in emitted if definition.kind == "class"}
    found: list[Definition] = []
    for first, last in free_runs(((item.first_row, item.end_row) for item in emitted), source):
        above = next((row for row in range(first - 1, -1, -1) if source.sizes[row]), -1)
        owner = classes.get(above)
        heads = [(source.indent(owner.start_row), owner.symbol)] if owner else []
        row = first
        while row <= last:
            definition = _definition_at(language, source, row, last) if row in broken else None
            if definition is not None:
                indent = source.indent(row)
                heads = [head for head in heads if head[0] < indent]
                owners = tuple(part for _, name in heads for part in name.split("."))
                definition.owners = (*owners, *definition.owners)
                if definition.kind == "class":
                    heads.append((indent, definition.name))
                found.append(definition)
                row = definition.end_row
            row += 1
    return found


def _broken_rows(root: Node) -> set[int]:
    nodes = [root] if root.is_error else [node for node in root.children if node.has_error]
    return {row for node in nodes for row in range(node.start_point[0], node.end_point[0] + 1)}


def _definition_at(language: str, source: SourceLines, row: int, last: int) -> Definition | None:
    text = source.rows[row]
    if len(text) > _MAX_ROW_CHARS:
        return None
    match = _WORDS.match(text)
    shaped = match is None and language in _SHAPED and not text[:1].isspace()
    match = _SHAPE.match(text) if shaped else match
    parts = [part for part in re.split(r"[.:]+", match.group("name")) if part] if match else []
    if match is None or not parts:
        return None
    kind = "class" if match.groupdict().get("class") else "function"
    # Of a class only the head: its members are found one by one.
    end = row if kind == "class" else _end(source, row, last)
    if shaped and end == row:
        return None
    start = source.start_byte(row)
    stop = source.start_byte(end + 1) if end + 1 < len(source.rows) else len(source.bytes)
    return Definition(
        kind,
        parts[-1],
        tuple(parts[:-1]),
        start,
        stop,
        row,
        end,
        -1,
        first_row=row,
        first=start,
        emitted=True,
    )


def _end(source: SourceLines, first: int, last: int) -> int:
    """The last row that is indented deeper than the first one, or the line that closes it."""
    indent, end = source.indent(first), first
    for row in range(first + 1, last + 1):
        text = source.rows[row]
        if not source.sizes[row]:
            continue
        if source.indent(row) <= indent:
            if _CLOSER.match(text) and not text.rstrip().endswith(("{", "(")):
                return row
            if not (_CLOSER.match(text) or text.strip() == "{"):
                return end
        end = row
    return end
