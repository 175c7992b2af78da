"""Compare pgcodesearch with other hybrid searches on the same code, the same tokens and the same vectors.

    make bench                                       both sizes; results/ gets a table, JSON and a plot
    python tests/benchmarks/run.py --size 10000      one size; needs the extras embedded and bench

Needs the network once, for the packages of packages.txt; nothing is fetched again. Embedding 100,000 chunks takes
about fifteen minutes on two cores the first time and is kept in the cache folder.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import pickle
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import database
import measure
import numpy as np
import psutil
import report
from corpus import build_corpus, fetch_sources, sample_queries
from embeddings import CHARACTERS, EmbeddingCache
from measure import Candidate, Client
from reindex import measure_reindex
from systems.base import RESULTS, Corpus, Query

from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.home import HOME_VARIABLE
from pgcodesearch.operating.installing import install

HERE = Path(__file__).parent
OURS = {"Lexical": "pgcodesearch lexical leg", "Vector": "pgcodesearch vector leg",
        "FusedLegs": "pgcodesearch two legs", "FullSearch": "pgcodesearch search"}  # fmt: skip
PEERS = [("lancedb_hybrid", "LanceDbHybrid"), ("sqlite_hybrid", "SqliteHybrid"), ("in_process", "InProcess")]
TIE = 1e-4
LADDER = (50, 75, 100, 125, 150, 200, 250, 300, 400, 600)  # of ef, for systems tuned to our recall
COMPARED = [("pgcodesearch two legs", "LanceDB hybrid"), ("pgcodesearch two legs", "SQLite FTS5 + sqlite-vec"),
            ("pgcodesearch two legs", "bm25s + hnswlib"), ("pgcodesearch search", "pgcodesearch two legs")]  # fmt: skip


def main() -> None:
    options = _options()
    cache_folder = options.cache.absolute()
    cache_folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PGCODESEARCH_DATABASE_URL", None)
    run: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "conditions": _conditions(options),
        "sizes": {},
    }
    for size in options.size:
        print(f"== {size:,} chunks", file=sys.stderr, flush=True)
        at = _place(cache_folder, size)
        run["sizes"][str(size)] = measured = measure_size(size, at, cache_folder, options)
        report.write(run, options.results, options.name)
        if options.reindex:
            measured["notes"] += measure_reindex(at.home, at.tree)
            report.write(run, options.results, options.name)
        EmbeddedServer(at.home).stop()
    print(report.markdown(run))


@dataclass(frozen=True)
class Place:
    """Where the data of one corpus size lies."""

    home: Path  # of the embedded server
    tree: Path  # the files that are indexed
    corpus: Path
    queries: Path


def _place(folder: Path, size: int) -> Place:
    return Place(
        folder / f"home-{size}",
        folder / f"tree-{size}",
        folder / f"corpus-{size}.pickle",
        folder / f"queries-{size}.pickle",
    )


def measure_size(size: int, at: Place, cache_folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Everything but re-indexing at one corpus size."""
    # 1. The corpus, the queries, and our database with one vector a chunk.
    sources = fetch_sources(cache_folder)
    files = build_corpus(cache_folder, size)
    cache = EmbeddingCache(cache_folder)
    os.environ[HOME_VARIABLE] = str(at.home)
    url, build_steps = _our_database(at, sources, files, cache, options.keep)
    corpus = database.read_corpus(url, cache)
    queries = _queries(url, sample_queries(sources, files), cache)
    at.corpus.write_bytes(pickle.dumps(corpus))
    at.queries.write_bytes(pickle.dumps(queries))
    truth = exact_nearest(corpus, queries)

    # 2. The other systems, each built in a process of its own, then all opened.
    candidates = {c: Candidate("postgres", c, at.home, {"url": url}) for c in OURS}
    built: dict[str, dict[str, float]] = {}
    for module, cls in PEERS:
        folder = cache_folder / f"{cls}-{size}"
        candidates[cls] = Candidate(module, cls, folder, {"dimension": corpus.vectors.shape[1]})
        if not (options.keep and folder.exists()):
            built[cls] = measure.build(candidates[cls], at.corpus)
            print(f"built {cls}: {built[cls]}", file=sys.stderr, flush=True)
    clients = {cls: Client(candidate, at.queries) for cls, candidate in candidates.items()}

    # 3. Equal recall: each tunable system gets the least effort that finds as many of the true nearest as ours.
    recalls, settings = _tune(clients, candidates, truth)

    # 4. Latency, interleaved; then throughput, one system after the other.
    times = measure.latencies(clients, len(queries), options.rounds, seed=1)
    kinds = np.array([query.kind for query in queries])
    systems: dict[str, Any] = {}
    for cls, client in clients.items():
        systems[client.name] = {
            "version": client.version, "latency": report.summarize(times[cls], kinds), "settings": settings.get(cls),
            "recall": recalls.get(cls), "disk_bytes": client.ask("disk"), "peak_rss": client.ask("memory"),
            "build_seconds": built.get(cls, {}).get("seconds"), "build_peak_rss": built.get(cls, {}).get("peak_rss"),
        }  # fmt: skip
    by_name = {client.name: times[cls] for cls, client in clients.items()}
    for client in clients.values():
        client.close()
    for cls, candidate in candidates.items():
        rate = measure.throughput(candidate, at.queries, options.seconds)
        systems[OURS.get(cls) or candidate.make().name]["queries_per_second"] = rate
    for name in OURS.values():
        systems[name]["build_seconds"] = sum(build_steps.values()) or None
    notes = _notes(size, files, corpus, url, build_steps)

    return {"systems": systems, "ratios": _ratios(by_name, kinds), "build_steps": build_steps, "notes": notes}


def _our_database(
    at: Place, sources: Path, files: list[Any], cache: EmbeddingCache, keep: bool
) -> tuple[str, dict[str, float]]:
    server = EmbeddedServer(at.home)
    if keep and (at.home / "filled").exists():
        return server.ensure_running(), json.loads((at.home / "filled").read_text())
    if at.home.exists():
        server.stop("immediate")
        shutil.rmtree(at.home)
    url = server.ensure_running()
    install()
    database.write_tree(sources, files, at.tree)
    steps = database.fill(url, at.tree, cache)
    print(f"filled: {steps}", file=sys.stderr, flush=True)
    (at.home / "filled").write_text(json.dumps(steps))
    return url, steps


def _queries(url: str, texts: dict[str, list[str]], cache: EmbeddingCache) -> list[Query]:
    flat = [(kind, text) for kind, of_kind in texts.items() for text in of_kind]
    tokens = database.query_tokens(url, [text for _, text in flat])
    vectors = cache.encode([text for _, text in flat], kind="query")
    return [Query(k, t, w, v) for (k, t), w, v in zip(flat, tokens, vectors, strict=True)]


def exact_nearest(corpus: Corpus, queries: list[Query]) -> list[set[int]]:
    """The true ten nearest chunks of each query, by a scan of all vectors, and whatever is as near as the tenth.

    Code is copied: without the ties a system would be blamed for its choice among equals. TIE is what rounding to
    half precision moves a cosine by.
    """
    scores = np.stack([query.vector for query in queries]) @ corpus.vectors.T
    tenth = np.partition(scores, -RESULTS, axis=1)[:, -RESULTS]
    return [set(corpus.ids[row >= least - TIE].tolist()) for row, least in zip(scores, tenth, strict=True)]


def _tune(
    clients: dict[str, Client], candidates: dict[str, Candidate], truth: list[set[int]]
) -> tuple[dict[str, float], dict[str, Any]]:
    ours = measure.recall(clients["Vector"], truth)
    recalls = dict.fromkeys(("Vector", "FusedLegs", "FullSearch"), ours)
    recalls["SqliteHybrid"] = measure.recall(clients["SqliteHybrid"], truth)
    settings: dict[str, Any] = {}
    for cls in ("LanceDbHybrid", "InProcess"):
        # LanceDB's quantised distances bound its recall; re-reading exact vectors (refine) lifts that.
        steps: list[dict[str, int | None]] = [{"ef": ef} for ef in LADDER]
        if cls == "LanceDbHybrid":
            steps = [{"ef": ef, "refine_factor": None} for ef in LADDER] + [
                {"ef": ef, "refine_factor": 1} for ef in LADDER
            ]
        for step in steps:
            clients[cls].ask("set", step)
            recalls[cls] = measure.recall(clients[cls], truth)
            settings[cls] = step
            if recalls[cls] >= ours:
                break
        candidates[cls].settings.update(settings[cls])
        print(
            f"{cls}: {settings[cls]} recall {recalls[cls]:.3f}, ours {ours:.3f}", file=sys.stderr, flush=True
        )
    return recalls, settings


def _ratios(times: dict[str, np.ndarray], kinds: np.ndarray) -> dict[str, Any]:
    return {
        f"{a} / {b}": {
            f"{kind} p{share}": report.ratio(times[a][:, kinds == kind], times[b][:, kinds == kind], share)
            for kind in report.KINDS
            for share in (50, 95)
        }
        for a, b in COMPARED
    }


def _notes(size: int, files: list[Any], corpus: Corpus, url: str, steps: dict[str, float]) -> list[str]:
    parts = ", ".join(f"{name} {took:.1f} s" for name, took in steps.items())
    relations = ", ".join(
        f"{name} {count / 1e6:.0f} MB" for name, count in database.relation_bytes(url).items()
    )
    return [
        f"{len(corpus.ids):,} chunks of {len(files):,} files; vectors of {corpus.vectors.shape[1]} dimensions, of the"
        f" first {CHARACTERS} characters of each chunk's text (about 64 tokens), the same in all systems.",
        f"pgcodesearch build, embedding left out: {parts or 'kept from an earlier run'}. It starts from files and"
        " stores sources, texts and the call graph too; the others start from ready-made tokens.",
        f"Of its database, what search reads: {relations}.",
        "Peak RSS: the process that answers; for pgcodesearch with all server processes and shared buffers, so it is"
        " one number for its four rows.",
    ]


def _conditions(options: argparse.Namespace) -> list[str]:
    load = " / ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"{platform.machine()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB memory,"
        f" Python {platform.python_version()}; load average at the start {load}. {options.rounds} rounds of 300"
        " identifier and 300 language queries after a warm-up; systems interleaved query by query in random order."
        " Top 10 of 50 + 50 candidates, RRF with k = 60. Vectors are given: embedding a query is not in the times.",
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, action="append", help="chunks; default 10000 and 100000")
    parser.add_argument(
        "--cache", type=Path, default=HERE / ".cache", help="folder for downloads and embeddings"
    )
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--name", default="latest", help="name of the result files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each throughput measurement")
    parser.add_argument("--keep", action="store_true", help="use databases and indexes of an earlier run")
    parser.add_argument("--no-reindex", dest="reindex", action="store_false", help="leave out the last part")
    options = parser.parse_args()
    options.size = options.size or [10_000, 100_000]
    return options


if __name__ == "__main__":
    main()
