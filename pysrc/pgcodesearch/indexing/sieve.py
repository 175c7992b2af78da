"""Decides of each entry of a folder whether it could be indexed, by what is asked for, its name and its kind."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pgcodesearch.indexing.by_name import Reason, shown_path, skip_by_name, unfit_path
from pgcodesearch.indexing.ignoring import Patterns
from pgcodesearch.indexing.opening import Identity

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Found:
    """A file below ``root``. ``skip`` is the reason where its name, kind or size alone rules it out.

    ``modified_ns`` is when its content, or what is known of it, changed last: no tool can give a changed file the time
    that it had. ``included``: somebody asked for it, whatever is guessed from its name or content.
    """

    path: str  # relative to the root, with '/'
    size_bytes: int
    modified_ns: int
    skip: str | None = None
    detail: str | None = None
    included: bool = False
    root: bytes = b""
    raw: bytes = b""  # the path for open(): names need not be valid UTF-8
    identity: Identity | None = None


DEFAULT_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Selection:
    """Which files are wanted, in .gitignore's language: ``exclude`` leaves out, ``include`` takes in what would be
    skipped as generated, minified, vendored or binary. Ignored files stay out, and larger ones than ``max_bytes``.
    """

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    max_bytes: int = DEFAULT_MAX_BYTES


EVERYTHING = Selection()


def with_setting(connection: Connection[Any], selection: Selection) -> Selection:
    """What was asked for, with what the setting index.include takes in always."""
    row = connection.execute("select codesearch.current_setting_value('index.include')").fetchone()
    connection.commit()
    always = tuple(map(str, row[0] if row and row[0] else ()))
    return replace(selection, include=selection.include + always)


class Sieve:
    """A selection at work below ``root``; ``only``: no other paths than these."""

    def __init__(self, root: bytes, selection: Selection, only: Collection[str] | None = None) -> None:
        self.root = root
        self._exclude = Patterns(selection.exclude) if selection.exclude else None
        self._include = Patterns(selection.include) if selection.include else None
        self._only = None if only is None else {os.fsencode(path) for path in only}
        self._above = {path[:at] for path in self._only or () for at in _slashes(path)}

    @property
    def takes_in(self) -> bool:
        """Whether anything is asked for that would be skipped."""
        return self._include is not None

    def wants(self, path: bytes) -> bool:
        """Whether a file is to be looked at."""
        if self._only is not None and path not in self._only:
            return False
        return self._exclude is None or not self._exclude.cover(shown_path(path))

    def wants_folder(self, path: bytes) -> bool:
        """Whether a folder may hold such files."""
        if self._only is not None and path not in self._above:
            return False
        return self._exclude is None or not self._exclude.cover_folder(shown_path(path))

    def includes(self, path: bytes) -> bool:
        """Whether a file was asked for."""
        return self._include is not None and self._include.cover(shown_path(path))

    def file(self, path: bytes, folder: int) -> Found | None:
        """What is at ``path``, looked up in the opened ``folder``; None where there is no file."""
        try:
            status = os.stat(path.rpartition(b"/")[2], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            return self.skipped(path, ("unreadable", error.strerror or ""))
        if stat.S_ISDIR(status.st_mode):
            return None
        skip, detail = self._reason_of(path, status) or (None, None)
        changed_ns = max(status.st_mtime_ns, status.st_ctime_ns)
        return Found(
            shown_path(path), status.st_size, changed_ns, skip, detail, self.includes(path), self.root, path,
            Identity.of(status),
        )  # fmt: skip

    def skipped(self, path: bytes, reason: Reason) -> Found:
        """The record of what is not looked into."""
        return Found(shown_path(path), 0, 0, *reason, root=self.root, raw=path)

    def reason(self, path: bytes) -> Reason | None:
        """Why a file is skipped for its name alone."""
        return unfit_path(path) or (None if self.includes(path) else skip_by_name(shown_path(path)))

    def _reason_of(self, path: bytes, status: os.stat_result) -> Reason | None:
        if stat.S_ISLNK(status.st_mode):
            return "symlink", "links are not followed"
        if not stat.S_ISREG(status.st_mode):
            return "not a file", "pipe, socket or device"
        return self.reason(path)


def joined(folder: bytes, name: bytes) -> bytes:
    """A path below the root."""
    return folder + b"/" + name if folder else name


def _slashes(path: bytes) -> list[int]:
    return [at for at, character in enumerate(path) if character == ord("/")]
