"""What growth.py measures at each size, one function a step; each gives what goes into the JSON."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import database
import measure
import numpy as np
import psutil
import psycopg
from measure import Candidate, Client
from pgvector import HalfVector
from reindex import change_function, functions_to_change, index_again
from systems.base import Query
from systems.postgres import Postgres
from word_vectors import WordVectors

from pgcodesearch.operating.vector_indexes import build_vector_index

LARGEST, TENTH = "r0", "r9"
CHANGES = 3
OURS = {
    "words": ("Lexical", None),
    "two legs": ("FusedLegs", None), "two legs, largest repository": ("FusedLegs", LARGEST),
    "two legs, tenth repository": ("FusedLegs", TENTH), "search": ("FullSearch", None),
    "search, largest repository": ("FullSearch", LARGEST), "search, tenth repository": ("FullSearch", TENTH),
}  # fmt: skip
PEERS = {"LanceDbHybrid": "lancedb_hybrid", "SqliteHybrid": "sqlite_hybrid", "InProcess": "in_process",
         "TantivyWords": "tantivy_words"}  # fmt: skip
KINDS = ("identifier", "language")
OVERFETCHES = (1, 2, 4, 8, 16)
Connection = psycopg.Connection[Any]


class Clock:
    """Seconds by the clock and of CPU, of this process with its children and of the server, by step."""

    def __init__(self, connection: Connection) -> None:
        self.seconds: dict[str, dict[str, float]] = {}
        self._connection = connection

    @contextlib.contextmanager
    def running(self, step: str) -> Iterator[None]:
        began, used = time.perf_counter(), self._used()
        yield
        counted = self.seconds.setdefault(step, {"seconds": 0.0, "cpu": 0.0})
        counted["seconds"] += time.perf_counter() - began
        counted["cpu"] += self._used() - used

    def _used(self) -> float:
        postmaster, children = database.server_processes(self._connection)
        total = 0.0
        for process in (psutil.Process(), postmaster, *children):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
                if process not in children:  # those that ended count with the one that waited for them
                    total += times.children_user + times.children_system
        return total


def count_chunks(connection: Connection) -> int:
    return int(
        _value(
            connection,
            "select coalesce(sum(chunk_count), 0) from codesearch.lexical_statistic where level = 0",
        )
    )


def chunk_all(url: str) -> None:
    """Chunk what is queued, by as many worker processes as there are cores."""
    subprocess.run(
        [sys.executable, "-m", "pgcodesearch", "worker", "--database", url, "--stages", "chunk", "--once",
         "--processes", str(os.cpu_count() or 1)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def forget_parts(connection: Connection) -> None:
    """Leave out the texts of windows and of whole files."""
    connection.execute(
        "delete from codesearch.chunk_text t using codesearch.chunk c"
        " where c.chunk_id = t.chunk_id and (c.level = 1 or t.unit <> 0)"
    )
    connection.execute("select codesearch.forget_unused_texts()")
    connection.execute("delete from codesearch.index_job where stage = 'embed'")


def give_vectors(connection: Connection, whole_only: bool) -> dict[str, Any]:
    """Store vectors of the texts that lack one; the time is mostly that of making them up."""
    clock = Clock(connection)
    before = _vectors(connection)
    with clock.running("vectors"):
        database.embed_with(connection, WordVectors().encode, whole_only=whole_only, index=False)
    connection.execute(f"vacuum analyze {_table(connection)}".encode())
    return {
        "vectors": _vectors(connection),
        "added": _vectors(connection) - before,
        **clock.seconds["vectors"],
    }


def drop_vector_indexes(connection: Connection) -> None:
    """Loading first and building after is faster."""
    while index := _value(
        connection, "select codesearch.vector_index(m)::text from cast(%s as int) m", _model(connection)
    ):
        connection.execute(f"drop index {index}".encode())


def build_index(connection: Connection, first_pass: str) -> dict[str, Any]:
    """Build the index of a first pass; nothing where it is there. ``fits``: the graph was built in memory."""
    if _first_pass(connection) == first_pass:
        return {}
    drop_vector_indexes(connection)
    notices: list[str] = []
    connection.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    clock = Clock(connection)
    with Memory(connection) as memory, clock.running("build"):
        build_vector_index(connection, _name(connection), first_pass)
    size = _value(
        connection,
        "select pg_relation_size(codesearch.vector_index(m)) from cast(%s as int) m",
        _model(connection),
    )
    return {
        **clock.seconds["build"], "index_bytes": size, "peak_bytes": memory.peak,
        "peak_above_start": memory.peak - memory.start,
        "fits": not any("no longer fits" in notice for notice in notices),
        "maintenance_work_mem": _value(connection, "select current_setting('maintenance_work_mem')"),
    }  # fmt: skip


class Memory:
    """The most resident memory that the server's processes had together: what is shared counts once."""

    def __init__(self, connection: Connection) -> None:
        self._postmaster = database.server_processes(connection)[0]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.start = self.peak = self._now()

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        own, shared = 0, 0
        for process in (self._postmaster, *self._postmaster.children()):
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
                sizes = {
                    line.split(":")[0]: int(line.split()[1]) * 1024
                    for line in status
                    if line.startswith("Rss")
                }
                own += sizes.get("RssAnon", 0)  # one that has ended has none
                shared = max(shared, sizes.get("RssShmem", 0))
        return own + shared


def measure_vectors(connection: Connection, embeddings: np.ndarray) -> dict[str, Any]:
    """The vector leg: recall@10 against exact distances and CPU of the backend, by how many are read. What an index of
    whole vectors gives needs no second look, so it is asked once."""
    vectors = [HalfVector(row) for row in embeddings]
    exact = [_nearest(connection, vector, True)[:10] for vector in vectors]
    rows = []
    for overfetch in OVERFETCHES if _first_pass(connection) == "bit" else (1,):
        connection.execute(
            "select codesearch.change_setting('vector.first_pass_overfetch', %s)", [str(overfetch)]
        )
        found = [_nearest(connection, vector, False) for vector in vectors]  # and warm
        began, used = time.perf_counter(), _backend_cpu(connection)
        for vector in vectors:
            _nearest(connection, vector, False)
        rows.append({
            "overfetch": overfetch,
            "recall": float(np.mean([
                sum(d <= true[-1] + 1e-6 for d in near[:10]) / len(true)
                for near, true in zip(found, exact, strict=True)
            ])),
            "ms": (time.perf_counter() - began) * 1000 / len(vectors),
            "cpu_ms": (_backend_cpu(connection) - used) * 1000 / len(vectors),
        })  # fmt: skip
    connection.execute("select codesearch.change_setting('vector.first_pass_overfetch', null)")
    return {"leg": rows}


def count_bytes(connection: Connection) -> dict[str, Any]:
    """Bytes in all and by table with its indexes; the embedding table's vectors and index apart."""
    connection.execute("vacuum analyze")
    tables = dict(
        connection.execute(
            "select relname, pg_total_relation_size(oid) from pg_class where relkind = 'r'"
            " and relnamespace = 'codesearch'::regnamespace"
        ).fetchall()
    )
    vectors = _table(connection).split(".")[1]
    index = _value(
        connection,
        "select pg_relation_size(codesearch.vector_index(m)) from cast(%s as int) m",
        _model(connection),
    )
    tables["vectors"] = tables.pop(vectors) - index
    tables["HNSW"] = index
    return {
        "total": _value(connection, "select pg_database_size(current_database())"),
        "chunks": count_chunks(connection), "vectors": _vectors(connection),
        "texts": _value(connection, "select count(*) from codesearch.chunk_text"),
        "tables": dict(sorted(tables.items(), key=lambda item: -item[1])[:12]),
    }  # fmt: skip


def measure_changes(url: str, connection: Connection, tree: Path) -> dict[str, Any]:
    """One function changed in the largest repository, and its folder indexed again; and a worker that finds nothing."""
    folder = tree / LARGEST
    functions = functions_to_change(connection, LARGEST)[:CHANGES]
    index_again(url, folder, LARGEST)  # whatever else is due is done here
    done = []
    for number, (path, end_line) in enumerate(functions):
        change_function(folder / path, end_line, number)
        done.append(index_again(url, folder, LARGEST))
    idle = []
    for _ in range(CHANGES):
        clock = Clock(connection)
        with clock.running("worker"):
            subprocess.run(
                [sys.executable, "-m", "pgcodesearch", "worker", "--database", url, "--once"],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        idle.append(clock.seconds["worker"])
    return {
        "reindex_seconds": _median(item[0] for item in done), "reindex_work_seconds": _median(item[1] for item in done),
        "reindex_cpu": _median(item[3] for item in done),
        "reindex_steps": {name: _median(item[2][name] for item in done) for name in done[0][2]},
        "worker_seconds": _median(item["seconds"] for item in idle),
        "worker_cpu": _median(item["cpu"] for item in idle),
    }  # fmt: skip


def measure_maintenance(connection: Connection) -> dict[str, Any]:
    """run_maintenance after a change, by step."""
    clock = Clock(connection)
    with clock.running("run"):
        rows = connection.execute(
            "select step, ok, outcome, duration_ms from codesearch.run_maintenance()"
        ).fetchall()
    return {
        **clock.seconds["run"], "failed": [f"{step}: {outcome}" for step, ok, outcome, _ in rows if not ok],
        "steps_ms": {step: round(ms, 1) for step, _, _, ms in rows},
    }  # fmt: skip


def measure_cpu(url: str, queries: list[tuple[str, str]]) -> dict[str, Any]:
    """CPU of the backend for a query, ms, by way and class: what a busy machine does not change."""
    prepared = _prepared(url, queries)
    measured: dict[str, Any] = {}
    for way, (cls, repository) in OURS.items():
        system = Candidate("postgres", cls, Path(), {"url": url, "repository": repository}).make()
        system.open()
        assert isinstance(system, Postgres)
        backend = system.connection
        for kind in KINDS:
            asked = [query for query in prepared if query.kind == kind]
            for query in asked:
                system.search(query)
            each = []
            for query in asked:
                used = _backend_cpu(backend)
                system.search(query)
                each.append((_backend_cpu(backend) - used) * 1000)
            measured.setdefault(way, {})[kind] = {
                "p50": float(np.percentile(each, 50)), "p95": float(np.percentile(each, 95))
            }  # fmt: skip
        backend.close()
    return measured


def measure_searches(
    url: str, connection: Connection, queries: list[Any], given: Any, home: Path
) -> dict[str, Any]:
    """Milliseconds by the clock of each way to ask and of the peers, interleaved query by query."""
    prepared = _prepared(url, queries)
    at = home / "queries.pickle"
    at.write_bytes(pickle.dumps(prepared))
    candidates = {
        way: Candidate("postgres", cls, home, {"url": url, "repository": repository})
        for way, (cls, repository) in OURS.items()
    }
    built = {}
    if given.peers:
        corpus = home / "corpus.pickle"
        made = database.read_corpus(url, WordVectors())
        corpus.write_bytes(pickle.dumps(made))
        del made
        for name in given.peers:
            candidates[name] = Candidate(PEERS[name], name, home / name, {"dimension": WordVectors.dimension})
            built[name] = measure.build(candidates[name], corpus)
            print(f"built {name}: {built[name]}", file=sys.stderr, flush=True)
        corpus.unlink()
    load = os.getloadavg()[0]
    clients = {name: Client(candidate, at) for name, candidate in candidates.items()}
    try:
        times = measure.latencies(clients, len(prepared), given.rounds, seed=1)
        disk = {name: clients[name].ask("disk") for name in given.peers}
    finally:
        for client in clients.values():
            client.close()
    for name in given.peers:
        shutil.rmtree(home / name, ignore_errors=True)
    kinds = np.array([query.kind for query in prepared])
    return {
        "load": load,
        "ways": {
            name: {
                kind: {f"p{p}": float(np.percentile(taken[:, kinds == kind], p)) for p in (50, 95)} for kind in KINDS
            }
            for name, taken in times.items()
        },
        "built": built, "disk": disk,
    }  # fmt: skip


def _prepared(url: str, queries: list[tuple[str, str]]) -> list[Query]:
    texts = [text for _, text in queries]
    made = zip(queries, database.query_tokens(url, texts), WordVectors().encode(texts), strict=True)
    return [Query(kind, text, tokens, vector) for (kind, text), tokens, vector in made]


def _nearest(connection: Connection, vector: HalfVector, exact: bool) -> list[float]:
    found = _value(
        connection,
        "select v.distances from codesearch.vector_candidates(%s, %s, 50, codesearch.scope_of(null), null, %s, null) v",
        _model(connection), vector, exact,
    )  # fmt: skip
    return list(found)


def _backend_cpu(connection: Connection) -> float:
    """Seconds of CPU that the connection's backend has taken."""
    taken = Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0]
    return int(taken) / 1e9


def _first_pass(connection: Connection) -> str | None:
    found = _value(connection, "select codesearch.vector_first_pass(%s)", _model(connection))
    return None if found is None else str(found)


def _model(connection: Connection) -> int:
    return int(
        _value(connection, "select model_version_id from codesearch.model_version where status = 'active'")
    )


def _name(connection: Connection) -> str:
    return str(_value(connection, "select name from codesearch.model_version where status = 'active'"))


def _table(connection: Connection) -> str:
    return str(_value(connection, "select codesearch.embedding_table(%s)", _model(connection)))


def _vectors(connection: Connection) -> int:
    return int(_value(connection, f"select count(*) from {_table(connection)}"))


def _median(values: Any) -> float:
    return float(np.median(list(values)))


def _value(connection: Connection, statement: str, *parameters: Any) -> Any:
    row = connection.execute(statement.encode(), parameters or None).fetchone()
    assert row is not None
    return row[0]
