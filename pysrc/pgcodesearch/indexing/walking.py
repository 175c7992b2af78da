"""Finds the files below a folder: what could be indexed, and what its name, kind or size alone rules out.

Where there is a git work tree, git says which files there are, as for itself: what it tracks, whatever a pattern says
of it, and what it would add. Elsewhere the tree is walked, with the .gitignore of each folder. No link is followed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path

from pgcodesearch.indexing.by_name import Reason, shown_path, skip_folder
from pgcodesearch.indexing.git_command import GitFailed
from pgcodesearch.indexing.git_files import GitFiles, list_git_files, why_silent
from pgcodesearch.indexing.opening import opened_folder
from pgcodesearch.indexing.plain_files import Ignored, PlainTree
from pgcodesearch.indexing.sieve import Found, Selection, Sieve

# Submodules of submodules: nobody's are deeper, and each level is one of the stack.
_DEEPEST = 100
_ABSENT = ("repository", "submodule that is not checked out")
_FOREIGN = ("repository", "git repository of its own: index it by itself")


class Walk:
    """The files below a folder, each once. ``git`` has what git says of the folder; ``notes``, why it was not asked."""

    def __init__(self, root: Path, selection: Selection, only: Collection[str] | None = None) -> None:
        """``only``: no other paths than these. Raises FileNotFoundError, NotADirectoryError."""
        if not root.exists():
            raise FileNotFoundError(f"there is no folder {root}")
        if not root.is_dir():
            raise NotADirectoryError(f"{root} is not a folder")
        self.ignored = Ignored()
        self.notes: list[str] = []
        self._root = root
        self._sieve = Sieve(os.fsencode(root), selection, only)
        self.git = self._ask_git(b"")

    def __iter__(self) -> Iterator[Found]:
        if self.git:
            yield from self._listed(b"", self.git)
        else:
            yield from PlainTree(self._root, self._sieve, self.ignored, self._other_tree)

    def _ask_git(self, folder: bytes) -> GitFiles | None:
        place = self._root / os.fsdecode(folder)
        try:
            listed = list_git_files(place)
            silence = None if listed else why_silent(place)
        except GitFailed as error:
            listed, silence = None, error.message
        if silence and not self.notes:
            self.notes.append(f"git could not say which files to index: {silence}")
        return listed

    def _listed(self, base: bytes, git: GitFiles) -> Iterator[Found]:
        """What git lists in the work tree, or the part of one, at ``base``."""
        self.ignored.files += git.ignored_files
        self.ignored.folders += [shown_path(base + folder) for folder in git.ignored_folders]
        wanted = [base + path for path in git.tracked | git.untracked if self._sieve.wants(base + path)]
        tracked = {base + path for path in git.tracked}
        left_out: set[bytes] = set()
        for folder, paths in groupby(
            sorted(wanted, key=_by_folder), key=lambda path: path.rpartition(b"/")[0]
        ):
            outer, reason = _left_out_by_name(folder)
            if reason is None:
                yield from self._folder(folder, list(paths))
                continue
            listed = list(paths)
            kept = [path for path in listed if path in tracked or self._sieve.includes(path)]
            if len(kept) < len(listed) and outer not in left_out:
                left_out.add(outer)
                yield self._sieve.skipped(outer + b"/", reason)
            yield from self._folder(folder, kept)
        for path in sorted(git.submodules | git.repositories):
            yield from self._repository(base + path.removesuffix(b"/"), path in git.submodules)

    def _folder(self, folder: bytes, paths: list[bytes]) -> Iterator[Found]:
        """What of a folder's files is there."""
        try:
            with opened_folder(self._sieve.root, folder) as descriptor:
                yield from filter(None, (self._sieve.file(path, descriptor) for path in paths))
        except OSError as error:
            # Else deleted since it was added, or replaced by a link.
            if error.errno in (errno.EACCES, errno.EPERM, errno.EMFILE, errno.EIO):
                yield self._sieve.skipped(folder + b"/", ("unreadable", error.strerror or ""))

    def _repository(self, folder: bytes, is_submodule: bool) -> Iterator[Found]:
        """A work tree in the work tree: a submodule's files belong to it, another's don't."""
        if not self._sieve.wants_folder(folder):
            return
        tree = self._other_tree(folder) if is_submodule and folder.count(b"/") < _DEEPEST else None
        if tree is not None:
            yield from tree
        else:
            yield self._sieve.skipped(folder + b"/", _ABSENT if is_submodule else _FOREIGN)

    def _other_tree(self, folder: bytes) -> Iterator[Found] | None:
        """The files of the work tree whose top is ``folder``; None where it is none."""
        if not (self._root / os.fsdecode(folder) / ".git").exists():
            return None
        if self.notes:
            return iter([self._sieve.skipped(folder + b"/", _FOREIGN)])
        git = self._ask_git(folder)
        return self._listed(folder + b"/", git) if git and git.is_top else None


def _by_folder(path: bytes) -> tuple[bytes, bytes]:
    return path.rpartition(b"/")[0], path


def _left_out_by_name(folder: bytes) -> tuple[bytes, Reason | None]:
    """The outermost folder on the way that is left out by its name, unless git tracks what is in it."""
    parts = folder.split(b"/")
    for depth, part in enumerate(parts, 1):
        reason = skip_folder(shown_path(part), in_git=True)
        if reason:
            return b"/".join(parts[:depth]), reason
    return b"", None
