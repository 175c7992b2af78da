"""Which errors mean that a server went away, or could not go on, and not that the question was wrong."""

from __future__ import annotations

import select
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import psycopg

from pgcodesearch.database.errors import CannotConnect, CodeSearchError

Given = ParamSpec("Given")
Result = TypeVar("Result")

# Some four seconds: libpq tries the next host meanwhile, and a standby that is promoted answers all the time.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0)
_AWAY_CLASS = "08"
_AWAY = {
    "25006",  # a writer found a standby: the primary is another server now
    "40001",  # a statement on a standby is in the way of what it replays
    "40P01",  # the same, where both wait
    "57P01",  # the server stops
    "57P02",  # it was killed
    "57P03",  # it starts
    "57P05",  # it, or a pooler, ended an idle session
}


class Reading(Protocol):
    """What asks again: see Client."""

    def _again(self, call: Callable[[], Result]) -> Result: ...


Reader = TypeVar("Reader", bound=Reading)


def reads(
    method: Callable[Concatenate[Reader, Given], Result],
) -> Callable[Concatenate[Reader, Given], Result]:
    """A method that only reads, so that it may be asked again where its server went away."""

    @wraps(method)
    def call(self: Reader, /, *arguments: Given.args, **named: Given.kwargs) -> Result:
        return self._again(partial(method, self, *arguments, **named))

    return call


def stands(connection: psycopg.Connection[Any]) -> bool:
    """Whether a connection is open, as far as can be told without asking the server."""
    if connection.closed or connection.broken:
        return False
    # A server that says something to an idle connection says that it ends it.
    return not select.select([connection.fileno()], [], [], 0)[0]


def is_away(error: Exception) -> bool:
    """Whether the same may succeed on another connection, or a moment later."""
    if isinstance(error, CannotConnect):
        return True
    cause = error.__cause__ if isinstance(error, CodeSearchError) else error
    if not isinstance(cause, psycopg.Error):
        return False
    state = cause.sqlstate
    if state is None:
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return state in _AWAY or state.startswith(_AWAY_CLASS)
