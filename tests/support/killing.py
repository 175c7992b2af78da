"""Indexing while worker processes are killed at random, and the server once: what is left must be exact."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg

from pgcodesearch.database import connect
from support.databases import Database
from support.indexing import check_index
from support.workers import Command, running, wait_until

WORDS = [
    "account", "address", "archive", "balance", "basket", "batch", "buffer", "cache", "channel", "client",
    "cluster", "column", "cursor", "customer", "device", "digest", "domain", "driver", "element", "engine",
    "event", "export", "filter", "format", "frame", "gateway", "handler", "header", "import", "index",
    "invoice", "journal", "kernel", "layout", "ledger", "locale", "manager", "matrix", "message", "mirror",
    "module", "network", "node", "notice", "object", "option", "order", "packet", "parser", "payment", "period",
    "policy", "portal", "prefix", "process", "product", "profile", "queue", "record", "region", "registry",
    "report", "request", "resource", "result", "router", "schema", "segment", "sender", "server", "session",
    "signal", "socket", "source", "status", "stream", "table", "target", "template", "thread", "ticket",
    "token", "topic", "trace", "update", "vector", "version", "volume", "window", "worker",
]  # fmt: skip


@dataclass
class Counts:
    """What a run did; printed by the test and the benchmark."""

    files: int
    workers_killed: int = 0
    server_stops: int = 0
    dead_letters: int = 0
    chunks: int = 0
    postings: int = 0
    texts: int = 0
    vectors: int = 0
    jobs_left: int = 0
    seconds: float = 0.0
    seconds_checking: float = 0.0


def source(number: int) -> str:
    """A small module; every third is of some length."""
    words = random.Random(number)
    functions = []
    for part in range(1 + number % 3 * 2):
        one, two, three = words.choices(WORDS, k=3)
        functions.append(
            f"def {one}_{two}_{number}_{part}({three}, limit={part}):\n"
            f'    """Return the {one} of a {two} below {three}."""\n'
            f"    found = [{one} for {one} in {three} if {one}.{two} < limit]\n"
            f"    return {two}_{number % 7}(found)\n"
        )
    return "\n\n".join(functions)


def store(database: Database, files: int) -> None:
    """Queue the files by plain SQL."""
    with database.connect(autocommit=False) as connection:
        connection.execute("select codesearch.ensure_repository('demo')")
        with connection.cursor().copy(
            "copy codesearch.source_file (repository_id, path, content) from stdin"
        ) as copy:
            for number in range(files):
                copy.write_row((1, f"src/p{number // 100}/m{number}.py", source(number)))


def run(
    database: Database,
    files: int,
    restart_server: Callable[[], Any],
    stages: str = "chunk",
    processes: int = 4,
    kill_every: float = 1.0,
    seed: int = 1,
) -> Counts:
    """Index ``files`` files while workers and the server are killed; checks what is left, and counts."""
    counts = Counts(files)
    store(database, files)
    began = time.monotonic()
    chance = random.Random(seed)
    arguments = ("worker", "--database", database.url, "--processes", str(processes), "--stages", stages)
    with running(*arguments, "--poll", "0.2") as worker:
        wait_until(lambda: _done(database, 0.02 * files), "the start", command=worker)
        next_kill = time.monotonic()
        while not _settled(database) or counts.workers_killed < 3 or counts.server_stops == 0:
            if worker.process.poll() is not None:
                raise AssertionError(worker.output)
            if time.monotonic() >= next_kill:
                counts.workers_killed += _kill_one(worker, chance)
                next_kill += kill_every
            if counts.server_stops == 0 and _done(database, 0.3 * files):
                restart_server()
                counts.server_stops += 1
            time.sleep(0.05)
        # A job that was in the hands of five that died is a dead letter, which an operator queues again.
        counts.dead_letters = database.value("select count(*) from codesearch.failed_jobs")
        wait_until(lambda: _retried_and_empty(database), "the rest of the queue", 300, worker)
        assert worker.stop() == 0, worker.output
    counts.seconds = time.monotonic() - began
    _check(database, counts, stages)
    return counts


def _kill_one(worker: Command, chance: random.Random) -> int:
    children = psutil.Process(worker.process.pid).children()
    if not children:
        return 0
    victim = chance.choice(children)
    try:
        victim.kill()
    except psutil.NoSuchProcess:
        return 0
    return 1


def _done(database: Database, files: float) -> bool:
    """Whether so many files are chunked; False while the server is away."""
    try:
        with connect(database.url, autocommit=True) as connection:
            row = connection.execute(
                "select count(*) from codesearch.repository_file where is_indexed"
            ).fetchone()
    except psycopg.OperationalError:
        return False
    assert row is not None
    return bool(row[0] >= files)


def _settled(database: Database) -> bool:
    """Whether no chunking is owed, save dead letters; False while the server is away."""
    try:
        with connect(database.url, autocommit=True) as connection:
            row = connection.execute(
                "select count(*) from codesearch.index_job where stage = 'chunk' and state <> 'failed'"
            ).fetchone()
    except psycopg.OperationalError:
        return False
    assert row is not None
    return bool(row[0] == 0)


def _retried_and_empty(database: Database) -> bool:
    database.rows("select codesearch.retry_failed_jobs()")
    return bool(database.value("select count(*) = 0 from codesearch.index_job"))


def _check(database: Database, counts: Counts, stages: str) -> None:
    began = time.monotonic()
    with database.connect() as connection:
        check_index(connection)
        counts.jobs_left = database.value("select count(*) from codesearch.index_job")
        counts.chunks = database.value("select count(*) from codesearch.chunk where level = 0")
        counts.postings = database.value("select count(*) from codesearch.posting")
        counts.texts = database.value("select count(*) from codesearch.chunk_text")
        expected = sum(
            len(re.findall("^def ", source(number), re.MULTILINE)) for number in range(counts.files)
        )
        found = database.value("select count(*) from codesearch.chunk where kind = 'function'")
        assert found == expected, f"{found} functions, {expected} were stored"
        orphans = database.value(
            "select (select count(*) from codesearch.chunk c where not exists"
            " (select from codesearch.file_version v where v.version_id = c.version_id))"
            " + (select count(*) from codesearch.chunk_text t where not exists"
            " (select from codesearch.chunk c where c.chunk_id = t.chunk_id))"
            " + (select count(*) from codesearch.stored_text s where not exists"
            " (select from codesearch.chunk_text t where t.text_hash = s.text_hash))"
        )
        assert orphans == 0
        if "embed" in stages:
            counts.vectors = database.value("select count(*) from codesearch.embedding_1")
            assert counts.vectors == database.value("select count(*) from codesearch.stored_text")
    counts.seconds_checking = time.monotonic() - began
