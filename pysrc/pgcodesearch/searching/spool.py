"""What waits to be sent to the primary, on disk: it survives the process, is bounded, and keeps its order.

One SQLite file, because it gives what several processes of one user need and a folder of files does not: an order, a
bound and a count of what was dropped, each in one transaction. Entries are safe from the end of the process at once,
from that of the machine when the file is next brought up to date, as the primary's own log of searches is.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")

# Some twenty thousand searches of ten results.
MOST_BYTES = 32 << 20
_PAGE_BYTES = 4096
_BUSY_SECONDS = 10.0
_SCHEMA = """
create table if not exists entry (
    entry_id integer primary key autoincrement, kind text not null, arguments text not null
);
create table if not exists counter (name text primary key, value integer not null);
create table if not exists sender (one integer primary key check (one = 1), name text not null, until real not null);
"""
_RUINED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SpoolDamaged(UserWarning):
    """The file of entries that waited was damaged and is set aside; what was in it is not sent."""


class SpoolFull(UserWarning):
    """The oldest entries that waited were dropped, to make room."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that waits to be sent: which one, and with what."""

    entry_id: int
    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpoolState:
    """How many entries wait, and how many were dropped for room or refused by the primary since the file was made."""

    waiting: int
    dropped: int
    refused: int


class Spool:
    """Entries in the order in which they were put. Any number of threads and processes may use it."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """``path``: the file; nothing is made before something is put. Where it is full, the oldest go."""
        self.path = path
        self._most_pages = max(16, most_bytes // _PAGE_BYTES)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0

    def put(self, kind: str, arguments: dict[str, Any]) -> int:
        """Keep an entry; its number. Raises sqlite3.Error or OSError where that can't be."""
        text = json.dumps(arguments)

        def insert(connection: sqlite3.Connection) -> int:
            done = connection.execute("insert into entry (kind, arguments) values (?, ?)", (kind, text))
            return done.lastrowid or 0

        try:
            return self._do(insert)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
        dropped = self._do(self._make_room)
        warnings.warn(
            f"{dropped} entries that waited for the primary were dropped: {self.path} is full",
            SpoolFull,
            stacklevel=2,
        )
        return self._do(insert)

    def first(self, count: int) -> list[Entry]:
        """The oldest entries."""
        if not self.path.exists():
            return []
        rows = self._do(
            lambda connection: connection.execute(
                "select entry_id, kind, arguments from entry order by entry_id limit ?", (count,)
            ).fetchall()
        )
        return [Entry(entry_id, kind, json.loads(arguments)) for entry_id, kind, arguments in rows]

    def remove(self, entry_ids: Sequence[int], refused: int = 0) -> None:
        """Forget entries that were sent, so many of them refused."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.executemany("delete from entry where entry_id = ?", [(one,) for one in entry_ids])
            _count(connection, "refused", refused)

        self._do(delete)

    def newest(self) -> int:
        """The number of the newest entry that waits; 0 where none does."""
        if not self.path.exists():
            return 0
        asked = "select coalesce(max(entry_id), 0) from entry"
        return int(self._do(lambda connection: connection.execute(asked).fetchone())[0])

    def waits(self, until: int) -> bool:
        """Whether an entry with this number or a lower one waits."""
        if not self.path.exists():
            return False
        asked = "select 1 from entry where entry_id <= ? limit 1"
        return self._do(lambda connection: connection.execute(asked, (until,)).fetchone()) is not None

    def state(self) -> SpoolState:
        """What waits and what was lost."""
        if not self.path.exists():
            return SpoolState(0, 0, 0)

        def read(connection: sqlite3.Connection) -> SpoolState:
            (waiting,) = connection.execute("select count(*) from entry").fetchone()
            counted = dict(connection.execute("select name, value from counter").fetchall())
            return SpoolState(waiting, counted.get("dropped", 0), counted.get("refused", 0))

        return self._do(read)

    def claim(self, name: str, seconds: float) -> bool:
        """Become the one that sends, for so long; False while another one is. Two would only send the same twice."""
        now = time.time()

        def take(connection: sqlite3.Connection) -> bool:
            done = connection.execute(
                "insert into sender values (1, ?, ?) on conflict (one) do update"
                " set name = excluded.name, until = excluded.until"
                # A clock that was set back must not keep all from sending.
                " where sender.name = excluded.name or sender.until not between ? and ?",
                (name, now + seconds, now, now + 3600),
            )
            return done.rowcount == 1

        return self._do(take)

    def release(self, name: str) -> None:
        """Let another one send."""
        self._do(lambda connection: connection.execute("delete from sender where name = ?", (name,)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _do(self, call: Callable[[sqlite3.Connection], Result]) -> Result:
        """Call in a transaction of its own; where the file is ruined, in that of a new one."""
        with self._lock:
            try:
                return self._in_transaction(call)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", None) not in _RUINED:
                    raise
                self._set_aside(error)
                return self._in_transaction(call)

    def _in_transaction(self, call: Callable[[sqlite3.Connection], Result]) -> Result:
        connection = self._open()
        connection.execute("begin immediate")
        try:
            result = call(connection)
            connection.execute("commit")
        except BaseException:
            # An error of the disk has ended the transaction already.
            if connection.in_transaction:
                connection.execute("rollback")
            raise
        return result

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._owner != os.getpid():
            # A child of fork must not touch its parent's connection, nor close it.
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # What people ask is nobody else's.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute(f"pragma page_size = {_PAGE_BYTES}")
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = normal")
                connection.execute(f"pragma max_page_count = {self._most_pages}")
                connection.executescript(_SCHEMA)
            except BaseException:
                connection.close()
                raise
            self._connection, self._owner = connection, os.getpid()
        return self._connection

    def _close(self) -> None:
        if self._connection is not None and self._owner == os.getpid():
            self._connection.close()
        self._connection = None

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self._close()
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        for suffix in ("", "-wal", "-shm"):
            file = Path(f"{self.path}{suffix}")
            if file.exists():
                file.rename(f"{aside}{suffix}")
        warnings.warn(
            f"{self.path} is damaged ({error}), and set aside as {aside.name}", SpoolDamaged, stacklevel=5
        )

    @staticmethod
    def _make_room(connection: sqlite3.Connection) -> int:
        """Drop the oldest tenth; how many that were."""
        done = connection.execute(
            "delete from entry where entry_id in (select entry_id from entry order by entry_id"
            " limit (select count(*) / 10 + 1 from entry))"
        )
        _count(connection, "dropped", done.rowcount)
        return done.rowcount


def _count(connection: sqlite3.Connection, name: str, more: int) -> None:
    if more:
        connection.execute(
            "insert into counter values (?, ?) on conflict (name) do update set value = value + excluded.value",
            (name, more),
        )
