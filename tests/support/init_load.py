"""`pgcodesearch init` beside searchers and writers under row-level security: what each of them met.

From tests/: ``python -m support.init_load URL [SECONDS]`` shows it for an indexed database.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field

import psycopg

from pgcodesearch.operating.installing import install
from support.databases import Database
from support.tenants import acting_as

QUERIES = ("redirects", "cookie", "follow redirects", "set a cookie", "test", "response send")


@dataclass
class InitLoad:
    """Counts; ``longest_search`` in seconds."""

    searches: int = 0
    writes: int = 0
    inits: int = 0
    empty_answers: int = 0
    longest_search: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    deadlocks: int = 0


def measure(
    database: Database,
    readers: list[str],
    writer: str,
    seconds: float,
    *,
    searchers: int = 8,
    writers: int = 2,
    pause: float = 10.0,
    replace: bool = False,
) -> InitLoad:
    """Search and write as these roles while init runs every ``pause`` seconds; ``replace``: as if all SQL were new."""
    load = InitLoad()
    stop = threading.Event()
    before = _deadlocks(database)
    threads = [
        threading.Thread(target=_search, args=(database, readers[n % len(readers)], n, load, stop))
        for n in range(searchers)
    ] + [threading.Thread(target=_write, args=(database, writer, n, load, stop)) for n in range(writers)]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if replace:
            database.rows("delete from codesearch.installation")
        try:
            install(database.url)
            load.inits += 1
        except Exception as error:  # whatever it is, it is what this counts
            load.errors[f"init: {type(error).__name__}: {error}"[:200]] += 1
        stop.wait(max(0.0, min(pause, ends - time.monotonic())))
    stop.set()
    for thread in threads:
        thread.join()
    time.sleep(1.5)  # statistics reach the view a moment later
    load.deadlocks = _deadlocks(database) - before
    return load


def _search(database: Database, role: str, seed: int, load: InitLoad, stop: threading.Event) -> None:
    chance = random.Random(seed)
    with acting_as(database, role) as connection:
        while not stop.is_set():
            query = f"{chance.choice(QUERIES)} {chance.randrange(50)}"
            began = time.monotonic()
            try:
                rows = connection.execute("select path from codesearch.search(%s)", (query,)).fetchall()
            except psycopg.Error as error:
                load.errors[f"search: {type(error).__name__}: {error}".splitlines()[0]] += 1
                continue
            load.longest_search = max(load.longest_search, time.monotonic() - began)
            load.searches += 1
            load.empty_answers += not rows


def _write(database: Database, role: str, seed: int, load: InitLoad, stop: threading.Event) -> None:
    chance = random.Random(1000 + seed)
    with acting_as(database, role) as connection:
        while not stop.wait(0.05):
            try:
                connection.execute(
                    "select codesearch.upsert_file('open', %s, %s)",
                    (f"init{chance.randrange(9)}.py", f"def a(): return {chance.random()}"),
                )
                load.writes += 1
            except psycopg.Error as error:
                load.errors[f"write: {type(error).__name__}: {error}".splitlines()[0]] += 1


def _deadlocks(database: Database) -> int:
    return int(
        database.value("select deadlocks from pg_stat_database where datname = current_database()") or 0
    )


if __name__ == "__main__":
    from support.tenants import fill_tenants, temporary_roles

    wanted = Database(sys.argv[1])
    length = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with temporary_roles(wanted.url, "codesearch_reader", "codesearch_writer") as (reader, author):
        with wanted.connect() as owner:
            fill_tenants(owner)
            for name in (reader, author):
                owner.execute("select codesearch.grant_repository('open', %s)", (name,))
            owner.execute("select codesearch.enable_row_level_security()")
        for anew in (False, True):
            found = measure(wanted, [reader], author, length, replace=anew)
            print(json.dumps({"replace": anew, **asdict(found)}, indent=1))
