"""The client for programs that run an event loop: the same methods, awaited.

They are those of ``Client``, run in threads on a few connections: nothing is written twice, and a model that runs in
this process never blocks the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from pgcodesearch.searching.client import Client
from pgcodesearch.searching.pool import DEFAULT_SIZE, ClientPool

P = ParamSpec("P")
Result = TypeVar("Result")


def _awaited(
    method: Callable[Concatenate[Client, P], Result],
) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, Result]]:
    """A method of Client as one to be awaited, with its arguments, types and documentation."""

    @wraps(method)
    async def call(self: AsyncClient, /, *arguments: P.args, **named: P.kwargs) -> Result:
        return await self.run(method, *arguments, **named)

    return call


class AsyncClient:
    """Searches one database for any number of tasks at once; ``size`` of them are asked at the same time."""

    def __init__(
        self, url: str | None = None, size: int = DEFAULT_SIZE, *, read_url: str | None = None
    ) -> None:
        """``url`` and ``read_url`` as for a Client. Nothing is opened before the first call, which may raise
        CannotConnect."""
        self._pool = ClientPool(url, size, read_url=read_url)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="pgcodesearch")

    search = _awaited(Client.search)
    explain = _awaited(Client.explain)
    freshness = _awaited(Client.freshness)
    record_feedback = _awaited(Client.record_feedback)
    record_opened = _awaited(Client.record_opened)
    find_similar = _awaited(Client.find_similar)
    read_chunk = _awaited(Client.read_chunk)
    read_file = _awaited(Client.read_file)
    find_definition = _awaited(Client.find_definition)
    find_usages = _awaited(Client.find_usages)
    find_implementations = _awaited(Client.find_implementations)
    callers = _awaited(Client.callers)
    callees = _awaited(Client.callees)
    impact = _awaited(Client.impact)
    ask = _awaited(Client.ask)
    search_hops = _awaited(Client.search_hops)
    search_changes = _awaited(Client.search_changes)
    changed_together = _awaited(Client.changed_together)
    grep = _awaited(Client.grep)
    pack = _awaited(Client.pack)
    outline = _awaited(Client.outline)
    read = _awaited(Client.read)

    async def run(
        self, function: Callable[Concatenate[Client, P], Result], *arguments: P.args, **named: P.kwargs
    ) -> Result:
        """What a function gives that is called with a client, in a thread, and these arguments.

        A task that is cancelled meanwhile no longer waits; the statement that it began ends by itself.
        """
        call = partial(self._call, function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _call(
        self, function: Callable[Concatenate[Client, P], Result], *arguments: P.args, **named: P.kwargs
    ) -> Result:
        with self._pool.client() as client:
            return function(client, *arguments, **named)

    async def close(self) -> None:
        """Close the connections, those in use when they are done."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
