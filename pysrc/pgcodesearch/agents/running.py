"""From the command to a server that answers, in as little time as possible: a client waits for its first answer."""

from __future__ import annotations

import gc
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from pgcodesearch.extras import require_extra

if TYPE_CHECKING:
    from pgcodesearch.agents.service import Service
    from pgcodesearch.listening import Listening


def run_stdio(database: str | None, read_database: str | None = None) -> None:
    """Serve the process that started this one by standard input and output. Raises MissingExtra."""
    with _service(database, read_database) as service:
        with _quick_imports():
            import anyio

            make_server, serve_stdio = _serving_by_stdio()

        anyio.run(serve_stdio, make_server(service))


def run_http(
    database: str | None, where: Listening, ready: Callable[[str], None], read_database: str | None = None
) -> None:
    """Serve any number of clients by streamable HTTP; ``ready`` is called with the URL.

    Raises MissingExtra, InvalidArgument, CodeSearchError.
    """
    where.check()
    with _service(database, read_database) as service:
        with _quick_imports():
            import anyio

            from pgcodesearch import listening
            from pgcodesearch.agents import http
            from pgcodesearch.agents.server import make_server

        server = make_server(service, by_http=True)
        anyio.run(listening.serve, partial(http.make_app, server, where), where, ready, http.PATH)


@contextmanager
def _service(database: str | None, read_database: str | None) -> Iterator[Service]:
    require_extra("mcp", "mcp")
    from pgcodesearch.agents.service import Service

    service = Service(database, read_url=read_database)
    # Connecting, and a backend's first search, are waited for while this process imports the SDK.
    threading.Thread(target=service.warm_up, name="warm-up", daemon=True).start()
    try:
        yield service
    finally:
        service.close()


@contextmanager
def _quick_imports() -> Iterator[None]:
    """The SDK defines some hundred models. Most are of messages that never come, so each is built when it is first
    used; and nothing that is imported is garbage, so none is looked for. Both together: a fifth of the time."""
    from pydantic import BaseModel

    gc.disable()
    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]
        gc.freeze()
        gc.enable()


def _serving_by_stdio() -> tuple[Any, Any]:
    """make_server and serve_stdio, without what the SDK's packages import beside: its clients and its other servers,
    which are another fifth. Where a later SDK needs those, they are imported as ever."""
    packages = ("mcp", "mcp.server")
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is not None:
            sys.modules[name] = importlib.util.module_from_spec(spec)  # not executed
    try:
        from pgcodesearch.agents.server import make_server, serve_stdio
    except (ImportError, AttributeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "mcp"]:
            del sys.modules[name]
        sys.modules.pop("pgcodesearch.agents.server", None)
        from pgcodesearch.agents.server import make_server, serve_stdio
    return make_server, serve_stdio
