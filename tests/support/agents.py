"""An MCP client of the official SDK against `pgcodesearch mcp`, by either transport; and a repository to ask about."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from pgcodesearch.indexing import Worker, sync_repository
from support.databases import Database

COMMAND = [sys.executable, "-m", "pgcodesearch"]
# Transport, and the protocol's era: with a handshake and sessions, and without (2026-07-28).
WAYS = [(transport, mode) for transport in ("stdio", "http") for mode in ("legacy", "auto")]
FILES = {
    "src/session.py": '''"""Sessions of the client."""


class Session:
    """Keeps cookies between requests."""

    def send(self, request):
        """Send a request and follow its redirects."""
        return self.resolve_redirects(request)

    def resolve_redirects(self, response):
        """Follow each redirect until a response has none."""
        while response.is_redirect:
            response = self.send(response.next)
        return response
''',
    "src/retry.py": '''def retry_after_failure(action, times):
    """Call an action again while it fails."""
    for _ in range(times):
        if action():
            return True
    return False
''',
    "src/many.py": "".join(
        f'def handler_{n}(event):\n    """Handle an event of kind {n}."""\n    return event.kind == {n}\n\n\n'
        for n in range(30)
    ),
}


def write_files(root: Path) -> None:
    """The repository on disk."""
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")


def index(database: Database, name: str, root: Path) -> None:
    """Bring a repository in line with its folder, whole."""
    with database.connect(autocommit=False) as connection:
        sync_repository(connection, name, root)
        Worker(connection).run_until_idle()


@contextmanager
def http_server(database: Database, *options: str, **environment: str) -> Iterator[str]:
    """The URL of a server by HTTP, on a free port."""
    command = [*COMMAND, "--database", database.url, "mcp", "--http", "--port", "0", *options]
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        first = server.stderr.readline()
        try:
            assert first.startswith("serving http"), first + server.stderr.read()
            yield first.split()[1]
        finally:
            server.terminate()


@asynccontextmanager
async def connected(
    database: Database, url: str | None = None, mode: str = "legacy"
) -> AsyncIterator[Client]:
    """A client: of a process of its own, or of a server at an URL."""
    program = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "--database", database.url, "mcp"], env=dict(os.environ)
    )
    async with Client(url or program, mode=mode, read_timeout_seconds=120) as client:
        yield client


def talk(
    database: Database,
    conversation: Callable[[Client], Awaitable[None]],
    url: str | None = None,
    mode: str = "legacy",
) -> None:
    """Connect, have a conversation, and disconnect."""

    async def all_of_it() -> None:
        async with connected(database, url, mode) as client:
            await conversation(client)

    asyncio.run(all_of_it())


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a call that must go well; the SDK has checked it against the output schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


async def text(client: Client, tool: str, **arguments: Any) -> str:
    """The text of an answer, or of an error."""
    result = await client.call_tool(tool, arguments)
    return str(result.content[0].text)  # type: ignore[union-attr]
