"""Searches on standbys while the primary is written to and fails over: what every answer said, and what was logged."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from pgcodesearch.database import CodeSearchError, connect
from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from pgcodesearch.searching import Client, Hit
from pgcodesearch.searching.outbox import spool_of
from support.replication import Cluster
from support.workers import wait_until

# A search that a standby ends in the middle, as it does for what it replays.
_ENDED = """
select pg_terminate_backend(pid) from (
    select pid from pg_stat_activity
    where state = 'active' and backend_type = 'client backend' and query like '%codesearch.search(%'
      and pid <> pg_backend_pid() limit 1) a
"""
# Words that no other file or version has a part of, so that the best answer is never in doubt.
_FILE_LETTERS, _VERSION_LETTERS = "abcdefghij", "klmnopqrst"
_MARKER = re.compile(r"marker_(x[a-j]+)_(y[k-t]+)")
# Feedback is given on files that nobody writes: what was shown of a file that changed before its search was logged is
# nobody's chunk any more.
_WRITTEN_SHARE = 0.5


@dataclass
class ReadLoad:
    """What searchers met, and what the log has of it."""

    searches: int = 0
    retries: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    writes: int = 0
    largest_lag: float = 0.0
    answered_by_standbys: int = 0
    longest_wait: float = 0.0
    logged: int = 0
    logged_lost: int = 0
    logged_twice: int = 0
    feedback: int = 0
    feedback_lost: int = 0
    feedback_twice: int = 0
    refused: int = 0
    kept_while_away: int = 0


class _Run:
    def __init__(self, cluster: Cluster, files: int) -> None:
        self.cluster = cluster
        self.files = files
        self.written = int(files * _WRITTEN_SHARE)
        self.load = ReadLoad()
        self.stopped = threading.Event()
        self.writing_url = cluster.url("read-write")
        self.reading_url = cluster.url("prefer-standby", cluster.servers[1:]) + " load_balance_hosts=random"
        # The newest version of each file that a writer tried to store.
        self.versions = [0] * files
        self.query_ids: list[int] = []
        self.feedback: list[int] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        install(self.cluster.primary.url)
        with connect(self.cluster.primary.url, autocommit=True) as connection:
            for number in range(self.files):
                _store(connection, number, 0)
        with connect(self.cluster.primary.url) as connection:
            Worker(connection).run_until_idle()
        self.cluster.wait_for_standbys()

    def search(self, seed: int) -> None:
        chance = random.Random(seed)
        with Client(self.writing_url, read_url=self.reading_url) as client:
            while not self.stopped.is_set():
                self._ask(client, chance)
            with self._lock:
                self.load.retries += client.retries

    def _ask(self, client: Client, chance: random.Random) -> None:
        number = chance.randrange(self.files)
        mode = chance.choice(("hybrid", "lexical"))
        began = time.monotonic()
        try:
            hits = client.search(f"handler_{_file(number)}", 5, mode=mode, repository="demo")
            lag = client.freshness("demo")[0].replica_lag_seconds if chance.random() < 0.1 else None
        except CodeSearchError as error:
            with self._lock:
                self.load.failed[f"{type(error).__name__}: {error}"] += 1
            return
        waited = time.monotonic() - began
        faults = list(self._faults(number, hits))
        given = None
        if number >= self.written and hits and chance.random() < 0.2:
            given = chance.getrandbits(50)
            assert hits[0].query_id is not None
            kept = client.record_feedback(hits[0].query_id, hits[0].chunk_id, "copy", float(given)) == 0
        with self._lock:
            self.load.searches += 1
            self.load.longest_wait = max(self.load.longest_wait, waited)
            self.load.wrong += faults
            self.query_ids += [hit.query_id for hit in hits[:1] if hit.query_id is not None]
            if lag is not None:
                self.load.answered_by_standbys += 1
                self.load.largest_lag = max(self.load.largest_lag, lag)
            if given is not None:
                self.feedback.append(given)
                self.load.kept_while_away += kept

    def _faults(self, number: int, hits: list[Hit]) -> Iterator[str]:
        """What is wrong in an answer: each place must be of a version that was once current, and the first the one that
        was asked for."""
        if not hits or hits[0].path != f"src/{_file(number)}.py":
            yield f"handler_{_file(number)}: {[hit.path for hit in hits]}"
        if len({hit.chunk_id for hit in hits}) < len(hits) or len({hit.query_id for hit in hits}) > 1:
            yield f"handler_{_file(number)}: twice in {hits}"
        for hit in hits:
            markers = _MARKER.findall(hit.snippet)
            if len(markers) != 1 or hit.path != f"src/{markers[0][0]}.py":
                yield f"{hit.path} says {hit.snippet!r}"
            elif _number(markers[0][1]) > self.versions[_number(markers[0][0])]:
                yield f"{hit.path} says {hit.snippet!r}, which nobody wrote"

    def write(self, seed: int, pause: float) -> None:
        chance = random.Random(seed)

        def store(connection: psycopg.Connection) -> None:
            while not self.stopped.wait(pause):
                number = chance.randrange(self.written)
                # Before it is written: a standby may show it before the primary has said that it is stored.
                self.versions[number] += 1
                _store(connection, number, self.versions[number])
                self.load.writes += 1

        self._on_primary(store, autocommit=True)

    def index(self) -> None:
        def work(connection: psycopg.Connection) -> None:
            worker = Worker(connection)
            while not self.stopped.wait(0.05):
                worker.run_until_idle()

        self._on_primary(work, autocommit=False)

    def disturb(self, pause: float) -> None:
        while not self.stopped.wait(pause):
            for server in self.cluster.servers[:2]:
                with suppress(psycopg.OperationalError):
                    self.cluster.database(server).rows(_ENDED)

    def _on_primary(self, work: Callable[[psycopg.Connection], None], autocommit: bool) -> None:
        """Work, and begin anew where the primary goes away and another one takes its place."""
        while not self.stopped.wait(0.1):
            with (
                suppress(psycopg.OperationalError, CodeSearchError),
                connect(self.writing_url, autocommit=autocommit) as connection,
            ):
                work(connection)

    def catch_up(self) -> None:
        """Index what was written last; then a standby has to say the same of every file as the new primary."""
        # Not in two minutes: what the worker had that lost the primary.
        self.cluster.primary.rows(
            "update codesearch.index_job set lease_until = clock_timestamp() - interval '1 s'"
        )
        with connect(self.writing_url) as connection:
            Worker(connection).run_until_idle()
        self.cluster.servers = self.cluster.servers[:2]
        self.cluster.wait_for_standbys()
        stored = self.cluster.primary.rows("select path, content from codesearch.source_file")
        standby = self.cluster.database(self.cluster.servers[1])
        with Client(self.writing_url, read_url=standby.url) as client:
            for path, content in stored:
                word = path.removeprefix("src/").removesuffix(".py")
                hits = client.search(f"handler_{word}", 1, log=False)
                if hits[0].snippet.strip() != content.strip():
                    self.load.wrong.append(f"{path} is {content!r}, and the standby says {hits[0].snippet!r}")
        if len(stored) != self.files:
            self.load.wrong.append(f"{len(stored)} files are left of {self.files}")

    def count(self) -> None:
        """What arrived of what was to be logged."""
        spool = spool_of(self.writing_url)
        wait_until(lambda: spool.state().waiting == 0, "what waits for the primary")
        state = spool.state()
        self.load.refused = state.refused + state.dropped
        primary = self.cluster.primary
        logged = Counter(
            one
            for (one,) in primary.rows("select provisional_id from codesearch.query_log")
            if one is not None
        )
        given = Counter(int(one) for (one,) in primary.rows("select value from codesearch.query_feedback"))
        load = self.load
        load.logged, load.logged_twice = logged.total(), sum(count > 1 for count in logged.values())
        load.logged_lost = len(set(self.query_ids) - set(logged))
        load.feedback, load.feedback_twice = given.total(), sum(count > 1 for count in given.values())
        load.feedback_lost = len(set(self.feedback) - set(given))


def _store(connection: psycopg.Connection, number: int, version: int) -> None:
    word = _file(number)
    content = f"def handler_{word}(request):\n    return 'marker_{word}_{_version(version)}'\n"
    connection.execute("select codesearch.upsert_file('demo', %s, %s)", (f"src/{word}.py", content))


def _file(number: int) -> str:
    return "x" + "".join(_FILE_LETTERS[int(digit)] for digit in str(number))


def _version(number: int) -> str:
    return "y" + "".join(_VERSION_LETTERS[int(digit)] for digit in str(number))


def _number(word: str) -> int:
    letters = _FILE_LETTERS if word[0] == "x" else _VERSION_LETTERS
    return int("".join(str(letters.index(letter)) for letter in word[1:]))


@contextmanager
def _running(threads: list[threading.Thread], stopped: threading.Event) -> Iterator[None]:
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(120)


def measure(
    cluster: Cluster, seconds: float, searchers: int = 6, files: int = 60, writing_pause: float = 0.1
) -> ReadLoad:
    """Search for so long, on the standbys of a cluster that is still empty. One of them is restarted after a quarter
    of the time; after a half the primary is killed, and a standby promoted."""
    run = _Run(cluster, files)
    run.fill()
    searching = [threading.Thread(target=run.search, args=(seed,)) for seed in range(searchers)]
    others = [
        threading.Thread(target=run.write, args=(searchers, writing_pause)),
        threading.Thread(target=run.index),
        threading.Thread(target=run.disturb, args=(1.0,)),
    ]
    with _running(others + searching, run.stopped):
        time.sleep(seconds / 4)
        cluster.servers[-1].stop()
        time.sleep(0.5)
        cluster.servers[-1].start()
        time.sleep(seconds / 4 - 0.5)
        cluster.fail_over()
        time.sleep(seconds / 2)
    run.catch_up()
    run.count()
    return run.load
