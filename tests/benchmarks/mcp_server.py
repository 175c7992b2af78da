"""How long an agent waits: from the start of `pgcodesearch mcp` to its first answer, and with twenty clients at once.

    make bench-mcp BENCH_ARGS='[--starts 10] [--clients 20] [--calls 10] [--database URL]'

Without --database it indexes the package click on an embedded server of its own. Times in seconds; `cpu` is that of the
server's process alone, which says what the machine's other work hides.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

QUESTIONS = [
    "where is the user asked to confirm",
    "how are options parsed",
    "BadParameter",
    "progress bar",
    "get_current_context",
    "where is the terminal width found",
    "how are commands listed",
    "edit a file in an editor",
    "Choice",
    "resolve a path",
]


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database")
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--calls", type=int, default=10)
    options = parser.parse_args()
    with indexed(options.database) as environment:
        first_answers(environment, options.starts)
        asyncio.run(many_clients(environment, options.clients, options.calls))


@contextmanager
def indexed(database: str | None) -> Iterator[dict[str, str]]:
    """The environment in which the command finds an indexed repository."""
    if database:
        yield {**os.environ, "PGCODESEARCH_DATABASE_URL": database}
        return
    import click

    with tempfile.TemporaryDirectory(prefix="pgcs-") as home:
        environment = {**os.environ, "PGCODESEARCH_HOME": home}
        try:
            command = ["index", str(Path(click.__file__).parent), "--repository", "click"]
            subprocess.run([*program(), *command], env=environment, check=True, stdout=subprocess.DEVNULL)
            yield environment
        finally:
            subprocess.run([*program(), "server", "stop"], env=environment, check=False)


def program() -> list[str]:
    """The command as an installed client starts it."""
    script = Path(sys.executable).with_name("pgcodesearch")
    return [str(script)] if script.exists() else [sys.executable, "-m", "pgcodesearch"]


def first_answers(environment: dict[str, str], starts: int) -> None:
    """From exec to the bytes of the first answer, by plain JSON-RPC: no client's own start is in it."""
    waited, cpu = [], []
    for _ in range(starts):
        began = time.perf_counter()
        process = subprocess.Popen(
            [*program(), "mcp"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        for message in hello():
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        answer = json.loads(process.stdout.readline())["result"]
        waited.append(time.perf_counter() - began)
        assert not answer.get("isError"), answer
        assert answer["structuredContent"]["results"], answer
        process.stdin.close()
        _, _, usage = os.wait4(process.pid, 0)
        cpu.append(usage.ru_utime + usage.ru_stime)
    print(f"first answer  {spread(waited)}  cpu {statistics.median(cpu):.2f}  ({starts} starts)")


def hello() -> list[dict[str, Any]]:
    """The handshake and a first question."""
    client = {"name": "benchmark", "version": "1"}
    return [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize",
         "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
         "params": {"name": "search_code", "arguments": {"query": QUESTIONS[0]}}},
    ]  # fmt: skip


async def many_clients(environment: dict[str, str], clients: int, calls: int) -> None:
    """Clients of the SDK, each of which searches and reads what it found, all at the same time."""
    from mcp import Client

    with subprocess.Popen(
        [*program(), "mcp", "--http", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        url = server.stderr.readline().split()[-1]
        waited: list[float] = []
        errors: list[str] = []

        async def one(number: int) -> None:
            async with Client(url) as client:
                for turn in range(calls):
                    began = time.perf_counter()
                    query = QUESTIONS[(number + turn) % len(QUESTIONS)]
                    found = await client.call_tool("search_code", {"query": query, "limit": 5})
                    if found.is_error or not found.structured_content:
                        errors.append(str(found.content))
                        continue
                    chunk = found.structured_content["results"][0]["chunk_id"]
                    read = await client.call_tool("read_chunk", {"chunk_id": chunk})
                    errors.extend([str(read.content)] if read.is_error else [])
                    waited.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*map(one, range(clients)))
        took = time.perf_counter() - began
        server.terminate()
    print(
        f"{clients} clients  {len(errors)} errors, {2 * clients * calls / took:.0f} calls/s,"
        f" search and read {spread(waited)}"
    )
    for error in errors[:5]:
        print("  ", error)


def spread(seconds: list[float]) -> str:
    """Least, median and most."""
    return f"{min(seconds):.2f} / {statistics.median(seconds):.2f} / {max(seconds):.2f} s"


if __name__ == "__main__":
    main()
