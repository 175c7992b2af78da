"""The MCP server by streamable HTTP, on loopback; elsewhere only with a token."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pgcodesearch.database.errors import CodeSearchError, InvalidArgument

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN_VARIABLE = "PGCODESEARCH_MCP_TOKEN"
PATH = "/mcp"
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Listening:
    """Where to serve. ``token`` is asked of every client where there is one; ``names`` are those that browsers and
    clients may call this machine, beside loopback's."""

    host: str = "127.0.0.1"
    port: int = 8365
    token: str | None = None
    names: Sequence[str] = ()

    def check(self) -> None:
        """Raises InvalidArgument for an address that others reach without a token."""
        if self.token is not None and len(self.token) < _SHORTEST_TOKEN:
            raise InvalidArgument(
                f"the token has {len(self.token)} characters", hint=f"give it {_SHORTEST_TOKEN} or more"
            )
        if self.token is None and not is_loopback(self.host):
            raise InvalidArgument(
                f"{self.host} is reached from other machines, and there is no token",
                hint=f"listen on 127.0.0.1, or set {TOKEN_VARIABLE} to a secret that clients send as a bearer token",
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address, or all that a name stands for."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)


async def serve_http(server: Server[Any], where: Listening, ready: Callable[[str], None]) -> None:
    """Serve until the process is told to end. ``ready`` is called with the URL when clients may come.

    Raises InvalidArgument, CodeSearchError where the port is taken.
    """
    import uvicorn

    where.check()
    with _bound(where) as listener:
        host, port = listener.getsockname()[:2]
        app = make_app(server, where, port)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        serving = uvicorn.Server(config)
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}")
        await serving.serve(sockets=[listener])


def make_app(server: Server[Any], where: Listening, port: int) -> ASGIApp:
    """The ASGI application: Host and Origin are checked against DNS rebinding, then the token."""
    from mcp.server.transport_security import TransportSecuritySettings

    names = [*_LOOPBACK_NAMES, *where.names]
    hosts = [f"{name}:{port}" for name in names] + list(where.names)
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts],
    )
    app = server.streamable_http_app(streamable_http_path=PATH, transport_security=security, host=where.host)
    return app if where.token is None else BearerToken(app, where.token)


class BearerToken:
    """Lets requests through that have the token; the others are answered 401."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._digest = _digest(f"Bearer {token}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self._has_token(scope)):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b"a bearer token is needed\n"})

    def _has_token(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        # Digests: their comparison tells nothing of the token's length either.
        return len(given) == 1 and hmac.compare_digest(_digest(given[0]), self._digest)


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def _bound(where: Listening) -> socket.socket:
    try:
        family = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
    except OSError as error:
        raise CodeSearchError(
            f"cannot listen on {where.host}:{where.port}: {error.strerror or error}",
            hint="give another --port",
        ) from error
    return listener
