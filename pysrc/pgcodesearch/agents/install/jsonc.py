"""JSON with comments and trailing commas, edited as text: what an edit is not about stays as it is, to the byte."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_DEEPEST = 200


class NotJson(ValueError):
    """The text is no JSON, not even with comments: what is wrong, and in which line."""


@dataclass
class Node:
    """A value with its place in the text. ``members`` of an object; ``comma`` is where the one after it stands."""

    start: int
    end: int
    value: Any
    members: list[Member] = field(default_factory=list)


@dataclass
class Member:
    """A member of an object."""

    name: str
    start: int
    node: Node
    comma: int | None = None


def parse(text: str) -> Node:
    """The value that a text is. Raises NotJson, for names that stand twice in an object too."""
    reader = _Reader(text)
    node = reader.value(reader.skip(0), 0)
    rest = reader.skip(node.end)
    if rest != len(text):
        raise reader.wrong(rest, "something follows the value")
    return node


def put(text: str, section: str, name: str, value: Any) -> str:
    """The text with a member ``name`` in the object ``section`` of its root; both are made where they are missing."""
    text = text if text.strip("\ufeff \t\r\n") else text + "{}\n"
    root = parse(text)
    found = _member(root, section)
    if found is None:
        return _added(text, root, section, {name: value}, "")
    old = _member(found.node, name)
    if old is None:
        return _added(text, found.node, name, value, _indent(text, found.start))
    return (
        text[: old.node.start]
        + _shown(value, _indent(text, old.start), _unit(text, root))
        + text[old.node.end :]
    )


def take_out(text: str, section: str, name: str) -> str:
    """The text without the member, and without the section where that is empty now."""
    root = parse(text)
    found = _member(root, section)
    if found is None or _member(found.node, name) is None:
        return text
    if len(found.node.members) == 1 and not _has_comment(text, found.node):
        return _removed(text, root, section)
    return _removed(text, found.node, name)


def _added(text: str, parent: Node, name: str, value: Any, indent: str) -> str:
    """The text with one more member at the end of an object."""
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text, parse(text))
    inner = _indent(text, parent.members[0].start) if parent.members else indent + unit
    member = f"{json.dumps(name)}: {_shown(value, inner, unit)}".replace("\n", newline)
    if not parent.members:
        # What stands between the braces is white space and comments.
        inside = text[parent.start + 1 : parent.end - 1].rstrip()
        return f"{text[: parent.start + 1]}{inside}{newline}{inner}{member}{newline}{indent}{text[parent.end - 1 :]}"
    last = parent.members[-1]
    if last.comma is not None:
        return f"{text[: last.comma + 1]}{newline}{inner}{member},{text[last.comma + 1 :]}"
    on_one_line = "\n" not in text[parent.start : last.node.end]
    between = " " if on_one_line else newline + inner
    return f"{text[: last.node.end]},{between}{member}{text[last.node.end :]}"


def _removed(text: str, parent: Node, name: str) -> str:
    """The text without a member: what is between it and its neighbours, comments too, stays."""
    place = next(at for at, member in enumerate(parent.members) if member.name == name)
    member = parent.members[place]
    start, end = member.start, member.node.end
    if len(parent.members) == 1 and not _has_comment(text, parent):
        return f"{text[: parent.start + 1]}{text[parent.end - 1 :]}"
    if member.comma is not None:
        end = member.comma + 1
    start = len(text[:start].rstrip(" \t"))
    start = len(text[:start].removesuffix("\n").removesuffix("\r"))
    before = parent.members[place - 1].comma if member.comma is None and place else None
    if before is not None:
        return text[:before] + text[before + 1 : start] + text[end:]
    return text[:start] + text[end:]


def _member(node: Node, name: str) -> Member | None:
    if not isinstance(node.value, dict):
        raise NotJson(f"an object is expected where {json.dumps(node.value)[:40]} stands")
    return next((member for member in node.members if member.name == name), None)


def _has_comment(text: str, node: Node) -> bool:
    """Whether a comment stands between the braces of an object with one member, outside of that."""
    (member,) = node.members
    return "/" in text[node.start + 1 : member.start] + text[member.node.end : node.end]


def _indent(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str, root: Node) -> str:
    """What a level is indented by in this text."""
    first = _indent(text, root.members[0].start) if root.members else ""
    return first or "  "


def _shown(value: Any, indent: str, unit: str) -> str:
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{indent}")


class _Reader:
    """Reads values of one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def skip(self, position: int) -> int:
        """The position after white space and comments."""
        found = _SPACE.match(self._text, position)
        return found.end() if found else position

    def wrong(self, position: int, what: str) -> NotJson:
        """An error with the line it is in."""
        return NotJson(f"line {self._text.count(chr(10), 0, position) + 1}: {what}")

    def value(self, at: int, depth: int) -> Node:
        """The value that begins at a position."""
        if depth > _DEEPEST:
            raise self.wrong(at, "nested too deep")
        first = self._text[at : at + 1]
        if first == "{":
            return self._object(at, depth)
        if first == "[":
            return self._array(at, depth)
        if first == '"':
            value, end = self._string(at)
            return Node(at, end, value)
        plain = _PLAIN.match(self._text, at)
        if plain is None:
            raise self.wrong(at, "a value is expected")
        return Node(at, plain.end(), json.loads(plain.group()))

    def _string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self._text, at + 1, True)
        except ValueError as error:
            raise self.wrong(at, str(error)) from error
        return value, end

    def _object(self, start: int, depth: int) -> Node:
        node = Node(start, start, {})
        at = self.skip(start + 1)
        while self._text[at : at + 1] != "}":
            if self._text[at : at + 1] != '"':
                raise self.wrong(at, "a name in double quotes is expected")
            name, end = self._string(at)
            colon = self.skip(end)
            if self._text[colon : colon + 1] != ":":
                raise self.wrong(colon, "a colon is expected")
            if name in node.value:
                raise self.wrong(at, f"{json.dumps(name)} stands twice")
            member = Member(name, at, self.value(self.skip(colon + 1), depth + 1))
            node.value[name] = member.node.value
            node.members.append(member)
            at, member.comma = self._next(member.node.end, "}")
        node.end = at + 1
        return node

    def _array(self, start: int, depth: int) -> Node:
        node = Node(start, start, [])
        at = self.skip(start + 1)
        while self._text[at : at + 1] != "]":
            item = self.value(at, depth + 1)
            node.value.append(item.value)
            at, _ = self._next(item.end, "]")
        node.end = at + 1
        return node

    def _next(self, end: int, closing: str) -> tuple[int, int | None]:
        """Where the next item or the end is, and the comma before it."""
        at = self.skip(end)
        if self._text[at : at + 1] == ",":
            return self.skip(at + 1), at
        if self._text[at : at + 1] != closing:
            raise self.wrong(at, f"a comma or {closing} is expected")
        return at, None
