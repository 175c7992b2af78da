"""One question to an OpenAI-compatible chat completions endpoint."""

from __future__ import annotations

from typing import Any

from pgcodesearch.embedding.endpoint.config import EndpointConfig
from pgcodesearch.embedding.endpoint.http import EndpointConnection, Patience, Refused

_PATH = "/chat/completions"


class Chat:
    """A language model behind an endpoint; keeps its connections open."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint
        self._connection = EndpointConnection(endpoint)
        base = endpoint.url.rstrip("/")
        self._url = base if base.endswith(_PATH) else base + _PATH
        self._newer = False

    def ask(self, messages: list[dict[str, str]], most_tokens: int) -> Any:
        """The document that answers, within the endpoint's timeout. Raises Refused, EndpointUnavailable."""
        # Somebody waits for the search: one more try where the service is busy, after a second or two.
        patience = Patience(self._endpoint.timeout, 1, 2)
        try:
            return self._connection.post(self._url, self._body(messages, most_tokens), patience, whole=True)
        except Refused as refusal:
            # OpenAI's models that think know the limit by another name, and no temperature.
            if self._newer or not {"max_tokens", "temperature"} & set(str(refusal).replace("'", " ").split()):
                raise
        self._newer = True
        return self._connection.post(self._url, self._body(messages, most_tokens), patience, whole=True)

    def _body(self, messages: list[dict[str, str]], most_tokens: int) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._endpoint.model, "messages": messages, "stream": False}
        if self._newer:
            return {**body, "max_completion_tokens": most_tokens}
        return {**body, "max_tokens": most_tokens, "temperature": 0}
