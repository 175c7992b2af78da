"""One POST to an OpenAI-compatible endpoint: key, patience, and what each way of failing means."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, TimeoutError

import pgcodesearch
from pgcodesearch.embedding.endpoint.config import EndpointConfig
from pgcodesearch.embedding.errors import EndpointUnavailable

_BUSY = frozenset({429, 500, 502, 503, 504})
# What servers answer to texts they cannot take: wrong, too large, not to be processed; and several fail with 500.
_REFUSED = frozenset({400, 413, 422, 500})
_CONNECT_SECONDS = 5.0
_LONGEST_MESSAGE = 300
_MOST_BYTES = 1 << 20
_HINTS = {
    401: "Check the key: export {variable}=… on the machine that embeds.",
    403: "Check the key's rights: export {variable}=… on the machine that embeds.",
    404: "Check the endpoint's url, which {path} is added to, and the name of its model.",
    429: "It limits requests: fewer worker processes, or another plan, keep below it.",
}


class Refused(Exception):
    """The endpoint answered, and not with vectors: the texts may be the cause, or everything may be refused."""


@dataclass(frozen=True)
class Patience:
    """How long a request may take: seconds for an answer, tries after the first, the longest pause before one."""

    seconds: float
    retries: int
    longest_pause: int


class EndpointConnection:
    """Keeps connections to one endpoint open. Safe to share between threads; a forked process makes its own."""

    def __init__(self, config: EndpointConfig) -> None:
        self._config = config
        self._pool: urllib3.PoolManager | None = None
        self._pool_pid = 0

    def embed(self, texts: Sequence[str], dimension: int | None, patience: Patience) -> Any:
        """The JSON document that answers these texts. ``dimension``: what to ask for, None for the model's own.

        Busy servers are asked again, after the pause they ask for. Raises Refused, EndpointUnavailable.
        """
        body: dict[str, Any] = {"model": self._config.model, "input": list(texts), "encoding_format": "float"}
        if dimension is not None:
            body["dimensions"] = dimension
        return self.post(self._config.embeddings_url, body, patience)

    def post(self, url: str, body: dict[str, Any], patience: Patience, *, whole: bool = False) -> Any:
        """The JSON document that answers a body at one of the endpoint's addresses.

        ``whole``: the answer has to be there within the patience, and not only its next byte, and be short: for
        services that send white space while they think. Raises Refused, EndpointUnavailable.
        """
        key = self._key()
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"pgcodesearch/{pgcodesearch.__version__}",
        }
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            response = self._connections().request(
                "POST",
                url,
                body=json.dumps(body).encode(),
                headers=headers,
                redirect=False,
                timeout=urllib3.Timeout(
                    connect=min(_CONNECT_SECONDS, patience.seconds), read=patience.seconds
                ),
                retries=_retries(patience),
                preload_content=not whole,
            )
            content = _whole(response, url, patience) if whole else response.data
        except HTTPError as error:
            raise _unreachable(error, url, patience) from None
        if response.status == 200:
            return _document(content, url)
        raise self._failure(response, content, url, key)

    def _connections(self) -> urllib3.PoolManager:
        # Two processes that write to one connection would read each other's answers.
        if self._pool is None or self._pool_pid != os.getpid():
            self._pool = urllib3.PoolManager(num_pools=1, maxsize=8)
            self._pool_pid = os.getpid()
        return self._pool

    def _key(self) -> str | None:
        name = self._config.api_key_variable
        if name is None:
            return None
        key = os.environ.get(name, "").strip()
        hint = f"export {name}=… on the machine that embeds."
        if not key:
            raise EndpointUnavailable(
                f"the environment variable {name} with the endpoint's key is not set", hint
            )
        # The library would name the value in its own error.
        if not (key.isascii() and key.isprintable()):
            raise EndpointUnavailable(f"the environment variable {name} holds no key that can be sent", hint)
        return key

    def _failure(
        self, response: urllib3.BaseHTTPResponse, content: bytes, url: str, key: str | None
    ) -> Exception:
        told = _message(content)
        if key:
            told = told.replace(key, "…")
        words = f"{url} answered {response.status}{': ' if told else ''}{_line(told)}"
        if response.status in _REFUSED:
            return Refused(words)
        if 300 <= response.status < 400:
            return EndpointUnavailable(f"{words}: it sends elsewhere", "Texts and keys follow no redirect: "
                                       "give the url that it leads to.")  # fmt: skip
        hint = _HINTS.get(response.status, "Check the service.")
        return EndpointUnavailable(
            words,
            hint.format(
                variable=self._config.api_key_variable or "OPENAI_API_KEY",
                path=url.removeprefix(self._config.url.rstrip("/")) or "/embeddings",
            ),
            _retry_after(response),
        )


def _document(content: bytes, url: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise EndpointUnavailable(
            f"{url} answered with something that is no JSON",
            "Check that the endpoint's url is that of an OpenAI-compatible service.",
        ) from None


def _whole(response: urllib3.BaseHTTPResponse, url: str, patience: Patience) -> bytes:
    """The answer, if it ends in time and is short."""
    deadline = time.monotonic() + patience.seconds
    content = b""
    while piece := response.read1(65_536):
        content += piece
        if time.monotonic() > deadline or len(content) > _MOST_BYTES:
            response.close()
            raise (
                _late(url, patience)
                if len(content) <= _MOST_BYTES
                else EndpointUnavailable(
                    f"{url} answered with more than {_MOST_BYTES >> 20} MB", "Check the service."
                )
            )
    response.release_conn()
    return content


def _unreachable(error: HTTPError, url: str, patience: Patience) -> EndpointUnavailable:
    reason: BaseException = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(reason, TimeoutError) and not isinstance(reason, NewConnectionError):
        return _late(url, patience)
    # "Connection(…): what happened", and the second half is what a user can use.
    told = str(reason).rsplit("): ", 1)[-1]
    return EndpointUnavailable(f"{url} cannot be reached: {_line(told)}",
                               "Check that the service runs, and its url.")  # fmt: skip


def _late(url: str, patience: Patience) -> EndpointUnavailable:
    return EndpointUnavailable(
        f"no answer from {url} within {patience.seconds:g} s",
        "Check the service; a slow one needs a smaller batch or a longer timeout.",
        timed_out=True,
    )


def _retries(patience: Patience) -> urllib3.Retry:
    # A connection that broke, or a time that ran out, may have cost the service its work: once more at most.
    return urllib3.Retry(
        total=patience.retries, read=1, other=1, redirect=0, allowed_methods=None, status_forcelist=_BUSY,
        backoff_factor=0.5, backoff_max=patience.longest_pause, retry_after_max=patience.longest_pause,
        raise_on_status=False, raise_on_redirect=False,
    )  # fmt: skip


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    try:
        return urllib3.Retry().get_retry_after(response) or 0.0
    except HTTPError:  # neither seconds nor a date
        return 0.0


def _message(content: bytes) -> str:
    """What a service says went wrong: OpenAI's ``error.message``, others' ``error``, ``message`` or ``detail``."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")
    for name in ("error", "message", "detail"):
        if isinstance(document, dict) and name in document:
            document = document[name]
    return document if isinstance(document, str) else json.dumps(document)


def _line(text: str) -> str:
    """One printable line of bounded length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"
