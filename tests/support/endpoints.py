"""An OpenAI-compatible service on loopback: real HTTP, vectors by the words of a text, chats by a function."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

KEY = "sk-test-0123456789-secret"
FILES = {
    "redirect.py": "def follow_redirects(response):\n    return send(response.location)\n",
    "colour.py": "def parse_colour(text):\n    return int(text[1:], 16)\n",
    "cookie.py": "class CookieJar:\n    def set_cookie(self, name, value):\n        self.jar[name] = value\n",
}

# A status, headers and a body; a body that is no bytes is sent as JSON.
Answer = tuple[int, dict[str, str], Any]


def vector_of(text: str, dimension: int, seed: str = "") -> np.ndarray:
    """A bag of words by hashing, not of unit length; texts that share words are near."""
    vector = np.zeros(dimension)
    for word in re.findall(r"[a-z]+", text.lower()) or [text]:
        digest = hashlib.sha256((seed + word).encode("utf-8", "surrogatepass")).digest()
        vector[int.from_bytes(digest[:4], "big") % dimension] += 3.0 if digest[4] % 2 else -3.0
    return vector if vector.any() else np.ones(dimension)


@dataclass
class Service:
    """What the service does, and the requests it got: ``headers``, ``path`` and ``body`` of each."""

    url: str
    dimension: int = 16
    key: str | None = None
    seed: str = ""  # another one, another model
    refuses: Callable[[str], int] = lambda text: 0
    says: Callable[[str], str] = lambda question: "[]"  # what a chat answers to the user's message
    tokens: int | None = 1_000
    scripted: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        """What is scripted, one after the other; then vectors, in another order than that of the texts."""
        self.requests.append({"path": path, "headers": headers, "body": body})
        if self.scripted:
            return self.scripted.pop(0)
        if not path.endswith(("/v1/embeddings", "/v1/chat/completions")):
            return 404, {}, {"error": {"message": f"no such page {path}"}}
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return 401, {}, {"error": {"message": f"wrong key: {headers.get('authorization')}"}}
        if path.endswith("/chat/completions"):
            message = {"role": "assistant", "content": self.says(body["messages"][-1]["content"])}
            usage = {} if self.tokens is None else {"usage": {"total_tokens": self.tokens}}
            return 200, {}, {"choices": [{"index": 0, "message": message}], **usage}
        for text in body["input"]:
            if status := self.refuses(text):
                return status, {}, {"error": {"message": "input cannot be processed"}}
        width = body.get("dimensions", self.dimension)
        data = [
            {"object": "embedding", "index": index, "embedding": vector_of(text, width, self.seed).tolist()}
            for index, text in enumerate(body["input"])
        ]
        return 200, {}, {"object": "list", "model": body["model"], "data": data[::-1]}

    @property
    def texts(self) -> list[str]:
        """All texts it was sent."""
        return [text for request in self.requests for text in request["body"]["input"]]


@contextmanager
def serving(dimension: int = 16, key: str | None = None) -> Iterator[Service]:
    """A service on a free port of this machine; afterwards the port refuses connections."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = service.answer(self.path, headers, body)
            payload = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(payload)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(f"http://127.0.0.1:{server.server_port}/v1", dimension, key)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_url() -> str:
    """The URL of a service that is not there any more."""
    with serving() as service:
        return service.url
