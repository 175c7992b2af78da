"""A few clients of one database, shared by threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pgcodesearch.database.errors import CannotConnect
from pgcodesearch.searching.client import Client

# A statement keeps a backend's core busy: more would only make the others wait.
DEFAULT_SIZE = 8


class ClientPool:
    """Lends clients to threads, each to one at a time, and opens no more than ``size``.

    A client whose connection went, because the server was restarted say, is replaced before it is lent, so that no
    statement is ever sent twice; those with a read URL connect again themselves, and ask again.
    """

    def __init__(
        self, url: str | None = None, size: int = DEFAULT_SIZE, *, read_url: str | None = None
    ) -> None:
        """``url`` and ``read_url`` as for a Client. Nothing is opened yet."""
        self._open: Callable[[], Client] = lambda: Client(url, read_url=read_url)
        self._idle: list[Client] = []
        self._turns = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client for the time of a ``with``; waits while all are lent. Raises CannotConnect."""
        with self._turns:
            client = self._take() or self._open()
            try:
                yield client
            finally:
                self._give_back(client)

    def close(self) -> None:
        """Close what is idle now, and the others when they come back."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for client in idle:
            client.close()

    def _take(self) -> Client | None:
        while True:
            with self._lock:
                if self._closed:
                    raise CannotConnect("the pool of connections is closed", hint="make another one")
                # The last that came back: what is used least is closed by servers and firewalls in between.
                client = self._idle.pop() if self._idle else None
            if client is None or client.is_usable:
                return client
            client.close()

    def _give_back(self, client: Client) -> None:
        with self._lock:
            if client.is_usable and not self._closed:
                self._idle.append(client)
                return
        client.close()
