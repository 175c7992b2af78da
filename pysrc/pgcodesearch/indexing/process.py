"""A worker in a process of its own: ``python -m pgcodesearch.indexing.process STAGE THREADS``.

The database is in PGCODESEARCH_DATABASE_URL. It ends when no job of its stage is due, or when its standard input
closes: its parent ended, by whatever cause, and it gives its jobs back. Where jobs are left because their model cannot
answer it says why on its last line, and ends with EXIT_UNAVAILABLE.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from pgcodesearch.database import connect
from pgcodesearch.embedding.errors import NOT_THE_TEXTS_FAULT
from pgcodesearch.indexing.pool import EXIT_UNAVAILABLE
from pgcodesearch.indexing.worker import Worker, load_embedder
from pgcodesearch.terminal import say


def main(stage: str, threads: int) -> None:
    """Work on jobs of one stage until none is due."""
    # Ctrl-C reaches every process of a terminal's group; the parent decides how this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stopped = threading.Event()
    threading.Thread(target=_watch_parent, args=(stopped,), daemon=True).start()
    with connect() as connection:
        worker = Worker(
            connection,
            stages=(stage,),
            embedder_for=lambda asked, model: load_embedder(asked, model, threads),
            stopping=stopped.is_set,
        )
        try:
            worker.run_until_idle()
        except NOT_THE_TEXTS_FAULT as error:
            say(*str(error).split("\n"), err=True)
            sys.exit(EXIT_UNAVAILABLE)


def _watch_parent(stopped: threading.Event) -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's end.
    while os.read(0, 1):
        pass
    stopped.set()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
