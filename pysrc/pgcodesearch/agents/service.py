"""Calls of tools, whichever transport they come by: a client from the pool, errors in words, structured results."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pgcodesearch.agents import schema
from pgcodesearch.agents.freshness import FreshnessWatch
from pgcodesearch.agents.sessions import Session, Sessions
from pgcodesearch.agents.toolbox import TOOLS, Call
from pgcodesearch.agents.tools.asking import NothingIndexed
from pgcodesearch.database.errors import (
    CodeSearchError,
    InvalidArgument,
    UnknownModel,
    UnknownRepository,
    described,
)
from pgcodesearch.searching import Client
from pgcodesearch.searching.pool import DEFAULT_SIZE, ClientPool

_LOG = logging.getLogger(__name__)
_NAMED_AT_MOST = 30


@dataclass(frozen=True)
class Outcome:
    """What a call gave: text for a model and, where it went well, the same structured."""

    text: str
    structured: dict[str, Any] | None

    @property
    def failed(self) -> bool:
        """Whether the text says what went wrong."""
        return self.structured is None


class Service:
    """The tools over one database. Calls come from any number of threads."""

    def __init__(
        self, database: str | None = None, size: int = DEFAULT_SIZE, *, read_url: str | None = None
    ) -> None:
        """``database`` as in ``--database``, ``read_url`` as in ``--read-database``. Nothing is opened yet."""
        self.sessions = Sessions()
        self._pool = ClientPool(database, size, read_url=read_url)
        self._watch = FreshnessWatch(self._pool)

    def warm_up(self) -> None:
        """Open a connection and let its backend read what a search needs, before somebody waits for it."""
        try:
            with self._pool.client() as client:
                client.search("warm up", 1, log=False)
        except CodeSearchError as error:
            _LOG.info("%s", error)

    def call(self, name: str, arguments: Mapping[str, Any], session: Session) -> Outcome:
        """Call a tool. Never raises: what goes wrong is said in the outcome, with what to do."""
        try:
            tool = TOOLS.get(name)
            if tool is None:
                raise InvalidArgument(f"there is no tool {name!r:.80}", hint=f"tools: {', '.join(TOOLS)}")
            schema.checked(tool.input_schema, arguments)
            with self._pool.client() as client:
                return self._called(client, name, arguments, session)
        except Exception as error:
            said = described(error)
            if type(said) is CodeSearchError:
                _LOG.exception("tool %s failed", name)
            return Outcome(f"error: {said.lines()}", None)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def _called(self, client: Client, name: str, arguments: Mapping[str, Any], session: Session) -> Outcome:
        call = Call(client, session, self._watch)
        client.on_notice = call.notices.append
        try:
            answer = TOOLS[name](call, dict(arguments))
            return Outcome(answer.text(), schema.as_json(answer))
        except UnknownRepository as error:
            names = self._watch.names(client)
            error.hint = f"indexed are: {_listed(names)}" if names else NothingIndexed.default_hint
            raise
        except UnknownModel as error:
            asked = "select name from codesearch.model_version order by 1"
            rows = client.read(lambda connection: connection.execute(asked).fetchall())
            error.hint = f"model versions: {_listed([name for (name,) in rows])}"
            raise
        finally:
            client.on_notice = None


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else ""
    return ", ".join(names[:_NAMED_AT_MOST]) + more
