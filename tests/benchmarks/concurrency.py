"""50 searchers and 4 writers for 60 s beside a worker: ``make bench-concurrency``.

Options: --files N, --searchers N, --writers N, --seconds N, --database URL (an empty one; default: a private embedded
server). Prints one JSON object: errors, deadlocks, and p50/p95 in ms beside those of one idle searcher.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.operating.installing import install
from support.databases import Database, create_database
from support.indexing import check_index
from support.killing import store
from support.load import measure
from support.servers import temporary_home
from support.workers import running, wait_until


def main() -> None:
    """Fill, measure, and check what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--searchers", type=int, default=50)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database")
    given = parser.parse_args()
    with _database(given.database) as database:
        install(database.url)
        # Else the searchers, who have few queries, would hardly search.
        database.rows("select codesearch.change_setting('result_cache.max_entries', '0')")
        store(database, given.files)
        with running("worker", "--database", database.url) as worker:
            empty = "select count(*) = 0 from codesearch.index_job"
            wait_until(lambda: database.value(empty), "the index", 3600, worker)
            load = measure(database, given.files, given.searchers, given.writers, given.seconds, idle=10)
            wait_until(lambda: database.value(empty), "the last changes", 3600, worker)
            worker.stop()
        with database.connect() as connection:
            check_index(connection)
    print(json.dumps(asdict(load), indent=2))


@contextmanager
def _database(url: str | None) -> Iterator[Database]:
    if url:
        yield Database(url)
        return
    home = temporary_home("pgcs-load-")
    server = EmbeddedServer(home)
    try:
        server.ensure_running()
        yield Database(create_database(server.url, "load"))
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
