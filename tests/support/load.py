"""Searchers and writers at once on one database: errors, deadlocks, and latency beside the idle one."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import psycopg

from pgcodesearch.database import connect
from pgcodesearch.searching import Client
from support.databases import Database
from support.killing import WORDS, source

SEARCH = (
    "select chunk_id, score from codesearch.search(%s, query_embedding => %s::halfvec, repository => 'demo')"
)


@dataclass
class Load:
    """What searchers and writers met; milliseconds."""

    searches: int = 0
    writes: int = 0
    empty_answers: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    deadlocks: int = 0
    idle_p50: float = 0.0
    idle_p95: float = 0.0
    busy_p50: float = 0.0
    busy_p95: float = 0.0


class _Run:
    def __init__(self, database: Database, files: int, load: Load) -> None:
        self.database = database
        self.files = files
        self.load = load
        self.stopped = threading.Event()
        self.latencies: list[float] = []
        with Client(database.url) as client:
            self.queries = [(text, _literal(client.embed(text))) for text in _texts()]

    def search(self, seed: int) -> None:
        chance = random.Random(seed)
        with connect(self.database.url, autocommit=True) as connection:
            while not self.stopped.is_set():
                query = chance.choice(self.queries)
                began = time.perf_counter()
                try:
                    rows = connection.execute(SEARCH, query).fetchall()
                except psycopg.Error as error:
                    self.load.errors[f"search: {type(error).__name__}: {error}".splitlines()[0]] += 1
                    if connection.closed:
                        return
                    continue
                self.latencies.append((time.perf_counter() - began) * 1000)
                self.load.searches += 1
                self.load.empty_answers += not rows

    def write(self, seed: int) -> None:
        chance = random.Random(seed)
        with connect(self.database.url, autocommit=True) as connection:
            while not self.stopped.wait(0.02):
                try:
                    _write(connection, chance, self.files)
                    self.load.writes += 1
                except psycopg.errors.UniqueViolation:
                    pass  # another writer moved its file to the same path first
                except psycopg.Error as error:
                    self.load.errors[f"write: {type(error).__name__}: {error}".splitlines()[0]] += 1


def measure(
    database: Database, files: int, searchers: int, writers: int, seconds: float, idle: float
) -> Load:
    """Search alone for ``idle`` seconds, then with all at once; a worker should run beside it."""
    load = Load()
    run = _Run(database, files, load)
    load.idle_p50, load.idle_p95 = _timed(run, [(run.search, 0)], idle)
    before = _deadlocks(database)
    threads = [(run.search, n) for n in range(searchers)] + [(run.write, 1000 + n) for n in range(writers)]
    load.busy_p50, load.busy_p95 = _timed(run, threads, seconds)
    time.sleep(1.5)  # statistics reach the view a moment later
    load.deadlocks = _deadlocks(database) - before
    return load


def _timed(run: _Run, work: list, seconds: float) -> tuple[float, float]:
    run.stopped.clear()
    run.latencies.clear()
    threads = [threading.Thread(target=function, args=(seed,)) for function, seed in work]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    run.stopped.set()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a client hangs"
    return float(np.percentile(run.latencies, 50)), float(np.percentile(run.latencies, 95))


def _write(connection: psycopg.Connection, chance: random.Random, files: int) -> None:
    """One change of a kind that users make, in a transaction of its own."""
    number = chance.randrange(files)
    path = f"src/p{number // 100}/m{number}.py"
    kind = chance.choice(["upsert", "upsert", "update", "many", "delete", "rename", "copy"])
    content = source(chance.randrange(1_000_000))
    if kind == "upsert":
        connection.execute("select codesearch.upsert_file('demo', %s, %s)", (path, content))
    elif kind == "update":
        connection.execute("update codesearch.source_file set content = %s where path = %s", (content, path))
    elif kind == "many":
        connection.execute(
            "update codesearch.source_file set content = content || %s where file_id in"
            " (select file_id from codesearch.source_file where path like %s order by file_id limit 5 for update)",
            (f"# {number}\n", f"src/p{number // 100}/m%{number % 10}.py"),
        )
    elif kind == "delete":
        connection.execute("select codesearch.delete_file('demo', %s)", (path,))
    elif kind == "rename":
        connection.execute(
            "update codesearch.source_file set path = %s where path = %s", (f"moved/m{number}.py", path)
        )
    else:
        connection.execute("select codesearch.upsert_file('other', %s, %s)", (path, content))


def _texts() -> list[str]:
    chance = random.Random(5)
    return [" ".join(chance.sample(WORDS, 3)) for _ in range(20)] + [
        f"{chance.choice(WORDS)}_{chance.choice(WORDS)}" for _ in range(10)
    ]


def _literal(embedding: np.ndarray | None) -> str:
    assert embedding is not None
    return "[" + ",".join(f"{x:.6g}" for x in embedding) + "]"


def _deadlocks(database: Database) -> int:
    return int(database.value("select deadlocks from pg_stat_database where datname = current_database()"))
