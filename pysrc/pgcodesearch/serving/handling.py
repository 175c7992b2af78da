"""From a request to an answer: a client from the pool, in a thread; what goes wrong in words, with its SQLSTATE."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from psycopg import Error
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from pgcodesearch.database.errors import (
    CannotConnect,
    CodeSearchError,
    DatabaseError,
    InvalidArgument,
    NotInitialized,
    OutOfTime,
    UnknownId,
    UnknownModel,
    UnknownRepository,
    described,
)
from pgcodesearch.searching import Client, Freshness
from pgcodesearch.searching.pool import DEFAULT_SIZE, ClientPool
from pgcodesearch.serving.highlighting import code_lines
from pgcodesearch.serving.rendering import html

_LOG = logging.getLogger(__name__)
_BODY_BYTES = 1_000_000
_FRESH_SECONDS = 2.0
_REMEMBERED = 10_000
_STATUS = {
    UnknownId: 404, UnknownModel: 404, UnknownRepository: 404, CannotConnect: 503, NotInitialized: 503, OutOfTime: 504,
}  # fmt: skip
_FORBIDDEN = "42501"


class TooMuch(CodeSearchError):
    """the request's body is too large"""


class Service:
    """The database as the page asks it, and what is remembered between requests."""

    def __init__(
        self, database: str | None = None, size: int = DEFAULT_SIZE, *, read_url: str | None = None
    ) -> None:
        """``database`` as in ``--database``, ``read_url`` as in ``--read-database``. Nothing is opened yet."""
        self.pool = ClientPool(database, size, read_url=read_url)
        self._lock = threading.Lock()
        self._fresh: tuple[float, list[Freshness]] = (0.0, [])
        self._opened: OrderedDict[tuple[int, int], None] = OrderedDict()

    def warm_up(self) -> None:
        """Open a connection and let its backend read what a search needs, before somebody waits for it."""
        try:
            with self.pool.client() as client:
                client.search("warm up", 1, log=False)
            code_lines("warm = up", "warm.py")  # loads what knows the languages
        except CodeSearchError as error:
            _LOG.info("%s", error)

    def freshness(self, client: Client) -> list[Freshness]:
        """The state of each repository's index, no older than two seconds."""
        asked, known = self._fresh
        if time.monotonic() - asked > _FRESH_SECONDS:
            known = client.freshness()
            self._fresh = (time.monotonic(), known)
        return known

    def opens(self, query_id: int, chunk_id: int) -> bool:
        """Whether a result is opened for the first time: a page that is loaded again is no second click."""
        with self._lock:
            known = (query_id, chunk_id) in self._opened
            self._opened[query_id, chunk_id] = None
            while len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
            return not known

    def close(self) -> None:
        """Close what is open."""
        self.pool.close()


@dataclass
class Asked:
    """One request: what it says, and a client that asks the database for it."""

    service: Service
    request: Request
    client: Client
    body: bytes
    notices: list[str] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        """A parameter that is there and not empty."""
        return self.request.query_params.get(name) or None

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number. Raises InvalidArgument."""
        return whole(name, self.text(name))

    @property
    def part(self) -> bool:
        """Whether a script asked, for the part of the page that it puts in itself."""
        return "part" in self.request.query_params

    def form(self) -> list[tuple[str, str]]:
        """The fields of a form that was sent, in their order."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def json(self) -> dict[str, Any]:
        """The object that was sent. Raises InvalidArgument."""
        try:
            sent = json.loads(self.body or b"{}")
        except ValueError as error:
            raise InvalidArgument(f"the body is not JSON: {error}") from error
        if not isinstance(sent, dict):
            raise InvalidArgument("the body is no JSON object")
        return sent

    def rows(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """The rows of a view, by the names of its columns."""
        from psycopg.rows import dict_row

        return self.client.read(
            lambda connection: (
                connection.cursor(row_factory=dict_row).execute(statement.encode(), parameters).fetchall()
            )
        )


Page = Callable[[Asked], Response]


def whole(name: str, value: str | None) -> int | None:
    """A whole number that came as text. Raises InvalidArgument."""
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise InvalidArgument(f"{name} is {value!r:.80}", hint=f"{name} is a whole number") from None


def endpoint(service: Service, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """A function of what was asked as Starlette calls it."""

    async def answered(request: Request) -> Response:
        try:
            body = await read_body(request)
        except TooMuch as error:
            return PlainTextResponse(f"{error.message}\n", 413)
        return await run_in_threadpool(_answer, service, page, request, body)

    return answered


async def read_body(request: Request) -> bytes:
    """What was sent, empty where nothing can be. Raises TooMuch."""
    read = b""
    if request.method == "POST":
        async for piece in request.stream():
            read += piece
            if len(read) > _BODY_BYTES:
                raise TooMuch()
    return read


def _answer(service: Service, page: Page, request: Request, body: bytes) -> Response:
    try:
        with service.pool.client() as client:
            asked = Asked(service, request, client, body)
            client.on_notice = asked.notices.append
            try:
                return page(asked)
            finally:
                client.on_notice = None
    except Exception as error:
        said = described(error)
        if said is not error:
            said.__cause__ = error
        if type(said) is CodeSearchError and not isinstance(error, CodeSearchError):
            _LOG.exception("%s failed", request.url.path)
        return failure(said, request)


def failure(error: CodeSearchError, request: Request) -> Response:
    """An error as a page, a part of one, or JSON."""
    said, status = in_words(error)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": said}, status)
    part = "part" in request.query_params
    return html("error_part.html" if part else "error.html", status, error=said, here=request.url.path)


def in_words(error: CodeSearchError) -> tuple[dict[str, str | None], int]:
    """SQLSTATE, message, detail and hint as the database gave them, and HTTP's status."""
    code = error.sqlstate or (error.__cause__.sqlstate if isinstance(error.__cause__, Error) else None)
    status = _STATUS.get(type(error)) or (403 if code == _FORBIDDEN else 400)
    if type(error) in (CodeSearchError, DatabaseError) and code != _FORBIDDEN:
        status = 500  # nobody foresaw it
    return {"sqlstate": code, "message": error.message, "detail": error.detail, "hint": error.hint}, status
