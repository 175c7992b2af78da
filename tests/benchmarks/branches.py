"""What a branch costs: ``make bench-branch``. A repository of 3,000 files, and a branch of it with 40 files changed.

Bytes are those of every table and index, after VACUUM FULL of all that had rows taken out (vectors are only added,
and would cost another build of their index), with a random unit vector for each text in place of the model's.
Seconds are those of ``sync_branch`` (what ``index --branch`` does), and of chunking what changed. Searches of
the branch and of the default are interleaved, one session each. Options: --files N, --changed N. Prints Markdown.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import SEED, fetch_sources, shuffled_files
from database import embed_with
from pgvector import HalfVector

from pgcodesearch.database import connect
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.indexing import Worker, sync_repository
from pgcodesearch.indexing.branches import sync_branch
from pgcodesearch.operating.installing import install
from support.databases import create_database
from support.servers import temporary_home

CACHE = Path(__file__).with_name(".cache")
QUERIES = 100
ROUNDS = 10


def main() -> None:
    """Run on a private embedded server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=3_000)
    parser.add_argument("--changed", type=int, default=40)
    given = parser.parse_args()
    home = temporary_home("pgcs-branch-")
    server = EmbeddedServer(home)
    try:
        server.ensure_running()
        url = create_database(server.url, "branches")
        install(url)
        for line in measure(url, home / "tree", given.files, given.changed):
            print(line, flush=True)
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


def measure(url: str, tree: Path, files: int, changed: int) -> list[str]:
    """Index, branch off, index the branch, search both."""
    _make_tree(tree, files, changed)
    with connect(url) as connection:
        empty = _bytes(connection)
        sync_repository(connection, "bench", tree)
        Worker(connection, stages=("chunk",)).run_until_idle()
        _embed(connection)
        first = _bytes(connection)
        began = time.perf_counter()
        result = sync_branch(connection, "bench", tree, "feature")
        made = time.perf_counter() - began
        began = time.perf_counter()
        Worker(connection, stages=("chunk",)).run_until_idle()
        chunked = time.perf_counter() - began
        _embed(connection)
        branch = _bytes(connection) - first
        chunks = connection.execute("select count(*) from codesearch.chunk").fetchone()
    base, other = _searches(url)
    assert chunks is not None
    return [
        f"{files:,} files, {chunks[0]:,} chunks; {changed} changed in the branch ({result.changed} read)",
        "",
        "| | |",
        "|---|---|",
        f"| bytes of the first index | {(first - empty) / 1e6:.1f} MB |",
        f"| bytes of the branch | {branch / 1e6:.1f} MB, {branch / (first - empty):.1%} |",
        f"| the branch made | {made:.2f} s |",
        f"| its changes chunked | {chunked:.2f} s |",
        f"| search of the default, median | {base:.2f} ms |",
        f"| search of the branch, median | {other:.2f} ms, {other / base:.2f} × |",
    ]


def _make_tree(tree: Path, files: int, changed: int) -> None:
    sources = fetch_sources(CACHE)
    chosen = shuffled_files(sources)[:files]
    for file in chosen:
        target = tree / file.relative_to(sources)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    for command in (["init", "-q", "-b", "main"], ["add", "-f", "."], ["commit", "-qm", "first"]):
        _git(tree, *command)
    _git(tree, "checkout", "-qb", "feature")
    for number, file in enumerate(random.Random(SEED).sample(chosen, changed)):
        with (tree / file.relative_to(sources)).open("a") as opened:
            opened.write(f"\n\ndef branched_{number}():\n    return {number}\n")
    _git(tree, "commit", "-qam", "changed")
    _git(tree, "checkout", "-q", "main")


def _git(tree: Path, *command: str) -> None:
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(tree), *identity, *command], check=True)


def _embed(connection: psycopg.Connection[Any]) -> None:
    """Give each text that lacks one a random vector of length 1."""
    generator = np.random.default_rng(SEED)

    def random_vectors(texts: list[str]) -> np.ndarray:
        vectors = generator.standard_normal((len(texts), _dimension(connection))).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_with(connection, random_vectors)


def _dimension(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "select dimension from codesearch.model_version where status = 'active'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _bytes(connection: psycopg.Connection[Any]) -> int:
    connection.commit()
    connection.autocommit = True
    tables = connection.execute(
        "select string_agg(format('codesearch.%I', relname), ', ') from pg_class"
        " where relnamespace = 'codesearch'::regnamespace and relkind in ('r', 'm') and relname !~ '^embedding_[0-9]+$'"
    ).fetchone()
    assert tables is not None
    connection.execute(f"vacuum full analyze {tables[0]}")
    row = connection.execute(
        "select sum(pg_total_relation_size(oid)) from pg_class"
        " where relnamespace = 'codesearch'::regnamespace and relkind in ('r', 'm')"
    ).fetchone()
    connection.autocommit = False
    assert row is not None
    return int(row[0])


def _searches(url: str) -> tuple[float, float]:
    """Medians in milliseconds of the default and of the branch, asked in turns for words of the code."""
    with connect(url, autocommit=True) as base, connect(url, autocommit=True) as other:
        names = base.execute(
            "select array_to_string(codesearch.tokenize(symbol), ' ') from codesearch.chunk"
            " where level = 0 and symbol <> '' order by md5(chunk_id::text) limit %s", [QUERIES]
        ).fetchall()  # fmt: skip
        dimension = _dimension(base)
        generator = np.random.default_rng(SEED)
        times: tuple[list[float], list[float]] = ([], [])
        for turn in range(-1, ROUNDS):
            for (name,) in names:
                vector = generator.standard_normal(dimension)
                vector = HalfVector(vector / np.linalg.norm(vector)).to_text()
                asked = [(base, "bench", times[0]), (other, "bench@feature", times[1])]
                random.shuffle(asked)
                for connection, repository, taken in asked:
                    began = time.perf_counter()
                    connection.execute(
                        "select * from codesearch.search(%s, query_embedding => %s, repository => %s,"
                        " log => false)",
                        [name, vector, repository],
                    ).fetchall()
                    if turn >= 0:
                        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


if __name__ == "__main__":
    main()
