"""Posts JSON to a URL that is a secret: who has it may write there. It is in no message, no table and no log."""

from __future__ import annotations

import json
import os
import time
from http.client import HTTPException
from typing import Any

import pgcodesearch
from pgcodesearch.database.errors import CodeSearchError, InvalidArgument

WEBHOOK_VARIABLE = "PGCODESEARCH_WEBHOOK"
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 10.0
_ATTEMPTS = 2
_PAUSE_SECONDS = 1.0
_WORTH_ANOTHER = {408, 429, 500, 502, 503, 504}


class WebhookFailed(CodeSearchError):
    """the webhook did not take the post"""


class Webhook:
    """A receiver of JSON over HTTP or HTTPS; certificates are verified, redirects are not followed."""

    def __init__(self, url: str) -> None:
        """Raises InvalidArgument where this is no http or https URL."""
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        try:
            parts = parse_url(url)
        except LocationParseError:
            parts = None
        if parts is None or parts.scheme not in ("http", "https") or not parts.host:
            # From None, and without the value: it may be the secret with a slip in it.
            raise InvalidArgument(
                "the webhook is no http or https URL", hint=f"check --webhook or {WEBHOOK_VARIABLE}"
            ) from None
        self._url = url

    def __repr__(self) -> str:
        return "Webhook(…)"

    def post(self, document: dict[str, Any]) -> None:
        """Post a document, a second time where the first could not know better. Raises WebhookFailed."""
        for attempt in range(1, _ATTEMPTS + 1):
            status, told = self._try(json.dumps(document, default=str).encode())
            if status is not None and 200 <= status < 300:
                return
            if attempt == _ATTEMPTS or (status is not None and status not in _WORTH_ANOTHER):
                raise WebhookFailed(told)
            time.sleep(_PAUSE_SECONDS)

    def _try(self, body: bytes) -> tuple[int | None, str]:
        """The answer's status, None where there was none; and in words what went wrong."""
        import urllib3

        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"pgcodesearch/{pgcodesearch.__version__}",
        }
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        try:
            with urllib3.PoolManager(timeout=timeout) as pool:
                # Its own retries would log the URL's path; the answer's body is nobody's business.
                response = pool.request(
                    "POST", self._url, body=body, headers=headers,
                    retries=False, redirect=False, preload_content=False,
                )  # fmt: skip
                response.close()
        except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            # Its text has host and path.
            return None, f"the webhook can't be reached ({type(error).__name__})"
        return response.status, f"the webhook answered {response.status}"


def webhook_from_environment() -> Webhook | None:
    """The receiver that PGCODESEARCH_WEBHOOK names, None without one. Raises InvalidArgument."""
    url = os.environ.get(WEBHOOK_VARIABLE)
    return Webhook(url) if url else None
