"""10,000 files indexed by 4 workers while one is killed with -9 every second, then the server: ``make bench-kill``.

Options: --files N, --processes N, --embed (with vectors; slow). Prints one JSON object of counts; any file that is
lost, doubled or left with wrong postings ends it with an error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.operating.installing import install
from support.databases import Database, create_database
from support.killing import run
from support.servers import temporary_home


def main() -> None:
    """Run on a private embedded server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--embed", action="store_true")
    given = parser.parse_args()
    home = temporary_home("pgcs-kill-")
    server = EmbeddedServer(home)
    try:
        server.ensure_running()
        database = Database(create_database(server.url, "killed"))
        install(database.url)
        if not given.embed:
            database.rows("update codesearch.model_version set status = 'retired'")

        def restart() -> None:
            server.stop("immediate")
            server.ensure_running()

        stages = "chunk,embed" if given.embed else "chunk"
        print(json.dumps(asdict(run(database, given.files, restart, stages, given.processes)), indent=2))
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
