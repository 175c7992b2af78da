"""What embedding a query inside PostgreSQL costs: ``make bench-embedding``, as root on Debian.

A private cluster of Debian's PostgreSQL with PL/Python. For each of some new sessions: the first query by the model,
which is read out of the database, and the memory that this adds to the backend; then queries of a session that has it,
and the same by look-up in the query table. Beside it, in the same run, the model in the client's process. Prints
Markdown.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from psycopg import Connection

from pgcodesearch.embedding import load_embedder
from pgcodesearch.operating.installing import install
from support.databases import Database, create_template, fresh_database
from support.extension import refresh_debian_extension
from support.servers import DebianServer, missing_debian_parts, temporary_home

QUESTION = "where are the redirects of a failed response followed again by this session"


def main() -> int:
    """Set the cluster up, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    if missing := missing_debian_parts():
        print(f"run docker/install-server.sh first: missing {', '.join(missing)}", file=sys.stderr)
        return 1
    server = DebianServer(temporary_home("pgcs-embed-"))
    try:
        refresh_debian_extension(server.home)
        server.create()
        server.start()
        create_template(server.url)
        with fresh_database(server.url) as database:
            database.rows("create extension plpython3u")
            install(database.url)
            database.rows("select codesearch.change_setting('query.encoder', '\"model\"')")
            print(report(database, given.sessions, given.queries))
    finally:
        server.destroy()
    return 0


def report(database: Database, sessions: int, queries: int) -> str:
    """Milliseconds and MB as a table."""
    words = QUESTION.split()
    cold, grown = [], []
    for number in range(sessions):
        with database.connect() as connection:
            connection.execute("select 1 from codesearch.model_version")
            before = private_megabytes(connection)
            cold.append(milliseconds(lambda n=number: embed(connection, f"{words[n % 12]} {n}")))
            grown.append(private_megabytes(connection) - before)
    with database.connect() as connection:
        embed(connection, "warm")
        texts = [" ".join(words[n % 5 : n % 5 + 3 + n % 6]) + f" {n}" for n in range(queries)]
        warm = [milliseconds(lambda text=text: embed(connection, text)) for text in texts]
        database.rows("select codesearch.change_setting('query.encoder', '\"table\"')")
        embed(connection, "warm")
        by_table = [milliseconds(lambda text=text: embed(connection, text)) for text in texts]
        empty = [milliseconds(lambda: connection.execute("select 1")) for _ in range(queries)]
    embedder = load_embedder(threads=1)
    embedder.encode(["warm"], kind="query")
    outside = [milliseconds(lambda text=text: embedder.encode([text], kind="query")) for text in texts]
    rows = [
        ("first query of a session", cold), ("next query", warm), ("the same by look-up", by_table),
        ("no query: the round trip alone", empty), ("the same model in the client, one thread", outside),
    ]  # fmt: skip
    return "\n".join([
        f"{embedder.name}, PostgreSQL 15, PL/Python, {sessions} sessions, {queries} queries",
        "",
        "| | p50 ms | p95 ms |",
        "|---|---|---|",
        *(f"| {name} | {np.percentile(took, 50):.2f} | {np.percentile(took, 95):.2f} |" for name, took in rows),
        "",
        f"Private memory that the model adds to a session: {np.median(grown):.0f} MB.",
    ])  # fmt: skip


def embed(connection: Connection, text: str) -> None:
    """One query, embedded in the server."""
    connection.execute("select codesearch.embed_query(%s)", (text,))


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def private_megabytes(connection: Connection) -> float:
    """Memory of the session's backend that it shares with nobody."""
    rollup = Path(f"/proc/{connection.info.backend_pid}/smaps_rollup").read_text()
    return sum(int(kilobytes) for kilobytes in re.findall(r"Private_\w+:\s+(\d+)", rollup)) / 1024


if __name__ == "__main__":
    raise SystemExit(main())
