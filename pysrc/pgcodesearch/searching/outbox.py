"""What is kept of searches that another server than the primary answered, on its way to the primary.

Everything goes through the spool, so that an entry is safe before the answer is given, and is sent by a thread, so
that no search waits for the primary. An entry that is sent twice, because the answer to it was lost, is one on the
primary: log entries have a provisional id, feedback has a key.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pgcodesearch.database import connect, resolve_url, without_password
from pgcodesearch.database.errors import CodeSearchError, InvalidArgument, UnknownId, mapped_errors
from pgcodesearch.home import home
from pgcodesearch.searching import queries
from pgcodesearch.searching.retrying import stands
from pgcodesearch.searching.spool import Entry, Spool

_LOG = logging.getLogger(__name__)
_BATCH = 100
# A process that is killed while it sends keeps the others from it for so long.
_CLAIM_SECONDS = 20.0
_FIRST_PAUSE = 0.25
_LAST_PAUSE = 5.0
_CONNECT_SECONDS = 5
# Data and integrity errors: what was sent is at fault, and always will be.
_REFUSED_CLASSES = ("22", "23")

_CALLS: dict[str, Callable[..., object]] = {
    "log_shown": queries.log_shown,
    "log_rerank": queries.log_rerank,
    "record_feedback": queries.record_feedback,
    "record_opened": queries.record_opened,
}
_known: dict[tuple[int, str], Outbox] = {}
_known_lock = threading.Lock()


class Outbox:
    """Sends what a user's processes have for one primary, in the order in which they put it."""

    def __init__(self, url: str, spool: Spool) -> None:
        """``url``: of the primary. What an earlier process left is sent at once."""
        self._url = url
        self.spool = spool
        self._name = uuid.uuid4().hex
        self._due = threading.Event()
        self._changed = threading.Condition()
        self._away = False
        self._connection: psycopg.Connection[Any] | None = None
        if spool.path.exists():
            self._due.set()
        threading.Thread(target=self._work, name="outbox", daemon=True).start()

    def put(self, kind: str, **arguments: Any) -> None:
        """Keep a call to be sent; ``kind`` is the function. Raises sqlite3.Error or OSError where that can't be."""
        self.spool.put(kind, arguments)
        self._due.set()

    def flush(self, seconds: float) -> bool:
        """Wait for all that was put to be sent, by other processes too; False where some of it still waits, at once
        where the primary is away."""
        until, number = time.monotonic() + seconds, self.spool.newest()
        while self.spool.waits(number):
            if self._away or time.monotonic() > until:
                return False
            self._due.set()
            with self._changed:
                self._changed.wait(0.05)
        return True

    def _work(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            self._due.wait()
            self._due.clear()
            try:
                all_sent = self._send_all()
            except Exception as error:
                if not self._away:
                    _LOG.info("what waits for the primary is sent later: %s", error)
                self._disconnect()
                self._away = True
                self._tell()
                time.sleep(pause)
                pause = min(2 * pause, _LAST_PAUSE)
                self._due.set()
                continue
            pause, self._away = _FIRST_PAUSE, False
            self._tell()
            if not all_sent:
                # Another process sends; should it die, this one goes on.
                time.sleep(_FIRST_PAUSE)
                self._due.set()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _send_all(self) -> bool:
        """Send until nothing waits; False where another process does."""
        while self.spool.newest():
            if not self.spool.claim(self._name, _CLAIM_SECONDS):
                return False
            sent: list[int] = []
            refused = 0
            try:
                for entry in self.spool.first(_BATCH):
                    refused += not self._send(entry)
                    sent.append(entry.entry_id)
            finally:
                self.spool.remove(sent, refused)
                self.spool.release(self._name)
            self._away = False
            self._tell()
        return True

    def _send(self, entry: Entry) -> bool:
        """Send one; False where the primary refuses it for what it is."""
        if self._connection is None or not stands(self._connection):
            with mapped_errors():
                self._connection = open_writing(self._url)
        try:
            _CALLS[entry.kind](self._connection, **entry.arguments)
        except (CodeSearchError, KeyError, TypeError) as error:
            if not _is_refusal(error):
                raise
            _LOG.warning("the primary refused a %s that waited: %s", entry.kind, error)
            return False
        return True

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def outbox_of(url: str) -> Outbox:
    """The outbox of this process for a primary. It goes by the URL, with all of its hosts and without its password."""
    key = os.getpid(), url
    with _known_lock:
        if key not in _known:
            _known[key] = Outbox(url, spool_of(url))
        return _known[key]


def spool_of(url: str) -> Spool:
    """The spool of all processes of this user for a primary."""
    name = hashlib.sha256(without_password(resolve_url(url)).encode()).hexdigest()[:16]
    return Spool(home() / "spool" / f"{name}.sqlite")


def open_writing(url: str) -> psycopg.Connection[Any]:
    """A connection to the primary that is not waited for long, unless its URL says how long."""
    url = resolve_url(url)
    known = conninfo_to_dict(url)
    timeout = {} if known.get("connect_timeout") else {"connect_timeout": _CONNECT_SECONDS}
    return connect(url, autocommit=True, **timeout)


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, KeyError | TypeError):
        # An entry of another release.
        return True
    cause = error.__cause__
    return isinstance(error, InvalidArgument | UnknownId) or (
        isinstance(cause, psycopg.Error) and (cause.sqlstate or "").startswith(_REFUSED_CLASSES)
    )
