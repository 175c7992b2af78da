"""Who is answered, and what a browser may do with the answer: Host, origin, token, and a policy for the content."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pgcodesearch.listening import Listening, has_bearer, same_secret
from pgcodesearch.serving.handling import TooMuch, read_body
from pgcodesearch.serving.rendering import html

COOKIE = "pgcodesearch"
SIGN_IN = "/sign-in"
_MONTH = 30 * 24 * 3600
_HEADERS = {
    # Nothing is loaded from elsewhere, no script or style stands in a page, and no other page shows one of ours.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets requests through that ask this machine by a name of its own, were not made by another site's page, and have
    the token where there is one: as a bearer token, or as the cookie that signing in gave."""

    def __init__(self, app: ASGIApp, where: Listening, port: int) -> None:
        self._app = app
        self._token = where.token
        self._hosts = {host.lower() for host in where.hosts(port)}
        # The cookie is made of the token, so it holds after a restart, and who reads it has not the token.
        self._session = hmac.new((where.token or "").encode(), b"page", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(Headers(scope=scope), scope) or await self._sign_in(scope, receive)
        await (answer or self._app)(scope, receive, with_headers)

    def _refusal(self, headers: Headers, scope: Scope) -> Response | None:
        if headers.get("host", "").lower() not in self._hosts:
            return PlainTextResponse("ask by a name of this machine: see --allow-host\n", 421)
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() not in self._hosts:
            return PlainTextResponse("not asked by a page of this server\n", 403)
        # A link that somebody follows is welcome; what another site's page loads or sends by itself is not.
        by_another = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if by_another and (headers.get("sec-fetch-mode") != "navigate" or scope["method"] != "GET"):
            return PlainTextResponse("not asked by a page of this server\n", 403)
        return None

    async def _sign_in(self, scope: Scope, receive: Receive) -> Response | None:
        """None where the request may go on."""
        if self._token is None or has_bearer(scope, self._token):
            return None
        request = Request(scope, receive)
        path, wanted = request.url.path, request.query_params.get("next", "/")
        if path == SIGN_IN and request.method == "POST":
            try:
                given = parse_qs((await read_body(request)).decode(errors="replace"))
            except (TooMuch, ValueError):
                given = {}
            if same_secret(given.get("token", [""])[0].encode(), self._token.encode()):
                # Of this server only: '//host' would be another.
                answer = RedirectResponse(
                    wanted if wanted.startswith("/") and wanted[1:2] not in ("/", "\\") else "/", 303
                )
                answer.set_cookie(
                    COOKIE,
                    self._session,
                    _MONTH,
                    httponly=True,
                    samesite="strict",
                    secure=request.url.scheme == "https",
                )
                return answer
            return html("sign_in.html", status=401, wrong=True, wanted=wanted)
        if same_secret(request.cookies.get(COOKIE, "").encode(), self._session.encode()):
            return None
        if path.startswith("/static/"):
            return None
        if path == SIGN_IN:
            return html("sign_in.html", wrong=False, wanted=wanted)
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            back = path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{SIGN_IN}?next={quote(back)}", 303)
        return PlainTextResponse("a bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"})
