"""Follows a folder: what is saved is stored a moment later, for a worker to make searchable."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import watchfiles

from pgcodesearch.database import connect
from pgcodesearch.indexing.by_name import VERSION_CONTROL, skip_folder
from pgcodesearch.indexing.daemon import check_fits
from pgcodesearch.indexing.git_command import GitFailed
from pgcodesearch.indexing.history import sync_history
from pgcodesearch.indexing.sieve import EVERYTHING, Selection
from pgcodesearch.indexing.sync import store_paths, sync_repository
from pgcodesearch.indexing.target import SyncResult

# Editors write a file in several steps: wait for this much quiet, at most for the longer time.
_QUIET_MS = 50
_LONGEST_MS = 300
_TICK_MS = 500
# So many files at once are a checkout or a build: comparing the whole folder is quicker, and finds renames.
_MANY = 200
_GIT_STATE = (".git/HEAD", ".git/logs/HEAD")
_RECONNECT_SECONDS = 2.0

Changes = set[tuple[watchfiles.Change, str]]


@dataclass(frozen=True)
class WatchOptions:
    """What to watch as which repository."""

    name: str
    root: Path
    selection: Selection = EVERYTHING


def watch(
    url: str,
    options: WatchOptions,
    stopped: threading.Event,
    told: Callable[[SyncResult], None],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Bring the repository in line with the folder, and then with every change of it, until told to stop.

    ``told`` hears of what was stored; ``tick`` is called at least twice a second. A lost connection is made again,
    and the folder compared as a whole. Raises FileNotFoundError, NotADirectoryError, SchemaTooNew, SchemaTooOld,
    NotInitialized; psycopg.Error only from the first connection.
    """
    wanted = _Filter(options.root)
    batches = _changes(options.root, stopped, wanted)
    next(batches)  # from here on no change is missed
    connected = False
    missed: set[str] | None = None
    while not stopped.is_set():
        try:
            with connect(url, application_name="pgcodesearch watch") as connection:
                check_fits(connection)
                told(_sync(connection, options, wanted))
                connected = True
                for batch in batches:
                    tick()
                    missed = paths_to_read(options.root, batch)
                    if missed is None:
                        told(_sync(connection, options, wanted))
                    elif missed:
                        told(_store(connection, options, sorted(missed)))
        except psycopg.OperationalError:
            if not connected:
                raise
            tick()
            stopped.wait(_RECONNECT_SECONDS)


def paths_to_read(root: Path, batch: Changes) -> set[str] | None:
    """Paths of changed files, relative to the root; None where the folder is to be compared as a whole."""
    paths = set()
    for _, changed in batch:
        path = Path(changed).relative_to(root).as_posix()
        name = path.rsplit("/", 1)[-1]
        # A new folder may have been filled before it was watched; a rule decides on any number of files.
        if path in _GIT_STATE or name == ".gitignore" or Path(changed).is_dir():
            return None
        paths.add(path)
    return paths if len(paths) <= _MANY else None


class _Filter:
    """What the operating system reports but a walk would never come by."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Folders that git ignores, as of the last comparison: builds write into them all the time.
        self.ignored: tuple[str, ...] = ()

    def __call__(self, change: watchfiles.Change, changed: str) -> bool:
        try:
            path = Path(changed).relative_to(self._root).as_posix()
            path.encode()
        except (ValueError, UnicodeEncodeError):
            return False
        if path in _GIT_STATE:
            return True
        if path.startswith(self.ignored):
            return False
        parts = path.split("/")
        return not any(part in VERSION_CONTROL or skip_folder(part, in_git=True) for part in parts)


def _changes(root: Path, stopped: threading.Event, wanted: _Filter) -> Iterator[Changes]:
    """Batches of changes, empty ones at least twice a second; polls where the system's watches are used up."""
    for polling in (None, True):
        try:
            yield from watchfiles.watch(
                root, watch_filter=wanted, debounce=_LONGEST_MS, step=_QUIET_MS, rust_timeout=_TICK_MS,
                yield_on_timeout=True, stop_event=stopped, raise_interrupt=False, force_polling=polling,
                ignore_permission_denied=True,
            )  # fmt: skip
            return
        except OSError:
            if polling:
                raise


def _sync(connection: psycopg.Connection[Any], options: WatchOptions, wanted: _Filter) -> SyncResult:
    result = sync_repository(connection, options.name, options.root, options.selection)
    with suppress(GitFailed):
        sync_history(connection, result.branch_id, options.root, result.commit)
    wanted.ignored = tuple(result.ignored.folders)
    return result


def _store(connection: psycopg.Connection[Any], options: WatchOptions, paths: list[str]) -> SyncResult:
    return store_paths(connection, options.name, options.root, paths, options.selection)
