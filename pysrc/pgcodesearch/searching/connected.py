"""The connections of a client: one for all, or one that reads and one that writes.

libpq says which server a read URL leads to (several hosts, target_session_attrs); here is what it does not do: asking
again where a server went away in the middle, and what is to be logged of answers of servers that can't write.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.connection import URL_VARIABLE
from pgcodesearch.database.errors import CannotConnect, CodeSearchError, InvalidArgument, mapped_errors
from pgcodesearch.searching.outbox import Outbox, open_writing, outbox_of
from pgcodesearch.searching.queries import BY_CLIENT, Logged
from pgcodesearch.searching.retrying import PAUSES, is_away, stands
from pgcodesearch.searching.verbs import Verbs

Result = TypeVar("Result")
# How long feedback waits for the primary before it is kept, and the end of a client for what it still has.
_WRITE_SECONDS = 2.0
_CLOSE_SECONDS = 3.0


class NotKept(UserWarning):
    """A search or feedback is not logged, because it could not be kept for the primary."""


class Connected(Verbs):
    """What a client asks by; see Client."""

    def __init__(
        self, url: str | None, connection: psycopg.Connection[Any] | None, read_url: str | None
    ) -> None:
        self._url = url
        self._read_url = read_url
        self._owned = connection is None
        self._reading = connection
        self._writing: psycopg.Connection[Any] | None = None
        self._outbox: Outbox | None = None
        self._closed = False
        # What the server gave to be logged, of the search that is under way.
        self._shown: list[str] = []
        # How often something was asked again.
        self.retries = 0
        # Called with what a search has to say beside its answer; without it, a LexicalOnly is a warning.
        self.on_notice: Callable[[str], None] | None = None
        if read_url is not None:
            primary = url or os.environ.get(URL_VARIABLE)
            if connection is not None or not primary:
                raise InvalidArgument(
                    "a read URL needs the URL of the primary", hint="give --database, too: the log goes there"
                )
            self._outbox = outbox_of(primary)
            return
        if self._reading is None:
            with mapped_errors():
                self._reading = connect(url, autocommit=True)
        self._reading.add_notice_handler(self._notice)

    def read(self, statement: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """What a function gives that only reads, called with a connection in autocommit mode; with a read URL to that
        server, and called again where it goes away. Raises what it raises, the driver's errors typed."""

        def call() -> Result:
            with mapped_errors():
                return statement(self._connection)

        return self._again(call)

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection to ``url``, in autocommit mode, for statements of the caller's own."""
        if self._read_url is None:
            return self._connection
        if self._writing is None or not stands(self._writing):
            with mapped_errors():
                self._writing = open_writing(self._url or os.environ[URL_VARIABLE])
        return self._writing

    @property
    def is_usable(self) -> bool:
        """Whether the connection still stands, as far as can be told without asking the server. With a read URL it is
        opened again where it does not."""
        if self._closed:
            return False
        return self._read_url is not None or (self._reading is not None and stands(self._reading))

    def close(self) -> None:
        """Close the connection, unless it is the caller's. With a read URL, what is still to be logged is waited for,
        unless the primary is away."""
        if not self._owned:
            return
        if self._outbox is not None and not self._closed:
            self._flush(_CLOSE_SECONDS)
        self._closed = True
        for connection in (self._reading, self._writing):
            if connection is not None:
                connection.close()

    @property
    def _connection(self) -> psycopg.Connection[Any]:
        """The connection that reads."""
        if self._read_url is None:
            assert self._reading is not None
            return self._reading
        if self._reading is None or not stands(self._reading):
            if self._closed:
                raise CannotConnect("the client is closed", hint="make another one")
            with mapped_errors():
                self._reading = connect(self._read_url, autocommit=True)
            self._reading.add_notice_handler(self._notice)
        return self._reading

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.table_name == "query_log" and diagnostic.message_detail:
            self._shown.append(diagnostic.message_detail)
        elif self.on_notice and diagnostic.message_primary:
            self.on_notice(diagnostic.message_primary)

    def _again(self, call: Callable[[], Result]) -> Result:
        """Call what only reads; with a read URL again, after a pause, where the server went away."""
        if self._outbox is None:
            return call()
        for pause in (*PAUSES, None):
            self._shown.clear()
            try:
                result = call()
                break
            except (CodeSearchError, psycopg.Error) as error:
                if pause is None or self._closed or not is_away(error):
                    raise
            self.retries += 1
            # Many that lost the same server must not come back at the same moment.
            time.sleep(pause * random.uniform(0.5, 1))
        self._keep_shown()
        return result

    def _logged(self, wanted: Logged) -> Logged:
        """Whether a search is logged, and by whom: here, where a server is asked that can't, or one after the other."""
        return BY_CLIENT if wanted and self._outbox is not None else wanted

    def _keep_shown(self) -> None:
        for shown in self._shown:
            self._keep("log_shown", shown=shown)
        self._shown.clear()

    def _keep(self, kind: str, **arguments: Any) -> None:
        """Keep what is to be sent to the primary; an answer never fails for that."""
        assert self._outbox is not None
        try:
            self._outbox.put(kind, **arguments)
        except (OSError, sqlite3.Error) as error:
            warnings.warn(f"{kind} was not kept for the primary: {error}", NotKept, stacklevel=6)

    def _flush(self, seconds: float) -> bool:
        """Whether all that this process kept was sent; what can't be read is not waited for."""
        assert self._outbox is not None
        try:
            return self._outbox.flush(seconds)
        except (OSError, sqlite3.Error):
            return True

    def _write(self, function: Callable[..., int], **arguments: Any) -> int:
        """Call what writes, after what was kept before it; kept, and 0, where the primary is away."""
        if self._flush(_WRITE_SECONDS):
            try:
                return function(self.connection, **arguments)
            except CodeSearchError as error:
                if not is_away(error):
                    raise
                if self._writing is not None:
                    # A server that became a standby does not end its connections.
                    self._writing.close()
        self._keep(function.__name__, **arguments)
        return 0
