"""pgcodesearch itself, through its SQL functions; the database is filled by ``database.py``, not here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from pgcodesearch.database.loading import prepare_session

from .base import RESULTS, Corpus, Query, System

FUSED_LEGS = Path(__file__).with_name("fused_legs.sql")

# The nearest chunks by the index alone, as fused_legs and search ask for them.
NEAREST = """
    select coalesce(n.chunk_ids, '{}')
    from codesearch.vector_candidates((select model_version_id from codesearch.model_version where status = 'active'),
        %(embedding)s, %(wanted)s, codesearch.scope_of(null), null, %(exact)s, null) n
"""


class Postgres(System):
    """``settings``: ``url`` of the filled database, and ``repository`` where one alone is searched."""

    def build(self, corpus: Corpus) -> None:
        raise NotImplementedError("the product indexes files, not ready-made chunks: see database.py")

    def open(self) -> None:
        self.repository = self.settings.get("repository")
        self.connection = psycopg.connect(self.settings["url"], autocommit=True, application_name="benchmark")
        register_vector(self.connection)
        with self.connection.transaction():
            prepare_session(self.connection)
            self.connection.execute(FUSED_LEGS.read_bytes())

    def _ids(self, statement: str, arguments: dict[str, Any]) -> list[int]:
        return [row[0] for row in self.connection.execute(statement, arguments).fetchall()]

    def nearest(self, query: Query) -> list[int]:
        arguments = {"embedding": HalfVector(query.vector), "wanted": RESULTS, "exact": False}
        return self._ids(NEAREST, arguments)[0][:RESULTS]

    def disk_bytes(self) -> int:
        return self._ids("select pg_database_size(current_database())", {})[0]

    def other_processes(self) -> list[int]:
        """The postmaster and its children."""
        postmaster = int(self._ids("select pg_backend_pid()", {})[0])
        server = psutil.Process(postmaster).parent()
        assert server is not None
        return [server.pid, *(child.pid for child in server.children())]


class Lexical(Postgres):
    """BM25 alone, the lexical leg of the product."""

    name = "pgcodesearch lexical leg"

    def search(self, query: Query) -> list[int]:
        statement = "select chunk_id from codesearch.fused_legs(%(query)s, 10, null, null) order by rank"
        return self._ids(statement, {"query": query.text})


class Vector(Postgres):
    """HNSW alone, the vector leg of the product."""

    name = "pgcodesearch vector leg"

    def search(self, query: Query) -> list[int]:
        return self.nearest(query)


class FusedLegs(Postgres):
    """The two legs fused, without structural signals and without logging: what the other systems do."""

    name = "pgcodesearch two legs"

    def search(self, query: Query) -> list[int]:
        statement = (
            "select chunk_id from codesearch.fused_legs(%(query)s, 10, %(repository)s, %(embedding)s)"
            " order by rank"
        )
        return self._ids(statement, {
            "query": query.text, "embedding": HalfVector(query.vector), "repository": self.repository
        })  # fmt: skip


class FullSearch(Postgres):
    """``codesearch.search`` as users call it: signals, snippets, and the query logged."""

    name = "pgcodesearch search"

    def open(self) -> None:
        super().open()
        # Each round asks the same queries: kept answers would be timed instead of searches.
        self.connection.execute("select codesearch.change_setting('result_cache.max_entries', '0')")

    def search(self, query: Query) -> list[int]:
        # All columns cross the wire, as they do for a user.
        rows: Sequence[Any] = self.connection.execute(
            "select * from codesearch.search(%s, query_embedding => %s, repository => %s)",
            [query.text, HalfVector(query.vector), self.repository],
        ).fetchall()
        return [row[1] for row in rows]
