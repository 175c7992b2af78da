"""A minute of search on two standbys, with writes on the primary and a failover in the middle: ``make bench-readers``.

Options: --seconds N, --searchers N, --files N, --asynchronous (a commit waits for no standby, so that what the primary
confirmed last is lost with it). Three private servers; one of the standbys is restarted too, and every second a
search on each is ended in the middle. Prints a table; exit code 1 where an answer was wrong, or anything lost or twice.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pgcodesearch.home import HOME_VARIABLE
from support.reading import ReadLoad, measure
from support.replication import cluster


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--searchers", type=int, default=6)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--asynchronous", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME_VARIABLE] = home
        with cluster(2, synchronous=not given.asynchronous) as servers:
            load = measure(servers, given.seconds, given.searchers, given.files)
    for name, value in _table(load).items():
        print(f"{name:<42}{value:>10}")
    for fault in [*load.wrong[:10], *load.failed]:
        print(fault)
    return int(bool(load.wrong or load.logged_twice or load.feedback_twice or _lost(load)))


def _lost(load: ReadLoad) -> int:
    return load.logged_lost + load.feedback_lost


def _table(load: ReadLoad) -> dict[str, str]:
    of = asdict(load)
    return {
        "searches": str(load.searches),
        "asked again": str(load.retries),
        "failed": str(load.failed.total()),
        "wrong answers": str(len(load.wrong)),
        "longest wait for an answer, s": f"{load.longest_wait:.2f}",
        "writes on the primary": str(load.writes),
        "largest lag that freshness showed, s": f"{load.largest_lag:.2f}",
        **{
            f"{kind} {what}": str(of[f"{name}_{suffix}" if suffix else name])
            for kind, name in (("log entries", "logged"), ("feedback", "feedback"))
            for what, suffix in (("on the primary", ""), ("lost", "lost"), ("twice", "twice"))
        },
        "feedback given while the primary was away": str(load.kept_while_away),
        "refused by the primary": str(load.refused),
    }


if __name__ == "__main__":
    sys.exit(main())
