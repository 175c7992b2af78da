"""TOML edited as text: one table, with the tables below it, put at the end or taken out; the rest stays as it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

_HEADER = re.compile(r"^[ \t]*\[")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class NotToml(ValueError):
    """The text is no TOML, or says a table in a way that is not edited here."""


def parse(text: str) -> dict[str, Any]:
    """What a text says. Raises NotToml."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise NotToml(str(error)) from error


def put(text: str, section: str, name: str, value: dict[str, Any]) -> str:
    """The text with the table ``[section.name]`` at its place, or at the end."""
    block = [f"[{section}.{_key(name)}]", *(f"{_key(key)} = {_shown(item)}" for key, item in value.items())]
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    shown = "".join(line + newline for line in block)
    ranges = _ranges(lines, section, name)
    if ranges:
        first = ranges[0][0]
        kept = _without(lines, ranges)
        return "".join(kept[:first]) + shown + "".join(kept[first:])
    if text and not text.endswith("\n"):
        text += newline
    return text + newline * bool(text.strip()) + shown


def take_out(text: str, section: str, name: str) -> str:
    """The text without that table."""
    lines = text.splitlines(keepends=True)
    ranges = _ranges(lines, section, name)
    if not ranges:
        return text
    first, end = ranges[0]
    if first and not lines[first - 1].strip():
        ranges[0] = first - 1, end  # the empty line that stands before it
    return "".join(_without(lines, ranges))


def _ranges(lines: list[str], section: str, name: str) -> list[tuple[int, int]]:
    """The lines of the table and of those below it, each from its header to what belongs to the next."""
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    found = []
    for place, at in enumerate(headers):
        if _path(lines[at])[:2] != [section, name]:
            continue
        end = headers[place + 1] if place + 1 < len(headers) else len(lines)
        # Comments right above a header speak of that.
        while end > at + 1 and end < len(lines) and (not (line := lines[end - 1].strip()) or line[0] == "#"):
            end -= 1
        found.append((at, end))
    return found


def _without(lines: list[str], ranges: list[tuple[int, int]]) -> list[str]:
    gone = {at for first, end in ranges for at in range(first, end)}
    return [line for at, line in enumerate(lines) if at not in gone]


def _path(header: str) -> list[str]:
    """The names in a header; none where it is no table's."""
    try:
        found = tomllib.loads(header.strip())
    except tomllib.TOMLDecodeError:
        return []
    names = []
    while isinstance(found, dict) and len(found) == 1:
        ((name, found),) = found.items()
        names.append(name)
    return names


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _shown(name)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_shown(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's strings are TOML's but for DEL and the escaped slash, which dumps does not write.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    raise NotToml(f"the entry has a {type(value).__name__}, which is not written here")
