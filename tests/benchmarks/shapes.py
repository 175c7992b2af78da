"""What many repositories cost: ``make bench-shapes``. The same code as many repositories, as one, and one alone.

Three databases on one server: ``many`` has the files of the benchmark's corpus spread over repositories whose sizes
fall as 1/rank, ``one`` has all of them in a single repository, ``alone`` only the largest. Each text has the sum of
random vectors of its words in place of the model's vector, so that texts with the same words are near each other and
nothing is embedded. Searches are interleaved, a session each. Options: --chunks N, --repositories N. Prints Markdown.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import SEED, CorpusFile, build_corpus, fetch_sources, sample_queries
from database import embed_with
from pgvector import HalfVector
from word_vectors import WordVectors, word_vector

from pgcodesearch.database import connect
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.indexing import Worker, sync_repository
from pgcodesearch.operating.installing import install
from support.databases import create_database
from support.servers import temporary_home

CACHE = Path(__file__).with_name(".cache")
QUERIES = 60  # of a kind
ROUNDS = 3
LARGEST = "r0"


def main() -> None:
    """Run on a private embedded server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=210_000)
    parser.add_argument("--repositories", type=int, default=73)
    given = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    home = temporary_home("pgcs-shapes-")
    server = EmbeddedServer(home)
    try:
        server.ensure_running()
        files = build_corpus(CACHE, given.chunks)
        parts = spread(files, given.repositories)
        urls = {}
        for name, folders in (("many", parts), ("one", {"all": files}), ("alone", {LARGEST: parts[LARGEST]})):
            urls[name] = create_database(server.url, name)
            install(urls[name])
            began = time.perf_counter()
            fill(urls[name], home / "trees" / name, folders)
            print(f"filled {name} in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        for line in measure(urls, files, len(parts)):
            print(line, flush=True)
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


def spread(files: list[CorpusFile], repositories: int) -> dict[str, list[CorpusFile]]:
    """The files by repository: r0 has the most, and the n-th about 1/n of that; none is empty."""
    chosen = random.Random(SEED)
    numbers = [*range(repositories)][: len(files)]
    weights = [1 / (number + 1) for number in numbers]
    numbers += chosen.choices(numbers, weights, k=len(files) - len(numbers))
    parts: dict[str, list[CorpusFile]] = {}
    for number, file in zip(numbers, files, strict=True):
        parts.setdefault(f"r{number}", []).append(file)
    return parts


def fill(url: str, trees: Path, folders: dict[str, list[CorpusFile]]) -> None:
    """Index the folders, give every text a vector, fold and vacuum."""
    sources = fetch_sources(CACHE)
    with connect(url) as connection:
        for name, files in folders.items():
            for file in files:
                target = trees / name / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(sources / file.path, target)
            sync_repository(connection, name, trees / name)
        Worker(connection, stages=("chunk",)).run_until_idle()
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        embed_with(connection, WordVectors().encode)
    with connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def measure(urls: dict[str, str], files: list[CorpusFile], repositories: int) -> Iterator[str]:
    """Median and 95th percentile of each way to ask, and the ratios."""
    queries = [q for kind in sample_queries(fetch_sources(CACHE), files).values() for q in kind[:QUERIES]]
    ways = {
        "all of many": ("many", None), "all as one": ("one", None),
        "one of many": ("many", LARGEST), "the same alone": ("alone", LARGEST),
    }  # fmt: skip
    with ExitStack() as opened:
        asked = {
            label: (opened.enter_context(connect(urls[database], autocommit=True)), repository)
            for label, (database, repository) in ways.items()
        }
        counts = {label: _count(connection, repository) for label, (connection, repository) in asked.items()}
        times = {label: np.array(taken) for label, taken in _interleaved(asked, queries).items()}
    yield f"{len(files):,} files, {repositories:,} repositories; {len(queries)} queries, {ROUNDS} rounds"
    yield ""
    yield "| searched | chunks | p50 ms | p95 ms |\n|---|---|---|---|"
    for label, taken in times.items():
        yield f"| {label} | {counts[label]:,} | {np.median(taken):.1f} | {np.percentile(taken, 95):.1f} |"
    yield ""
    for label, beside in (("all of many", "all as one"), ("one of many", "the same alone")):
        ratios = [np.percentile(times[label], p) / np.percentile(times[beside], p) for p in (50, 95)]
        yield f"{label} / {beside}: {ratios[0]:.2f} (p50), {ratios[1]:.2f} (p95)"


def _interleaved(
    asked: dict[str, tuple[psycopg.Connection[Any], str | None]], queries: list[str]
) -> dict[str, list[float]]:
    """Milliseconds of each search; the first round warms up."""
    times: dict[str, list[float]] = {label: [] for label in asked}
    order = random.Random(SEED)
    for turn in range(ROUNDS + 1):
        for query in queries:
            vector = HalfVector(word_vector(query)).to_text()
            for label in order.sample(list(asked), len(asked)):
                connection, repository = asked[label]
                began = time.perf_counter()
                connection.execute(
                    "select * from codesearch.search(%s, query_embedding => %s, repository => %s, log => false)",
                    [query, vector, repository],
                ).fetchall()
                if turn:
                    times[label].append((time.perf_counter() - began) * 1000)
    return times


def _count(connection: psycopg.Connection[Any], repository: str | None) -> int:
    row = connection.execute(
        "select sum(chunks) from codesearch.index_status where coalesce(repository = %s, true)", [repository]
    ).fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    main()
