"""Patterns in .gitignore's language, matched as git does: level by level, the last pattern that matches decides.

The matching is RE2's, whose time is linear in the text: no pattern can make it hang, whoever wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import re2
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

# Larger files of patterns than this are nobody's work.
MOST_BYTES = 1_000_000
_LONGEST_PATTERN = 1_000
_MOST_PATTERNS = 5_000
_SET_SIZE = 100
_OR_BELOW = b"(?:(?P<ps_d>/)|$)"


class Patterns:
    """The patterns of one file, or of an option; paths are relative to the folder that they are written for."""

    def __init__(self, lines: Iterable[str]) -> None:
        parsed = [pattern for line in lines if (pattern := _parsed(os.fsencode(line)))][-_MOST_PATTERNS:]
        self._for_folders = _Matcher(parsed)
        self._for_files = _Matcher([pattern for pattern in parsed if not pattern.only_folders])
        self._covered: dict[str, bool] = {}

    @classmethod
    def of_file(cls, data: bytes) -> Patterns:
        """The patterns of a file's bytes, with or without a byte order mark."""
        lines = data[:MOST_BYTES].removeprefix(b"\xef\xbb\xbf").split(b"\n")
        return cls(os.fsdecode(line.removesuffix(b"\r")) for line in lines)

    def verdict(self, path: str, is_folder: bool = False) -> bool | None:
        """True where the path itself is named, False where it is taken back with ``!``, None where nothing is said."""
        return (self._for_folders if is_folder else self._for_files).last(path)

    def cover(self, path: str) -> bool:
        """Whether a file is named, or a folder that it is in: what is in such a folder can't be taken back."""
        folder, _, _ = path.rpartition("/")
        return self.cover_folder(folder) or bool(self.verdict(path))

    def cover_folder(self, path: str) -> bool:
        """The same of a folder; answers are kept, since each of its files asks."""
        if not path:
            return False
        if path not in self._covered:
            above, _, _ = path.rpartition("/")
            self._covered[path] = self.cover_folder(above) or bool(self.verdict(path, True))
        return self._covered[path]


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: bytes
    names: bool  # False with '!'
    only_folders: bool


class _Matcher:
    """Patterns in sets, of which RE2 says in one pass which match; small ones, since a set has a limit of memory."""

    def __init__(self, patterns: list[_Pattern]) -> None:
        self._sets = [_Set(patterns[at : at + _SET_SIZE]) for at in range(0, len(patterns), _SET_SIZE)][::-1]

    def last(self, path: str) -> bool | None:
        raw = path.encode("utf-8", "surrogateescape")
        verdicts = (patterns.last(raw) for patterns in self._sets)
        return next((verdict for verdict in verdicts if verdict is not None), None)


class _Set:
    def __init__(self, patterns: list[_Pattern]) -> None:
        self._names: list[bool] = []
        self._set = re2.Set.FullMatchSet(_OPTIONS)
        for pattern in patterns:
            with suppress(re2.error):
                self._set.Add(pattern.regex)
                self._names.append(pattern.names)
        self._set.Compile()

    def last(self, path: bytes) -> bool | None:
        matching = self._set.Match(path)
        return self._names[max(matching)] if matching else None


_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_OPTIONS.dot_nl = True
_OPTIONS.max_mem = 64 << 20
# Byte by byte, as git.
_OPTIONS.encoding = re2.Options.Encoding.LATIN1


def _parsed(line: bytes) -> _Pattern | None:
    """A line without the slash that keeps it to folders; None where it matches nothing."""
    if len(line) > _LONGEST_PATTERN or line.startswith(b"#") or not line.strip(b" "):
        return None
    only_folders = line.rstrip(b" ").endswith(b"/") and not line.endswith(b"\\ ")
    try:
        # Not pathspec's matching, whose answer is for whole paths: here a folder is asked for before what is in it.
        regex, names = GitIgnoreSpecPattern.pattern_to_regex(line.rstrip(b" ")[:-1] if only_folders else line)
    except ValueError:
        return None
    return None if regex is None or names is None else _Pattern(_whole(regex), names, only_folders)


def _whole(regex: bytes) -> bytes:
    """pathspec's expression, which is searched for and matches what is in a folder too, as one of the path itself."""
    if regex == b".":
        return b".+"
    if regex.endswith(_OR_BELOW):
        return regex.removesuffix(_OR_BELOW)
    # A pattern that ends in '/**' is of what is in the folder alone.
    return b".*/.+" if regex == b"/" else regex + b".+"
