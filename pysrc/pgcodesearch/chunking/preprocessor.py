"""What C's preprocessor would have taken away before a parser saw it: conditional lines and macros.

``#if`` may stand in the middle of a declaration, or open a brace that another branch opens too; a macro may stand where
no grammar has a place for a name (``class EXPORT Shop``). With these blank most files parse that did not; offsets and
rows stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

LANGUAGES = frozenset({"c", "cpp", "csharp"})
_CONDITION = re.compile(rb"[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b([^\n]*)")
_NEVER = re.compile(rb"\s*0\s*(?:/[/*].*)?")
_LINES = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|elif|endif)\b.*", re.MULTILINE)
# A branch begins, or a Rust macro around items.
_OPENER = re.compile(r"[ \t]*(?:#[ \t]*(?:if|ifdef|ifndef|else|elif)\b|[\w:]+![ \t]*\{[ \t\r]*$)")
_MACRO = rb"(?P<macro>\b[A-Z][A-Z0-9_]{2,}\b(?![ \t]*##)%s)"
_NAME = _MACRO % b""
_CALL = _MACRO % rb"(?:[ \t]*\((?:[^()\n]|\([^()\n]*\))*\))?"
_TYPE = rb"(?:[A-Za-z_][\w:]*(?:<[^;{}()\n]*>)?[\s*&]+)"
_MACROS = [
    # class EXPORT Shop, struct ALIGNED(16) Cell
    re.compile(rb"\b(?:class|struct|union)[ \t]+" + _CALL + rb"(?=[ \t]+[A-Za-z_]\w*)"),
    # EXPORT int buy(…), ALIGN(16) int cells[4]: at the start of a line, before a type and a name
    re.compile(rb"(?m)^[ \t]*" + _CALL + rb"(?=[ \t]+" + _TYPE + rb"{1,4}[A-Za-z_~][\w:]*[ \t]*[(;=\[])"),
    # (NONNULL const char *name, …): before the type of a parameter
    re.compile(rb"[(,]\s*" + _NAME + rb"(?=[ \t]+" + _TYPE + rb"{1,3}[A-Za-z_]\w*[ \t]*[,)=\[])"),
    # int CALLBACK buy(…): between the type and the name
    re.compile(rb"[\w*&][ \t]+" + _NAME + rb"(?=[ \t]+[A-Za-z_]\w*[ \t]*\()"),
    # buy(…) NOEXCEPT;  buy(…) const REQUIRES(lock) {
    re.compile(rb"\)[ \t]*(?:const[ \t]+)?" + _CALL + rb"(?=\s*[;{])"),
    # BEGIN_NAMESPACE, Q_OBJECT, CATCH(…): alone on its line
    re.compile(rb"(?m)^[ \t]*" + _CALL + rb"(?=[ \t]*\r?$)"),
]
_CHARACTER = re.compile(rb"[^\r\n]")


def alternatives(data: bytes) -> Iterator[bytes]:
    """Other sources of the same size and rows that may parse where this one does not."""
    sources = list(dict.fromkeys((data, without_conditions(data), with_first_branches(data))))
    yield from sources[1:]
    for source in sources:
        if (changed := without_macros(source)) != source:
            yield changed


def blank(source: bytes) -> bytes:
    """As many spaces, with the line ends where they were."""
    return _CHARACTER.sub(b" ", source)


def without_macros(data: bytes) -> bytes:
    """The source without names in capitals where a declaration has no place for them."""
    for macro in _MACROS:
        data = macro.sub(_without_macro, data)
    return data


def _without_macro(found: re.Match[bytes]) -> bytes:
    before = found.group()[: found.start("macro") - found.start()]
    return before + blank(found.group("macro"))


def without_conditions(data: bytes) -> bytes:
    """The source without its conditional lines: all branches at once."""
    return _blank(data, branches=False)


def with_first_branches(data: bytes) -> bytes:
    """The source without its conditional lines and without the branches after the first; ``#if 0`` has none."""
    return _blank(data, branches=True)


def _blank(data: bytes, branches: bool) -> bytes:
    rows = []
    dead: list[bool] = []  # of each open condition: is this branch left out?
    taken: list[bool] = []  # of each open condition: was a branch kept?
    continued = False  # the row belongs to a conditional line above that ended in a backslash
    for row in data.split(b"\n"):
        found = None if continued else _CONDITION.match(row)
        if found:
            word, rest = found.groups()
            if word.startswith(b"if"):
                never = word == b"if" and _NEVER.fullmatch(rest.rstrip(b"\r")) is not None
                dead.append(never)
                taken.append(not never)
            elif word == b"endif":
                dead[-1:], taken[-1:] = [], []
            elif dead:
                dead[-1] = taken[-1]
                taken[-1] = True
        directive = continued or found is not None
        rows.append(blank(row) if directive or (branches and any(dead)) else row)
        continued = directive and row.rstrip(b"\r").endswith(b"\\")
    return b"\n".join(rows)


def strip_conditions(text: str) -> str:
    """A declaration without the conditional lines in it."""
    return _LINES.sub("", text) if "#" in text else text


def is_condition(row: str) -> bool:
    """Is this row a conditional line?"""
    return _LINES.match(row) is not None


def opens_wrapper(row: str) -> bool:
    """Does a branch begin with this row, or a macro that wraps what follows?"""
    return _OPENER.match(row) is not None


def unparsed_bytes(root: Node) -> int:
    """How much of a tree the grammar could make no sense of; a missing token counts as one byte."""
    count, pending = 0, [root]
    while pending:
        node = pending.pop()
        if node.is_error:
            count += node.end_byte - node.start_byte
        elif node.is_missing:
            count += 1
        elif node.has_error:
            pending.extend(node.children)
    return count
