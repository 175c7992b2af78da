"""Reads what `git log --raw -z -p -U0` prints of a commit: files, changed lines, names of the definitions around."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import re2

from pgcodesearch.indexing.by_name import shown_path

_MOST_RANGES = 200
_MOST_SYMBOLS = 40
_LONGEST_SYMBOL = 120


def _latin1() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes in and out
    options.log_errors = False
    return options


_KEYWORDS = (
    rb"def|class|func|function|fn|struct|enum|trait|impl|interface|protocol|extension|object|module|namespace|type|record"
    rb"|macro|defmodule|defp|defmacro|sub|proc|procedure|view|table|trigger|union|mod|package"
)
_MODIFIERS = (
    rb"(?:(?:export|default|async|static|public|private|protected|internal|abstract|final|override|open|pub(?:\([a-z]+\))?"
    rb"|unsafe|const|inline|extern|virtual|sealed|data|local|create|or|replace|declare|partial|suspend)[ \t]+)*"
)
# A receiver as Go has it, type parameters as Rust has them.
_DEFINED = (
    rb"(?:"
    + _KEYWORDS
    + rb")[*]?(?:<[^>\n]{0,80}>)?[ \t]+(?:\([^)\n]{0,80}\)[ \t]*)?(?:if not exists[ \t]+)?"
    rb"([A-Za-z_$][\w$.]*)"
)
_DEFINITION = re.compile(rb"^[ \t]*" + _MODIFIERS + _DEFINED, re.IGNORECASE)
_ASSIGNED = re.compile(rb"^[ \t]*(?:export[ \t]+)?(?:const|let|var|val)[ \t]+([A-Za-z_$][\w$]*)")
_HEADING = re.compile(rb"^#{1,6}[ \t]+(.+?)[ \t#]*$")
_CALLED = re.compile(rb"([A-Za-z_$~][\w$]*)[ \t]*\(")
_NOT_NAMES = {b"if", b"for", b"while", b"switch", b"catch", b"return", b"sizeof", b"throw"}
# The lines that count, found by RE2, which reads megabytes of a patch several times faster than Python's own engine.
_LINE = re2.compile(
    rb"(?im)^(?:diff --git |@@ -.*|Binary files |[+-][ \t]*"
    + _MODIFIERS
    + rb"(?:"
    + _KEYWORDS
    + rb")[*]?[ \t<].*)",
    _latin1(),
)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")


@dataclass
class ChangedFile:
    """One file of a commit; ``lines`` are (first, last) as the commit left the file, None where they are not known."""

    path: str
    status: str
    old_path: str | None = None
    added: int | None = None
    removed: int | None = None
    lines: list[tuple[int, int]] | None = None
    symbols: dict[str, None] = field(default_factory=dict)


def read_raw(data: bytes, most: int) -> tuple[list[ChangedFile], int, bytes]:
    """The first ``most`` files of what `--raw -z` prints, how many there are, and what follows."""
    files: list[ChangedFile] = []
    count = position = 0
    data = data.lstrip(b"\0\n")
    while data[position : position + 1] == b":":
        end = data.find(b"\0", position)
        status = data[position:end].rpartition(b" ")[2][:1].decode("ascii", "replace")
        paths = []
        for _ in range(2 if status in "RC" else 1):
            after = data.find(b"\0", end + 1)
            if end < 0 or after < 0:
                return files, count, b""  # cut off
            paths.append(shown_path(data[end + 1 : after]))
            end = after
        position = end + 1
        count += 1
        if count <= most:
            files.append(ChangedFile(paths[-1], status, paths[0] if len(paths) > 1 else None))
    return files, count, data[position:].lstrip(b"\0")


def read_patch(files: list[ChangedFile], patch: bytes) -> None:
    """Add to the files of a commit, in git's order, the lines and names that its patch has."""
    # A change of type is shown as two: what was there, and what is.
    shown: Iterator[ChangedFile] = iter(
        [file for file in files for _ in range(2 if file.status == "T" else 1)]
    )
    file: ChangedFile | None = None
    hunk: _Hunk | None = None
    for match in _LINE.finditer(patch):
        start, end = match.span()
        line = patch[start:end]
        if line[:1] in b"+-":
            if hunk:
                hunk.defines(line[1:], first=start == hunk.end + 1)
            continue
        if file and hunk:
            hunk.add_to(file)
        hunk = None
        if line[:1] in b"dD":
            file = next(shown, None)
            if file and file.lines is None:
                file.added, file.removed = 0, 0
            if file:
                file.lines = []
        elif file and line[:1] in b"bB":
            file.added, file.removed, file.lines = None, None, None
        elif file and (numbers := _HUNK.match(line)):
            old, first, new, around = numbers.groups()
            hunk = _Hunk(_count(old), _count(new), int(first), around, end)
    if file and hunk:
        hunk.add_to(file)


class _Hunk:
    def __init__(self, old: int, new: int, start: int, around: bytes, end: int) -> None:
        self._old, self._new, self._start, self._around = old, new, start, around
        self.end = end
        self._names: list[str] = []

    def defines(self, line: bytes, first: bool) -> None:
        """A changed line is the head of a definition: then what git names is mostly the one before it."""
        if name := defined_name(line):
            self._names.append(name)
            if first or not self._old:
                self._around = b""

    def add_to(self, file: ChangedFile) -> None:
        if file.lines is None or file.added is None or file.removed is None:
            return
        file.added += self._new
        file.removed += self._old
        if file.status == "D":
            return
        # Where lines only went, the one before them stands for the place.
        first = max(self._start, 1)
        if len(file.lines) < _MOST_RANGES:
            file.lines.append((first, first + max(self._new, 1) - 1))
        else:
            file.lines[-1] = (file.lines[-1][0], first + max(self._new, 1) - 1)
        around = defined_name(self._around) if self._around else None
        for name in [around, *self._names]:
            if name and len(file.symbols) < _MOST_SYMBOLS:
                file.symbols[name] = None


def _count(lines: bytes | None) -> int:
    return 1 if lines is None else int(lines)


def defined_name(line: bytes) -> str | None:
    """The name that a line defines: a definition's head in any language, or a heading."""
    for pattern in (_HEADING, _DEFINITION, _ASSIGNED):
        if found := pattern.search(line):
            return _as_name(found[1].rpartition(b".")[2] if pattern is _DEFINITION else found[1])
    names = [name for name in _CALLED.findall(line) if name not in _NOT_NAMES]
    return _as_name(names[0]) if names else None


def _as_name(name: bytes) -> str | None:
    text = name.decode("utf-8", "replace")
    text = (text if text.isprintable() else "".join(filter(str.isprintable, text))).strip()
    return text[:_LONGEST_SYMBOL] or None
