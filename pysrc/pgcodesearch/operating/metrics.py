"""The database's metrics over HTTP, for Prometheus. All numbers, and the text itself, are SQL's: ``metrics_text()``."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.errors import InvalidArgument, described, mapped_errors
from pgcodesearch.embedding.endpoint.config import is_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DEFAULT_PORT = 9643
RULES, DASHBOARD = "alerts.yml", "dashboard.json"
# A scrape takes milliseconds; Prometheus gives up after ten seconds.
_STATEMENT_MILLISECONDS = 8_000


def monitoring_file(name: str) -> str:
    """What ships for other programs: ``RULES`` for Prometheus, ``DASHBOARD`` for Grafana."""
    return resources.files("pgcodesearch.operating").joinpath("monitoring", name).read_text(encoding="utf-8")


class Metrics:
    """The text of one database's metrics, asked by one connection that is kept and made anew where it was lost.

    The role needs pg_monitor, codesearch_admin, or to be the owner.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()

    def text(self) -> str:
        """The metrics in Prometheus's text format. Raises CannotConnect, NotInitialized, DatabaseError."""
        with self._lock:
            try:
                return self._ask()
            except Exception:
                self.close()
                raise

    def close(self) -> None:
        """Close the connection; the next text makes another."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def _ask(self) -> str:
        if self._connection is not None and not self._alive(self._connection):
            self.close()
        if self._connection is None:
            self._connection = connect(self._url, autocommit=True)
            self._connection.execute(f"set statement_timeout = {_STATEMENT_MILLISECONDS}")
        with mapped_errors():
            row = self._connection.execute("select codesearch.metrics_text()").fetchone()
        assert row is not None
        return str(row[0])

    @staticmethod
    def _alive(connection: psycopg.Connection[Any]) -> bool:
        """A server that was restarted has closed the connection: one scrape less would be lost by finding out later."""
        try:
            connection.execute("select 1")
        except psycopg.Error:
            return False
        return True


class MetricsServer:
    """Serves ``/metrics`` on this machine alone. A database that does not answer is a 503, so that ``up`` is 0."""

    def __init__(self, metrics: Metrics, port: int = DEFAULT_PORT) -> None:
        """``port`` 0 takes a free one. Raises InvalidArgument where it is taken."""
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(metrics.text))
        except OSError as error:
            raise InvalidArgument(
                f"port {port} cannot be listened on: {error.strerror}", hint="choose another: --port"
            ) from error
        self._server.daemon_threads = True
        self._metrics = metrics

    @property
    def url(self) -> str:
        """Where it is scraped."""
        return f"http://127.0.0.1:{self._server.server_port}/metrics"

    def serve(self) -> None:
        """Serve until :meth:`stop`, or an interrupt."""
        try:
            self._server.serve_forever(poll_interval=0.2)
        finally:
            self._server.server_close()
            self._metrics.close()

    def stop(self) -> None:
        """End :meth:`serve`, which runs in another thread."""
        self._server.shutdown()


def _handler(text: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            # A page in a browser can have a name of its own lead here, and read what is answered.
            if not is_loopback(self.headers.get("Host", "").rsplit(":", 1)[0]):
                self._answer(403, "ask by the name of this machine: 127.0.0.1 or localhost\n")
            elif self.path.split("?", 1)[0] != "/metrics":
                self._answer(404, "/metrics\n")
            else:
                try:
                    self._answer(200, text())
                except Exception as error:
                    self._answer(503, described(error).lines() + "\n")

        def _answer(self, status: int, content: str) -> None:
            body = content.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
