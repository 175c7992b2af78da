"""The MCP server by streamable HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pgcodesearch.listening import Listening, has_bearer

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN_VARIABLE = "PGCODESEARCH_MCP_TOKEN"
PATH = "/mcp"


def make_app(server: Server[Any], where: Listening, port: int) -> ASGIApp:
    """The ASGI application: Host and Origin are checked against DNS rebinding, then the token."""
    from mcp.server.transport_security import TransportSecuritySettings

    hosts = where.hosts(port)
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
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and has_bearer(scope, self._token)):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b"a bearer token is needed\n"})
