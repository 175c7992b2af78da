"""Searchers of a coordinator while one of its shards is killed and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from support.databases import Database


@dataclass
class Load:
    """What searchers saw: answers that were whole, declared partial, or wrong, and errors."""

    whole: int = 0
    partial: int = 0
    wrong: list[object] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def search_while(
    coordinator: Database,
    ask: str,
    expected: set[str],
    near: set[str],
    searchers: int,
    meanwhile: Callable[[], None],
) -> Load:
    """Ask from some sessions until ``meanwhile`` returns. A row's first column is what was found: ``expected`` of all
    shards; where an answer is declared partial, ``near`` at least and nothing else than expected."""
    load, lock, stop = Load(), threading.Lock(), threading.Event()

    def search() -> None:
        told: list[str] = []
        with coordinator.connect() as connection:
            connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
            while not stop.is_set():
                told.clear()
                try:
                    found = [row[0] for row in connection.execute(ask).fetchall()]
                except psycopg.Error as error:
                    with lock:
                        load.errors.append(str(error).splitlines()[0])
                    continue
                partial = any("partial" in text for text in told)
                with lock:
                    if len(found) != len(set(found)) or not set(found) <= expected or not set(found) >= near:
                        load.wrong.append(found)
                    elif set(found) == expected:
                        load.whole += 1
                    elif partial:
                        load.partial += 1
                    else:
                        load.wrong.append(found)

    threads = [threading.Thread(target=search) for _ in range(searchers)]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return load


def whole_again(coordinator: Database, ask: str, expected: set[str], seconds: float = 30) -> float:
    """Seconds until an answer is whole; raises TimeoutError."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        if {row[0] for row in coordinator.rows(ask)} == expected:
            return time.monotonic() - began
        time.sleep(0.2)
    raise TimeoutError
