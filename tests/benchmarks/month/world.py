"""The database of the month: real packages without their documentation, indexed once and copied for each arm."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.month.intents import Intent, find_intents, write_bare
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment
from pgcodesearch.evaluating.store import save_queries
from pgcodesearch.operating.installing import install
from pgcodesearch.training.fetch import fetch_pypi, folder_name
from pgcodesearch.training.sources import is_excluded_name, read_exclusions
from support.commands import call_json
from support.databases import Database, create_database
from support.servers import temporary_home

# Of authors that the shipped model was not trained on, with permissive licences.
PACKAGES = ("paramiko==5.1.0", "mido==1.3.3", "simpy==4.1.2")
GATE, HELD_OUT = "month-gate", "month-held-out"


@dataclass(frozen=True)
class World:
    """``intents`` are looked for by the users, in the order of their popularity; ``new`` ones never."""

    server: EmbeddedServer
    database: Database
    intents: list[Intent]
    new: list[Intent]
    chunks: int

    def copy(self, name: str) -> Database:
        """The database as it was before any use, under another name."""
        return Database(create_database(self.server.url, name, template="month"))


@contextmanager
def make_world(cache: Path, population: int, new: int, judged: int, seed: int) -> Iterator[World]:
    """A private server with everything indexed and judged; gone at the end."""
    exclusions = read_exclusions(Path("training/configs/exclude.txt"))
    draw, intents = random.Random(seed), []
    home = temporary_home("pgcs-month-")
    server = EmbeddedServer(home)
    try:
        server.ensure_running()
        database = Database(create_database(server.url, "month"))
        install(database.url)
        with tempfile.TemporaryDirectory() as scratch:
            for requirement in PACKAGES:
                name = requirement.partition("==")[0]
                assert not is_excluded_name(name, exclusions), name
                files = write_bare(_unpacked(cache, requirement), Path(scratch) / name)
                call_json(database, "index", Path(scratch) / name, "--repository", name)
                intents += find_intents(name, files, draw)
        draw.shuffle(intents)
        asked, unasked = intents[:population], intents[population : population + new]
        with database.connect() as connection:
            for query_set, use in ((GATE, "gate"), (HELD_OUT, "held_out")):
                save_queries(
                    connection, query_set, judged_queries(asked, unasked, use, judged, draw), replace=True
                )
            connection.execute("select codesearch.change_setting('log.enabled', 'true')")
            (chunks,) = connection.execute(
                "select count(*) from codesearch.chunk where level = 0"
            ).fetchone() or (0,)
        yield World(server, database, asked, unasked, chunks)
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


def judged_queries(
    asked: Sequence[Intent], new: Sequence[Intent], use: str, count: int, draw: random.Random
) -> list[JudgedQuery]:
    """``count`` wordings nobody types: three quarters of intents that users have, drawn as they do, then new ones.

    An intent that many have is there in several wordings, never in the same one twice.
    """
    from benchmarks.month.users import asked_intents

    found: dict[tuple[str, str], JudgedQuery] = {}
    for intents, category, share in ((asked, "asked", 0.75), (new, "new", 1.0)):
        waiting = iter(
            asked_intents(intents, 50 * count, draw)
            if category == "asked"
            else draw.choices(intents, k=50 * count)
        )
        while len(found) < share * count:
            intent = next(waiting, None)
            if intent is None:
                break
            query = draw.choice(getattr(intent, use))
            place = Judgment(intent.path, intent.start_line, intent.end_line, 3, intent.symbol)
            judged = JudgedQuery(
                f"{intent.key} {query}", query, intent.repository, "python", category, (place,)
            )
            found.setdefault((intent.key, query), judged)
    return list(found.values())


def _unpacked(cache: Path, requirement: str) -> Path:
    target = cache / folder_name("pypi", requirement)
    if not target.exists():
        with tempfile.TemporaryDirectory() as scratch:
            fetch_pypi(requirement, Path(scratch), target)
    return target
