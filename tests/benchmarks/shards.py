"""What shards cost, and what they answer: ``make bench-shards``, as root on Debian (docker/install-server.sh).

The same repositories in one database and spread over shards behind a coordinator, all on one server of Debian's, which
has PL/Proxy. Vectors are sums of word vectors (word_vectors.py). Prints Markdown: how many queries have the same first
ten, at the usual vector.ef_search and where HNSW is as good as exact; p50 and p95 of a search of all, beside the whole
and the largest shard alone; and what searchers saw while a shard's server was killed and came back.
Options: --chunks N, --repositories N, --shards N, --queries N, --seconds N, --searchers N.
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

from corpus import SEED, build_corpus, fetch_sources, sample_queries
from pgvector import HalfVector
from shapes import CACHE, fill, spread
from word_vectors import word_vector

from pgcodesearch.database import connect
from pgcodesearch.operating.installing import install
from pgcodesearch.sharding.coordinator import add_shard
from support.databases import Database, create_database
from support.servers import DebianServer, missing_debian_parts, temporary_home
from support.shard_load import search_while, whole_again

_ASK = (
    "select repository, path, start_line from codesearch.search(%s, query_embedding => %s, log => false)"
    " order by rank"
)


def main() -> None:
    """Run on two private servers: one for the coordinator and all shards but the last, which has its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option, default in (("chunks", 20_000), ("repositories", 20), ("shards", 4), ("queries", 500),
                            ("seconds", 60), ("searchers", 20)):  # fmt: skip
        parser.add_argument(f"--{option}", type=int, default=default)
    given = parser.parse_args()
    if missing := missing_debian_parts():
        raise SystemExit(f"run docker/install-server.sh first: missing {', '.join(missing)}")
    CACHE.mkdir(exist_ok=True)
    home = temporary_home("pgcs-trees-")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        servers = [DebianServer(temporary_home(f"pgcs-{name}-")) for name in ("shards", "away")]
        for server in servers:
            stack.callback(server.destroy)
            server.create()
            server.start()
        files = build_corpus(CACHE, given.chunks)
        parts = spread(files, given.repositories)
        # The largest repositories first, each where the fewest files are.
        folders: list[dict[str, Any]] = [{} for _ in range(given.shards)]
        for name, part in sorted(parts.items(), key=lambda item: -len(item[1])):
            min(folders, key=lambda held: sum(map(len, held.values())))[name] = part
        urls = {
            "whole": create_database(servers[0].url, "whole"),
            "coordinator": create_database(servers[0].url, "coordinator"),
        }
        for number in range(given.shards):
            server = servers[1 if number == given.shards - 1 else 0]
            urls[f"s{number}"] = create_database(server.url, f"s{number}")
        for name, url in urls.items():
            install(url)
            if name.startswith("s"):
                add_shard(urls["coordinator"], name, url)
        fill(urls["whole"], home / "whole", parts)
        for number, held in enumerate(folders):
            fill(urls[f"s{number}"], home / f"s{number}", held)
            with connect(urls["coordinator"], autocommit=True) as connection:
                connection.execute(
                    "insert into codesearch.repository_place (repository, shard_number) select unnest(%s::text[]), %s",
                    [list(held), number],
                )
        queries = [q for kind in sample_queries(fetch_sources(CACHE), files).values() for q in kind]
        queries = random.Random(SEED).sample(queries, min(given.queries, len(queries)))
        for line in measure(urls, queries):
            print(line, flush=True)
        for line in killed(Database(urls["coordinator"]), servers[1], given.searchers, given.seconds):
            print(line, flush=True)


def measure(urls: dict[str, str], queries: list[str]) -> Iterator[str]:
    """How alike the answers are, and how long they take."""
    asked = {}
    with ExitStack() as opened:
        for name, url in urls.items():
            asked[name] = opened.enter_context(connect(url, autocommit=True))
        sizes = {name: _chunks(connection) for name, connection in asked.items() if name != "coordinator"}
        largest = max((name for name in sizes if name != "whole"), key=lambda name: sizes[name])
        yield f"{len(queries)} queries; chunks: {', '.join(f'{name} {count:,}' for name, count in sizes.items())}"
        yield ""
        yield "| | same first ten | whole p50 / p95 ms | largest shard | coordinator | coordinator / largest |"
        yield "|---|---|---|---|---|---|"
        for ef_search in (120, 1000):
            for name in sizes:
                asked[name].execute(
                    "select codesearch.change_setting('vector.ef_search', %s)", [str(ef_search)]
                )
            times: dict[str, list[float]] = {name: [] for name in ("whole", largest, "coordinator")}
            same = 0
            for query in queries:
                parameters = [query, HalfVector(word_vector(query)).to_text()]
                rows = {}
                for name, taken in times.items():
                    began = time.perf_counter()
                    rows[name] = asked[name].execute(_ASK, parameters).fetchall()
                    taken.append((time.perf_counter() - began) * 1000)
                same += rows["whole"] == rows["coordinator"]
            spent = {name: np.percentile(taken, [50, 95]) for name, taken in times.items()}
            cells = " | ".join(f"{p50:.1f} / {p95:.1f}" for p50, p95 in spent.values())
            ratio = spent["coordinator"] / spent[largest]
            yield (
                f"| ef_search {ef_search} | {same} of {len(queries)} ({same / len(queries):.1%}) | {cells} |"
                f" {ratio[0]:.2f} / {ratio[1]:.2f} |"
            )


def killed(coordinator: Database, away: DebianServer, searchers: int, seconds: int) -> Iterator[str]:
    """What searchers see while one shard's server is killed twice."""
    names = [row[0] for row in coordinator.rows("select repository from codesearch.repository_place")]
    for name in names:
        coordinator.rows(
            "select codesearch.upsert_file(%s, 'marker.py', %s)", (name, f"def marker(): return '{name}'")
        )
    from pgcodesearch.indexing import Worker

    for (url,) in coordinator.rows("select database_url from codesearch.shard"):
        with connect(url) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
    near = {
        row[0] for row in coordinator.rows(
            "select repository from codesearch.repository_place"
            " where shard_number < (select max(shard_number) from codesearch.shard)"
        )
    }  # fmt: skip
    ask = (
        "select repository from codesearch.search('def marker()', k => 100, mode => 'lexical', log => false)"
        " where path = 'marker.py'"
    )
    coordinator.rows("select codesearch.change_setting('shards.away_seconds', '2')")

    def kill() -> None:
        for _ in range(2):
            time.sleep(seconds / 6)
            away.stop("immediate")
            time.sleep(seconds / 6)
            away.start()
        time.sleep(seconds / 3)

    load = search_while(coordinator, ask, set(names), near, searchers, kill)
    yield ""
    yield (
        f"{searchers} searchers for {seconds} s, a shard killed twice: {load.whole} whole answers, {load.partial}"
        f" declared partial, {len(load.wrong)} wrong, {len(load.errors)} errors;"
        f" whole again {whole_again(coordinator, ask, set(names)):.1f} s after the last"
    )
    for error in sorted(set(load.errors))[:5]:
        yield f"- {error}"


def _chunks(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("select sum(chunks)::int from codesearch.index_status").fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    main()
