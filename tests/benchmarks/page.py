"""How long somebody waits for the page: four people who type, each a different question all the time.

    python tests/benchmarks/page.py [--clients 4] [--searches 50] [--pause 0.15] [--database URL]

Without --database it indexes the package click on an embedded server of its own. Times are in milliseconds, from the
request to the last byte: `typing` is the part of the page that is asked for at each pause of the keys, which is not
logged and so never answered from the result cache, with --pause seconds between an answer and the next question;
`without pause` the same with none; `whole` the page as a link opens it; `first` the first search of the process.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import threading
import time
from urllib.parse import quote

import urllib3
from mcp_server import QUESTIONS, indexed, program


def main() -> None:
    """Print a line for each way to ask."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--pause", type=float, default=0.15)
    options = parser.parse_args()
    with indexed(options.database) as environment:
        server = subprocess.Popen(
            [*program(), "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1].rstrip("/")
            began = time.perf_counter()
            answered(urllib3.PoolManager(), f"{url}/?q={quote(QUESTIONS[0])}")
            print(f"first         {1000 * (time.perf_counter() - began):.0f}")
            part = "&part=1&log=0"
            for name, more, pause in (
                ("typing", part, options.pause), ("without pause", part, 0), ("whole", "", options.pause)
            ):  # fmt: skip
                print(f"{name:13} {spread(ask(url, more, options.clients, options.searches, pause))}")
        finally:
            server.terminate()
            server.wait(30)


def ask(url: str, more: str, clients: int, searches: int, pause: float) -> list[float]:
    """Milliseconds of each search of clients that ask at the same time. No search was asked before."""
    waited: list[float] = []

    def one(client: int) -> None:
        pool = urllib3.PoolManager()
        for turn in range(searches):
            query = f"{QUESTIONS[(client + turn) % len(QUESTIONS)]} {time.time_ns()}"
            began = time.perf_counter()
            answered(pool, f"{url}/?q={quote(query)}{more}")
            waited.append(1000 * (time.perf_counter() - began))
            time.sleep(pause)

    threads = [threading.Thread(target=one, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waited) == clients * searches, "a search failed"
    return waited


def answered(pool: urllib3.PoolManager, url: str) -> None:
    """Ask, and read all of an answer that has results."""
    answer = pool.request("GET", url)
    assert answer.status == 200, answer.data
    assert b'class="hit"' in answer.data, answer.data


def spread(milliseconds: list[float]) -> str:
    """Median, 95th percentile and most."""
    cuts = statistics.quantiles(milliseconds, n=20)
    return (
        f"p50 {cuts[9]:.0f}  p95 {cuts[18]:.0f}  most {max(milliseconds):.0f}  ({len(milliseconds)} searches)"
    )


if __name__ == "__main__":
    main()
