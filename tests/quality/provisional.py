"""What provisional vectors are worth: answers by words alone, with provisional vectors, and with the model's own.

    python tests/quality/provisional.py --packages FOLDER --work FOLDER [--only dev]

Indexes the judged set's packages into a database of its own in --work, without the model at first, and asks the judged
queries through ``codesearch.search`` three times. Seconds are those of indexing in one process.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

from datasets import JudgedSet, dev_set, judged_sets, public_set

from pgcodesearch.database import connect
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.embedding.stored import query_embedder
from pgcodesearch.evaluating import EvaluationOptions, evaluate, store
from pgcodesearch.home import HOME_VARIABLE
from pgcodesearch.indexing import Worker, sync_repository
from pgcodesearch.operating.installing import install

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "eval"


def main() -> None:
    """Run the command; prints Markdown."""
    given = _options()
    os.environ[HOME_VARIABLE] = str(given.work / "provisional-home")
    judged = _set(given)
    server = EmbeddedServer(Path(os.environ[HOME_VARIABLE]))
    url = server.ensure_running()
    try:
        install(url)
        print("| | NDCG@10 | MRR@10 | s |\n|---|---|---|---|")
        began = time.perf_counter()
        _index(url, judged)
        at_once = time.perf_counter() - began
        provisional = _measure(url, judged)
        _forget(url)
        words = _measure(url, judged)
        began = time.perf_counter()
        with connect(url) as connection:
            Worker(connection, stages=("embed",)).run_until_idle()
        own = _measure(url, judged)
        for label, metrics, seconds in (
            ("words alone", words, 0.0),
            ("provisional vectors", provisional, at_once),
            ("the model's own", own, at_once + time.perf_counter() - began),
        ):
            print(f"| {label} | {metrics['ndcg']:.3f} | {metrics['mrr']:.3f} | {seconds:.1f} |")
    finally:
        server.stop()


def _set(given: argparse.Namespace) -> JudgedSet:
    found = {
        "dev": lambda: dev_set(given.data, given.packages),
        "public": lambda: public_set(given.data, given.work),
        "judged": lambda: (judged_sets(given.data, given.packages) or [None])[0],
    }[given.only]()
    if found is None:
        raise SystemExit(f"no judged queries in {given.data}")
    return found


def _index(url: str, judged: JudgedSet) -> None:
    """Store and chunk, which gives the texts their provisional vectors."""
    with connect(url) as connection:
        connection.execute("insert into codesearch.setting values ('vector.provisional_most', '1000000')"
                           " on conflict do nothing")  # fmt: skip
        for name, folder in judged.repositories.items():
            sync_repository(connection, name, folder)
            connection.commit()
        Worker(connection, stages=("chunk",)).run_until_idle()
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id) from codesearch.repository"
        )
        connection.commit()
        texts, provisional = connection.execute(
            "select (select count(*) from codesearch.stored_text),"
            " (select count(*) from codesearch.provisional_embedding)"
        ).fetchone() or (0, 0)
    print(f"\n{provisional} of {texts} texts have provisional vectors\n", flush=True)


def _forget(url: str) -> None:
    with connect(url, autocommit=True) as connection:
        connection.execute("delete from codesearch.provisional_embedding")


def _measure(url: str, judged: JudgedSet) -> dict[str, Any]:
    with connect(url, autocommit=True) as connection:
        store.save_queries(connection, judged.name, judged.queries, replace=True)
        metrics = evaluate(connection, judged.name, query_embedder(connection), EvaluationOptions()).metrics
    return dict(metrics["all"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("PGCODESEARCH_EVAL_DATA", DATA)))
    parser.add_argument("--packages", type=Path, required=True, help="folder of the unpacked packages")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", choices=("dev", "public", "judged"), default="dev")
    return parser.parse_args()


if __name__ == "__main__":
    main()
