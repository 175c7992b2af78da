"""Serving by HTTP to this machine; to others only with a token."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pgcodesearch.database.errors import CodeSearchError, InvalidArgument

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Scope

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Listening:
    """Where to serve. ``token`` is asked of every client where there is one, and ``token_variable`` the environment
    variable that it came from; ``names`` are those that clients may call this machine, beside loopback's."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    names: Sequence[str] = ()
    token_variable: str = ""

    def check(self) -> None:
        """Raises InvalidArgument for an address that others reach without a token."""
        if self.token is not None and len(self.token) < _SHORTEST_TOKEN:
            raise InvalidArgument(
                f"the token has {len(self.token)} characters", hint=f"give it {_SHORTEST_TOKEN} or more"
            )
        if self.token is None and not is_loopback(self.host):
            raise InvalidArgument(
                f"{self.host} is reached from other machines, and there is no token",
                hint=f"listen on 127.0.0.1, or set {self.token_variable} to a secret that clients have to give",
            )

    def hosts(self, port: int) -> list[str]:
        """What a request's Host may be. A page of somebody else's whose name was made to lead here has another."""
        return [*(f"{name}:{port}" for name in (*_LOOPBACK_NAMES, *self.names)), *self.names]


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


async def serve(
    make_app: Callable[[int], ASGIApp], where: Listening, ready: Callable[[str], None], path: str = "/"
) -> None:
    """Serve an application, made for the port that it gets, until the process is told to end.

    ``ready`` is called with the URL when clients may come. Raises InvalidArgument, CodeSearchError where the port is
    taken.
    """
    import uvicorn

    where.check()
    with _bound(where) as listener:
        host, port = listener.getsockname()[:2]
        config = uvicorn.Config(
            make_app(port), log_level="warning", access_log=False, timeout_graceful_shutdown=2
        )
        serving = uvicorn.Server(config)
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}{path}")
        await serving.serve(sockets=[listener])


def has_bearer(scope: Scope, token: str) -> bool:
    """Whether a request has the token in its header Authorization."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    return len(given) == 1 and same_secret(given[0], f"Bearer {token}".encode())


def same_secret(given: bytes, secret: bytes) -> bool:
    """Whether two are the same; how long that takes tells nothing of the secret, nor of its length."""
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(secret).digest())


def _bound(where: Listening) -> socket.socket:
    try:
        family = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen()
    except OSError as error:
        raise CodeSearchError(
            f"cannot listen on {where.host}:{where.port}: {error.strerror or error}",
            hint="give another --port",
        ) from error
    return listener
