"""What sharing runs of the graph gains threads of one process: ``make bench-embedding``, or this file alone.

Threads ask short queries as fast as they are answered: of one embedder that runs each by itself, as many at a time as
there are threads, and of the same embedder when callers share runs. Then a single thread asks while another embeds
code. Round by round, the two in turn; the ratios are medians over the rounds' ratios. Other programs on the machine
disturb the CPU time of a query least. Prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pgcodesearch.embedding import Embedder, load_embedder
from pgcodesearch.embedding.batching import Rows, SharedRuns
from pgcodesearch.embedding.threads import available_cpus

QUESTION = "where are the redirects of a failed response followed again by this session"
QUERIES = [" ".join(QUESTION.split()[n % 5 : n % 5 + 1 + n % 9]) + f" {n % 7}" for n in range(500)]
CODE = [
    "def follow(response, depth=0):\n" + "    response = response.follow()\n" * (n % 24) for n in range(128)
]


@dataclass(frozen=True)
class Round:
    """One variant's part of a round: queries answered a second, CPU milliseconds a query, milliseconds of each."""

    rate: float
    cpu: float
    took: list[float]

    def quantile(self, percent: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.took, n=100)[percent - 1]


class Unshared(SharedRuns):
    """Each call is a run, over all CPUs, whoever else is there."""

    def run(self, rows: Rows) -> np.ndarray:
        """Its vectors."""
        return self._embed(rows, False)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--queries", type=int, default=500, help="of each thread count, variant and round")
    given = parser.parse_args()
    print(report(given.rounds, given.queries))


def report(rounds: int, queries: int) -> str:
    """Both variants for each number of threads, as a table."""
    embedder = load_embedder()
    embedder.encode(QUERIES[:20])
    shared = embedder._runs
    by_itself = Unshared(shared._embed)
    lines = [
        f"{embedder.name}, {available_cpus()} CPUs, {rounds} rounds; each query by itself → shared runs: ratio",
        "",
        "| threads | queries/s | CPU ms a query | p50 ms | p95 ms |",
        "|---|---|---|---|---|",
    ]
    cases: list[tuple[str, Callable[[], Round]]] = [
        (str(threads), lambda threads=threads: ask(embedder, threads, queries // threads))
        for threads in (1, 2, 4, 8, 16, 32)
    ]
    cases.append(("1, beside one that embeds code", lambda: ask_beside(embedder, queries // 10)))
    measured: dict[str, list[tuple[Round, Round]]] = {name: [] for name, _ in cases}
    for number in range(rounds):
        for name, case in cases:
            pair = {}
            for variant in (by_itself, shared) if number % 2 else (shared, by_itself):
                embedder._runs = variant
                pair[variant] = case()
            measured[name].append((pair[by_itself], pair[shared]))
    embedder._runs = shared
    for name, pairs in measured.items():
        cells = [
            compare([(value(before), value(after)) for before, after in pairs])
            for value in (
                lambda r: r.rate,
                lambda r: r.cpu,
                lambda r: r.quantile(50),
                lambda r: r.quantile(95),
            )
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def compare(pairs: list[tuple[float, float]]) -> str:
    """Both medians, and the median ratio."""
    before, after = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(new / old for old, new in pairs)
    places = 0 if before >= 100 else 2
    return f"{before:,.{places}f} → {after:,.{places}f}: {ratio:.2f}"


def ask(embedder: Embedder, threads: int, queries: int) -> Round:
    """``queries`` of each thread, one after the other."""
    barrier = threading.Barrier(threads + 1)
    took: list[list[float]] = [[] for _ in range(threads)]

    def work(number: int) -> None:
        barrier.wait()
        for query in range(queries):
            began = time.perf_counter()
            embedder.encode([QUERIES[(number * 37 + query) % len(QUERIES)]], kind="query")
            took[number].append((time.perf_counter() - began) * 1000)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    began, cpu = time.perf_counter(), time.process_time()
    barrier.wait()
    for worker in workers:
        worker.join()
    asked = threads * queries
    return Round(
        asked / (time.perf_counter() - began),
        (time.process_time() - cpu) / asked * 1000,
        [ms for each in took for ms in each],
    )


def ask_beside(embedder: Embedder, queries: int) -> Round:
    """As one thread asks while another embeds 128 texts of code again and again."""
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            embedder.encode(CODE)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        return ask(embedder, 1, queries)
    finally:
        done.set()
        worker.join()


if __name__ == "__main__":
    main()
