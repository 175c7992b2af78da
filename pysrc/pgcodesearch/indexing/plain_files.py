"""Walks a folder without git: the .gitignore of each folder counts, and what folders of caches hold is left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pgcodesearch.indexing.by_name import VERSION_CONTROL, shown_path, skip_folder
from pgcodesearch.indexing.ignoring import MOST_BYTES, Patterns
from pgcodesearch.indexing.opening import opened_folder, read_file
from pgcodesearch.indexing.sieve import Found, Sieve, joined


@dataclass(frozen=True)
class Rule:
    """The patterns of a folder: ``below`` is its path in the root, or ``above`` the way from it to the root."""

    patterns: Patterns
    below: str = ""
    above: str = ""

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """What the patterns say of a path that is relative to the root."""
        return self.patterns.verdict(self.above + path[len(self.below) :], is_folder)


@dataclass
class Ignored:
    """What git, or a .gitignore, leaves out; folders are not looked into."""

    files: int = 0
    folders: list[str] = field(default_factory=list)


class PlainTree:
    """The files below a folder. ``other_tree`` has the files of a git work tree at a path below it, None for none."""

    def __init__(
        self,
        root: Path,
        sieve: Sieve,
        ignored: Ignored,
        other_tree: Callable[[bytes], Iterator[Found] | None],
    ) -> None:
        self._root = root
        self._sieve = sieve
        self._ignored = ignored
        self._other_tree = other_tree
        self._pattern_bytes = MOST_BYTES

    def __iter__(self) -> Iterator[Found]:
        """Each file once, folder by folder; a folder that can't be read is reported."""
        pending = [(b"", _rules_above(self._root), False)]
        while pending:
            folder, rules, asked_for = pending.pop()
            below: list[bytes] = []
            try:
                with opened_folder(self._sieve.root, folder) as descriptor:
                    names = _names(descriptor)
                    rules = rules + self._rules(folder, names)
                    for name, is_folder in names:
                        path = joined(folder, name)
                        if self._is_left_out(path, is_folder, rules):
                            continue
                        if is_folder:
                            below.append(path)
                            continue
                        found = self._sieve.file(path, descriptor)
                        if found and (found.included or not asked_for):
                            yield found
            except OSError as error:
                yield self._sieve.skipped(
                    folder + b"/" if folder else b".", ("unreadable", error.strerror or "")
                )
            for path in reversed(below):
                yield from self._folder(path, rules, asked_for, pending)

    def _folder(
        self, path: bytes, rules: list[Rule], asked_for: bool, pending: list[tuple[bytes, list[Rule], bool]]
    ) -> Iterator[Found]:
        """Put a folder off, or say why it is not looked into."""
        reason = None if asked_for else skip_folder(shown_path(path).rpartition("/")[2])
        if reason:
            yield self._sieve.skipped(path + b"/", reason)
            if not self._sieve.takes_in:
                return
        tree = None if asked_for or reason else self._other_tree(path)
        if tree is not None:
            yield from tree
        else:
            # Below a folder that is left out, only what was asked for counts.
            pending.append((path, rules, asked_for or reason is not None))

    def _is_left_out(self, path: bytes, is_folder: bool, rules: list[Rule]) -> bool:
        name = path.rpartition(b"/")[2]
        if name == b".git" or (is_folder and shown_path(name) in VERSION_CONTROL):
            return True
        if not (self._sieve.wants_folder(path) if is_folder else self._sieve.wants(path)):
            return True
        if not _is_ignored(shown_path(path), is_folder, rules):
            return False
        if is_folder:
            self._ignored.folders.append(shown_path(path) + "/")
        else:
            self._ignored.files += 1
        return True

    def _rules(self, folder: bytes, names: list[tuple[bytes, bool]]) -> list[Rule]:
        if (b".gitignore", False) not in names:
            return []
        data = _read(self._sieve.root, joined(folder, b".gitignore"), self._pattern_bytes)
        # What all the files of patterns in a tree may have: making them ready takes time.
        self._pattern_bytes -= len(data)
        return (
            [Rule(Patterns.of_file(data), below=shown_path(folder) + "/" if folder else "")] if data else []
        )


def _is_ignored(path: str, is_folder: bool, rules: list[Rule]) -> bool:
    """Whether the deepest rule that says something of a path leaves it out; the folders it is in are not looked at."""
    verdicts = (rule.verdict(path, is_folder) for rule in reversed(rules))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _rules_above(root: Path) -> list[Rule]:
    """The rules of the folders around the root, up to the top of a work tree; none where they leave out the root."""
    rules: list[Rule] = []
    for place in root.parents:
        way = root.relative_to(place).as_posix() + "/"
        is_top = (place / ".git").exists()
        files = [".gitignore", ".git/info/exclude"] if is_top else [".gitignore"]
        found = [_read(os.fsencode(place), os.fsencode(name)) for name in files]
        rules = [Rule(Patterns.of_file(data), above=way) for data in reversed(found) if data] + rules
        if is_top:
            break
    return [] if any(_leaves_out_root(rule) for rule in rules) else rules


def _leaves_out_root(rule: Rule) -> bool:
    return rule.patterns.cover_folder(rule.above.rstrip("/"))


def _read(root: bytes, path: bytes, most: int = MOST_BYTES) -> bytes:
    try:
        return read_file(root, path, None, most)
    except OSError:
        return b""


def _names(folder: int) -> list[tuple[bytes, bool]]:
    """Name of each entry, and whether it is a folder."""
    with os.scandir(folder) as entries:
        return sorted((os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries)
