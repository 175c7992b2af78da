"""C's conditional lines, which grammars take for statements: what they cut in two, no grammar can parse.

``#if`` may stand in the middle of a declaration, or open a brace that another branch opens too. Without these lines,
or with the first branch alone, most such files parse; offsets and rows stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

LANGUAGES = frozenset({"c", "cpp", "csharp"})
_CONDITION = re.compile(rb"[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b([^\n]*)")
_NEVER = re.compile(rb"\s*0\s*(?:/[/*].*)?")
_LINES = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|elif|endif)\b.*", re.MULTILINE)
_OPENER = re.compile(r"[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|elif)\b")
_CHARACTER = re.compile(rb"[^\r\n]")


def without_conditions(data: bytes) -> Iterator[bytes]:
    """The source with its conditional lines blank, then with the branches after the first blank too."""
    if not any(_CONDITION.match(line) for line in data.split(b"\n")):
        return
    yield _blank(data, branches=False)
    yield _blank(data, branches=True)


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
        rows.append(_CHARACTER.sub(b" ", row) if directive or (branches and any(dead)) else row)
        continued = directive and row.rstrip(b"\r").endswith(b"\\")
    return b"\n".join(rows)


def strip_conditions(text: str) -> str:
    """A declaration without the conditional lines in it."""
    return _LINES.sub("", text) if "#" in text else text


def is_condition(row: str) -> bool:
    """Is this row a conditional line?"""
    return _LINES.match(row) is not None


def opens_condition(row: str) -> bool:
    """Does a branch begin with this row?"""
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
