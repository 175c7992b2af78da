"""What an answer was found in: when each repository was indexed, what waits, and what changed on disk since.

The index says the first two. The third is looked at in a thread beside the answer, which does not wait for it longer
than a moment: a large folder's count comes with a later answer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from pgcodesearch.searching import Client
from pgcodesearch.searching.pool import ClientPool

# An answer waits this long for the counts of files; a look at a folder takes no longer than the second, and is used
# for the third, or for twenty times what it took.
_WAIT_SECONDS = 0.15
_LOOK_SECONDS = 10.0
_KEEP_SECONDS = 3.0
_SHARE_OF_TIME = 20
# Several clients that ask at once read the state once.
_STATE_SECONDS = 0.5
# An answer without any result is about all repositories; of more than these the folders are not looked at.
_MOST_FOLDERS = 20
_MOST_OTHERS = 3
# What a standby is mostly behind is no news.
_TOLD_LAG_SECONDS = 1.0
_NEVER: tuple[float, int | None] = (0.0, None)

_STATE = """
select f.repository, f.branch_id, f.pending_files, f.failed_files, f.vector_coverage, f.indexed_commit,
       f.last_indexed_at, f.replica_lag_seconds, b.is_default
from codesearch.index_freshness f join codesearch.branch b using (branch_id) order by f.repository
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """``pending_files`` wait to be indexed, ``changed_files`` differ on disk from what was: null where the folder is
    not on the server's machine, or was not counted yet. ``replica_lag_seconds``: how old the data of the standby that
    answers may be, null on a primary."""

    repository: str
    indexed_at: datetime | None
    indexed_commit: str | None
    pending_files: int
    failed_files: int
    vector_coverage: float
    changed_files: int | None
    replica_lag_seconds: float | None = None

    @property
    def is_stale(self) -> bool:
        """Whether answers may lack something, or show what is gone."""
        return bool(self.pending_files or self.failed_files or self.changed_files)

    def line(self) -> str:
        """In one line, with what to do where it is not up to date."""
        parts = [f"indexed {self.indexed_at:%Y-%m-%d %H:%M %Z}" if self.indexed_at else "never indexed whole"]
        if self.indexed_commit:
            parts.append(
                f"commit {self.indexed_commit[:12]}{'-dirty' * self.indexed_commit.endswith('-dirty')}"
            )
        if self.changed_files:
            parts.append(f"{_files(self.changed_files)} changed since: read those from disk, or index again")
        elif self.changed_files == 0:
            parts.append("no file changed since")
        if self.pending_files:
            parts.append(f"{_files(self.pending_files)} pending")
        if self.failed_files:
            parts.append(f"{_files(self.failed_files)} failed")
        if self.vector_coverage < 1:
            parts.append(f"{self.vector_coverage:.0%} of texts have vectors")
        if (self.replica_lag_seconds or 0) >= _TOLD_LAG_SECONDS:
            parts.append(f"from a standby that is {self.replica_lag_seconds:.0f} s behind")
        return f"{self.repository}: " + ", ".join(parts)


@dataclass(frozen=True)
class _State:
    fresh: Fresh
    branch_id: int
    is_default: bool


class FreshnessWatch:
    """Knows the state of all repositories of a database, as fresh as it is cheap."""

    def __init__(self, pool: ClientPool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._due: queue.SimpleQueue[tuple[int, threading.Event]] = queue.SimpleQueue()
        self._looks: dict[int, threading.Event] = {}
        self._looker: threading.Thread | None = None
        # When the next look is due, and what the last one counted.
        self._counts: dict[int, tuple[float, int | None]] = {}
        self._states: tuple[float, list[_State]] = (0.0, [])

    def of_answer(self, client: Client, repository: str | None, found_in: Iterable[str] = ()) -> list[Fresh]:
        """What an answer should say: of the repository that was asked, else of those it is from, and of all others
        that are known not to be up to date."""
        states = self._read(client)
        names = set(found_in)
        if repository is not None:
            chosen = [state for state in states if state.fresh.repository == repository]
        else:
            chosen = [state for state in states if state.fresh.repository in names]
        if repository is not None:
            return self._with_counts(chosen)
        fresh = self._with_counts(chosen or [state for state in states if state.is_default][:_MOST_FOLDERS])
        shown = {one.repository for one in fresh}
        others = [self._counted_before(one) for one in states if one.is_default]
        stale = [one for one in others if one.is_stale and one.repository not in shown]
        return fresh + sorted(stale, key=lambda one: -one.pending_files)[:_MOST_OTHERS]

    def all(self, client: Client) -> list[Fresh]:
        """Every branch of every repository."""
        return self._with_counts(self._read(client))

    def names(self, client: Client) -> list[str]:
        """What ``repository`` may be."""
        return [state.fresh.repository for state in self._read(client)]

    def _read(self, client: Client) -> list[_State]:
        read_at, states = self._states
        if time.monotonic() - read_at < _STATE_SECONDS and states:
            return states
        rows = client.read(lambda connection: connection.execute(_STATE).fetchall())
        states = [
            _State(Fresh(name, at, commit, pending, failed, coverage, None, lag), branch_id, is_default)
            for name, branch_id, pending, failed, coverage, commit, at, lag, is_default in rows
        ]
        self._states = time.monotonic(), states
        return states

    def _with_counts(self, states: Sequence[_State]) -> list[Fresh]:
        until = time.monotonic() + _WAIT_SECONDS
        for look in [self._look(state.branch_id) for state in states]:
            look.wait(max(0.0, until - time.monotonic()))
        return [self._counted_before(state) for state in states]

    def _counted_before(self, state: _State) -> Fresh:
        _, count = self._counts.get(state.branch_id, _NEVER)
        return replace(state.fresh, changed_files=count)

    def _look(self, branch_id: int) -> threading.Event:
        """The look at a branch's folder that was last, is under way, or is due and begins now: set when it is done."""
        with self._lock:
            if self._looker is None:
                # One folder at a time, since a look keeps a core busy; and a process that ends does not wait for it.
                self._looker = threading.Thread(target=self._work, name="disk", daemon=True)
                self._looker.start()
            look = self._looks.get(branch_id)
            due_at, _ = self._counts.get(branch_id, _NEVER)
            if look is None or (look.is_set() and time.monotonic() >= due_at):
                look = self._looks[branch_id] = threading.Event()
                self._due.put((branch_id, look))
            return look

    def _work(self) -> None:
        while True:
            branch_id, look = self._due.get()
            began, count = time.monotonic(), None
            with suppress(Exception):  # then it is not known, which is what the answer says
                count = self._count(branch_id)
            now = time.monotonic()
            self._counts[branch_id] = now + max(_KEEP_SECONDS, _SHARE_OF_TIME * (now - began)), count
            look.set()

    def _count(self, branch_id: int) -> int | None:
        # Here, because it takes time that the first answer need not wait for.
        from pgcodesearch.indexing.disk_changes import IndexedBranch, count_changes

        with self._pool.client() as client:
            branch = client.read(lambda connection: IndexedBranch.read(connection, branch_id))
        return count_changes(branch, _LOOK_SECONDS) if branch else None


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"
