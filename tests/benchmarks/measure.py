"""Measures systems that live in processes of their own: latency interleaved query by query, throughput, memory.

Only one system works at any moment of the latency measurement; which one is next is drawn anew for every query, so
that a busy minute of the machine falls on all of them alike.
"""

from __future__ import annotations

import importlib
import multiprocessing
import pickle
import random
import shutil
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from systems.base import RESULTS, Query, System

CLIENTS = 4
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Candidate:
    """A system by the name of its module and class, with its folder and settings."""

    module: str
    cls: str
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def make(self) -> System:
        made: System = getattr(importlib.import_module(f"systems.{self.module}"), self.cls)(
            self.folder, self.settings
        )
        return made


class Client:
    """A process that holds one opened system and does what it is told."""

    def __init__(self, candidate: Candidate, queries: Path) -> None:
        self.candidate = candidate
        self._pipe, far = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(far, candidate, queries), daemon=True)
        self.process.start()
        far.close()  # or the end of the process would go unnoticed
        self.name, self.version = self._receive()

    def ask(self, *message: Any) -> Any:
        """Send a message and wait for the answer; raises RuntimeError with the far traceback."""
        self.send(*message)
        return self._receive()

    def send(self, *message: Any) -> None:
        self._pipe.send(message)

    def _receive(self) -> Any:
        try:
            good, value = self._pipe.recv()
        except EOFError:
            self.process.join(5)
            raise RuntimeError(f"{self.candidate.cls} ended with exit code {self.process.exitcode}") from None
        if not good:
            raise RuntimeError(value)
        return value

    receive = _receive

    def close(self) -> None:
        self._pipe.send(("stop",))
        self.process.join(10)


def build(candidate: Candidate, corpus: Path) -> dict[str, float]:
    """Build a system in a process of its own: seconds, and the peak of its memory in bytes."""
    pipe, far = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_build, args=(far, candidate, corpus))
    process.start()
    far.close()
    good, value = pipe.recv()
    process.join()
    if not good:
        raise RuntimeError(value)
    return dict(value)


def latencies(clients: dict[str, Client], count: int, rounds: int, seed: int) -> dict[str, np.ndarray]:
    """Milliseconds, float64 (rounds, count), of each client for each query, after an untimed pass over all."""
    chosen = random.Random(seed)
    result = {name: np.zeros((rounds, count)) for name in clients}
    for turn in range(-1, rounds):
        for query in chosen.sample(range(count), count):
            for name in chosen.sample(sorted(clients), len(clients)):
                seconds, _ = clients[name].ask("search", query)
                if turn >= 0:
                    result[name][turn, query] = seconds * 1000
    return result


def recall(client: Client, truth: list[set[int]]) -> float:
    """Mean share of the exact ten nearest that the system's own ten nearest hold."""
    return float(np.mean([len(ids & set(client.ask("nearest", i))) / RESULTS for i, ids in enumerate(truth)]))


def throughput(candidate: Candidate, queries: Path, seconds: float) -> float:
    """Queries a second of CLIENTS processes at once, each asking in its own random order."""
    clients = [Client(candidate, queries) for _ in range(CLIENTS)]
    try:
        for client in clients:
            client.ask("load", 1.0, 0.0, 0)  # warm
        start = time.time() + 0.5
        for number, client in enumerate(clients):
            client.send("load", seconds, start, number + 1)
        return sum(client.receive() for client in clients) / seconds
    finally:
        for client in clients:
            client.close()


def _serve(pipe: Connection, candidate: Candidate, queries_file: Path) -> None:
    try:
        queries: list[Query] = pickle.loads(queries_file.read_bytes())
        system = candidate.make()
        system.open()
        pipe.send((True, (system.name, system.version)))
        while (message := pipe.recv())[0] != "stop":
            try:
                pipe.send((True, _answer(system, queries, message)))
            except Exception:
                pipe.send((False, traceback.format_exc()))
    except Exception:
        pipe.send((False, traceback.format_exc()))


def _answer(system: System, queries: list[Query], message: tuple[Any, ...]) -> Any:
    match message:
        case ("search", number):
            began = time.perf_counter()
            ids = system.search(queries[number])
            return time.perf_counter() - began, ids
        case ("nearest", number):
            return system.nearest(queries[number]) or []
        case ("set", settings):
            system.settings.update(settings)
            return None
        case ("load", seconds, start, seed):
            return _load(system, queries, seconds, start, seed)
        case ("disk",):
            return system.disk_bytes()
        case ("memory",):
            return _peak_memory([psutil.Process().pid, *system.other_processes()])
        case _:
            raise ValueError(f"unknown message {message!r}")


def _load(system: System, queries: list[Query], seconds: float, start: float, seed: int) -> int:
    order = random.Random(seed).sample(range(len(queries)), len(queries))
    time.sleep(max(0.0, start - time.time()))
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        system.search(queries[order[done % len(order)]])
        done += 1
    return done


def _build(pipe: Connection, candidate: Candidate, corpus_file: Path) -> None:
    try:
        corpus = pickle.loads(corpus_file.read_bytes())
        shutil.rmtree(candidate.folder, ignore_errors=True)
        candidate.folder.mkdir(parents=True)
        system = candidate.make()
        before = _peak_memory([psutil.Process().pid])
        began = time.perf_counter()
        system.build(corpus)
        seconds = time.perf_counter() - began
        pipe.send(
            (True, {"seconds": seconds, "peak_rss": _peak_memory([psutil.Process().pid]), "before": before})
        )
    except Exception:
        pipe.send((False, traceback.format_exc()))


def _peak_memory(pids: list[int]) -> int:
    """Peak resident bytes of processes that may share memory (Linux): the shared part counts once."""
    private, shared = 0, 0
    for pid in pids:
        try:
            lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        except OSError:
            continue  # an autovacuum worker that has ended
        peak, common = (int(lines[key].split()[0]) * 1024 for key in ("VmHWM", "RssShmem"))
        private += peak - common
        shared = max(shared, common)
    return private + shared
