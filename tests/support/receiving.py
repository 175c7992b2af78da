"""A real receiver of webhooks on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/services/T000/hush-hush"


class Receiver:
    """``received`` documents; ``statuses`` to answer with, one a post, 200 when they are used up; posts are held while
    ``free`` is not set."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.arrived, self.free = threading.Event(), threading.Event()
        self.free.set()
        self.url = ""

    def take(self, document: dict[str, Any]) -> int:
        self.received.append(document)
        self.arrived.set()
        self.free.wait(30)
        return self.statuses.pop(0) if self.statuses else 200


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listens while the block runs."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == (PATH, "application/json")
            self.send_response(made.take(json.loads(body)))
            self.send_header("Location", PATH + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}{PATH}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
