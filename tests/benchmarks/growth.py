"""What grows how fast: ``make bench-growth``. One database is filled to 10,000, 100,000 and 1,000,000 chunks.

    python tests/benchmarks/growth.py --chunks 10000 100000      # goes on where it stopped
    python tests/benchmarks/growth.py --chunks 10000 --texts all --name growth-all-texts

Files are those of the benchmark's packages in their fixed order, and after them copies with other words
(renaming.py), spread over repositories whose sizes fall as 1/rank. Vectors are sums of random word vectors
(word_vectors.py). Each size is measured once it is reached and kept in results/NAME.json, with a table and curves
beside it. Needs the extras embedded and bench, and the network once.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import growth_report
import growth_steps
import psycopg
from corpus import SEED, fetch_sources, sample_queries, shuffled_files
from renaming import Renamer
from word_vectors import WordVectors

from pgcodesearch.database import connect
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.home import HOME_VARIABLE
from pgcodesearch.indexing import sync_repository
from pgcodesearch.operating.installing import install

HERE = Path(__file__).parent
REPOSITORIES = 40
CHUNKS_A_FILE = 27  # about, to know how many files to write next
FILES_AT_ONCE = 2_000
WORDS_OF = 3_000  # files whose words are counted before copies are made


def main() -> None:
    given = _options()
    os.environ.pop("PGCODESEARCH_DATABASE_URL", None)
    cache = given.cache.absolute()
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / f"{given.name}-home"
    os.environ[HOME_VARIABLE] = str(home)
    sources = fetch_sources(cache)
    server = EmbeddedServer(home)
    url = server.ensure_running()
    install()
    run = _earlier(given)
    try:
        corpus = GrowingCorpus(sources, home / "tree")
        queries = _queries(sources, given.queries)
        for chunks in sorted(given.chunks):
            kept = run["sizes"].setdefault(str(chunks), {})
            if "searches" in kept:
                continue
            print(f"== {chunks:,} chunks", file=sys.stderr, flush=True)
            for name, measured in measure(url, corpus, chunks, queries, given, kept):
                kept[name] = measured
                print(f"{name}: {json.dumps(measured)[:400]}", file=sys.stderr, flush=True)
                growth_report.write(run, given.results, given.name)
    finally:
        server.stop()
    print(growth_report.markdown(run))


def measure(
    url: str, corpus: GrowingCorpus, chunks: int, queries: list[Any], given: argparse.Namespace, kept: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:  # fmt: skip
    """Each step by its name with what it measured; those that an earlier run measured are left out."""
    asked = WordVectors().encode([text for _, text in queries])
    with connect(url, autocommit=True) as connection:
        if "index" not in kept:
            yield "index", fill(url, connection, corpus, chunks, given.texts)
        if "vectors" not in kept:
            yield "vectors", growth_steps.give_vectors(connection, given.texts == "whole")
        passes = dict(kept.get("first_passes", {}))
        for first_pass in given.first_passes:
            if first_pass not in passes:
                passes[first_pass] = growth_steps.build_index(connection, first_pass)
                passes[first_pass] |= growth_steps.measure_vectors(connection, asked)
                yield "first_passes", passes
        # What follows is asked of the index that ships.
        growth_steps.build_index(connection, "halfvec")
        if "bytes" not in kept:
            yield "bytes", growth_steps.count_bytes(connection)
        if "changes" not in kept:
            yield "changes", growth_steps.measure_changes(url, connection, corpus.tree)
        if "maintenance" not in kept:
            yield "maintenance", growth_steps.measure_maintenance(connection)
        yield "cpu", growth_steps.measure_cpu(url, queries)
        yield "searches", growth_steps.measure_searches(url, connection, queries, given, corpus.tree.parent)


def fill(
    url: str, connection: psycopg.Connection[Any], corpus: GrowingCorpus, chunks: int, texts: str
) -> dict[str, Any]:
    """Files until there are so many chunks: seconds by the clock and of CPU, of workers and server."""
    growth_steps.drop_vector_indexes(connection)
    before = growth_steps.count_chunks(connection)
    found, files = before, 0
    clock = growth_steps.Clock(connection)
    with connect(url) as writing:
        while found < chunks:
            number = min(FILES_AT_ONCE, (chunks - found) // CHUNKS_A_FILE + 1)
            touched = corpus.write(corpus.written(connection), number)
            files += number
            with clock.running("files read and stored"):
                for repository in sorted(touched):
                    sync_repository(writing, repository, corpus.tree / repository)
                writing.commit()
            with clock.running("chunked"):
                growth_steps.chunk_all(url)
            if texts == "whole":
                growth_steps.forget_parts(connection)
            found = growth_steps.count_chunks(connection)
            print(f"{found:,} chunks, {clock.seconds}", file=sys.stderr, flush=True)
    with clock.running("folded"):
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id) from codesearch.repository"
        )
    connection.execute("vacuum analyze")
    spent = sum(step["seconds"] for step in clock.seconds.values())
    used = sum(step["cpu"] for step in clock.seconds.values())
    return {
        "chunks": found, "files": files, "added": found - before, "steps": clock.seconds, "load": os.getloadavg()[0],
        "chunks_a_second": (found - before) / max(spent, 1e-9),
        "chunks_a_cpu_second": (found - before) / max(used, 1e-9),
    }  # fmt: skip


class GrowingCorpus:
    """Files of the packages in their fixed order, then of one copy after the other, written where they are indexed."""

    def __init__(self, sources: Path, tree: Path) -> None:
        self.sources, self.tree = sources, tree
        self.files = shuffled_files(sources)
        self._renamer: Renamer | None = None

    def written(self, connection: psycopg.Connection[Any]) -> int:
        """How many files the database has been given, whether it took them or not."""
        return sum(1 for found in self.tree.rglob("*.py") if found.is_file())

    def write(self, start: int, number: int) -> set[str]:
        """Write ``number`` files from the ``start``-th on; the repositories that they are of."""
        touched = set()
        for position in range(start, start + number):
            copy, place = divmod(position, len(self.files))
            source = self.files[place]
            repository = _repository(position)
            target = self.tree / repository / f"copy{copy}" / source.relative_to(self.sources)
            target.parent.mkdir(parents=True, exist_ok=True)
            if copy:
                text = source.read_text(encoding="utf-8", errors="replace")
                target.write_text(self._words().renamed(text, copy), encoding="utf-8")
            else:
                shutil.copyfile(source, target)
            os.utime(target, (1_600_000_000, 1_600_000_000))
            touched.add(repository)
        return touched

    def _words(self) -> Renamer:
        if self._renamer is None:
            texts = (file.read_text(encoding="utf-8", errors="replace") for file in self.files[:WORDS_OF])
            self._renamer = Renamer(texts)
        return self._renamer


def _repository(position: int) -> str:
    """r0 has the most files, and the n-th about 1/n of that; each has one from the beginning."""
    if position < REPOSITORIES:
        return f"r{position}"
    weights = [1 / (number + 1) for number in range(REPOSITORIES)]
    return f"r{random.Random(SEED + position).choices(range(REPOSITORIES), weights)[0]}"


def _queries(sources: Path, number: int) -> list[tuple[str, str]]:
    """The first of each class of the benchmark's queries, over files that every size has."""
    files: Any = [
        SimpleNamespace(path=f.relative_to(sources).as_posix()) for f in shuffled_files(sources)[:300]
    ]
    found = sample_queries(sources, files)
    return [(kind, text) for kind, texts in found.items() for text in texts[:number]]


def _earlier(given: argparse.Namespace) -> dict[str, Any]:
    kept = given.results / f"{given.name}.json"
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    return {
        "date": datetime.date.today().isoformat(),
        "conditions": growth_report.conditions(given.texts, REPOSITORIES, given.queries),
        "sizes": {},
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--texts", choices=("whole", "all"), default="whole",
                        help="whole: a vector of each function and type; all: of windows and files too")  # fmt: skip
    parser.add_argument("--first-passes", nargs="+", default=["bit", "halfvec"])  # the last one is searched
    parser.add_argument("--peers", nargs="*", default=["LanceDbHybrid", "SqliteHybrid", "TantivyWords"])
    parser.add_argument("--queries", type=int, default=60, help="of each class")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=HERE / ".cache")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--name", default="growth")
    return parser.parse_args()


if __name__ == "__main__":
    began = time.perf_counter()
    main()
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
