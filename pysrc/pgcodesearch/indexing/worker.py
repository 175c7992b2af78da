"""The worker: claims jobs, chunks files, embeds texts. Without state of its own; it may be killed at any moment."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    import numpy as np

    from pgcodesearch.embedding import Embedder

_CHUNK_BATCH = 40
_EMBED_BATCH = 12
# One round of the graph between two commits: a killed worker loses at most this much embedding.
_TEXTS_A_COMMIT = 128

Connection = psycopg.Connection[Any]


class Worker:
    """Works on jobs until there are none; one connection, any number of workers on any number of machines."""

    def __init__(
        self,
        connection: Connection,
        stages: tuple[str, ...] = ("chunk", "embed"),
        embedder_for: Callable[[Connection, int], Embedder] | None = None,
        name: str | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """``connection`` must not be in autocommit mode. ``stopping`` is asked between commits: once it says True
        the worker gives its jobs back and ends."""
        self._connection = connection
        self._stages = list(stages)
        self.name = name or worker_name()
        self._embedders: dict[int, Embedder] = {}
        self._embedder_for = embedder_for or load_embedder
        self._stopping = stopping
        self._batch = _CHUNK_BATCH if stages == ("chunk",) else _EMBED_BATCH

    def run_once(self) -> tuple[str, int]:
        """Claim and finish one batch; the stage and how many files were done, ('', 0) where nothing is due."""
        jobs = self._connection.execute(
            "select job_id, file_id, stage, model_version_id, generation"
            " from codesearch.claim_jobs(%s, %s, stages => %s)",
            (self.name, self._batch, self._stages),
        ).fetchall()
        # The claim is committed before the work: nothing is computed while rows are locked.
        self._connection.commit()
        if not jobs:
            return "", 0
        stage = jobs[0][2]
        if stage == "chunk":
            self._run(jobs, self._chunk)
        else:
            self._run(jobs, lambda batch: self._embed(batch, jobs[0][3]))
        return stage, len(jobs)

    def run_until_idle(self, progress: Callable[[str, int], None] | None = None) -> None:
        """Work until no job is due, or until told to stop."""
        while not self._stopping():
            stage, count = self.run_once()
            if not count:
                return
            if progress:
                progress(stage, count)
        self.release()

    def release(self) -> None:
        """Give back what was claimed and is not done, for others to take at once."""
        self._connection.rollback()
        self._connection.execute("select codesearch.release_jobs(%s)", ([self.name],))
        self._connection.commit()

    def _run(self, jobs: list[Any], work: Callable[[list[Any]], None]) -> None:
        try:
            work(jobs)
        except Exception as error:
            if self._connection.closed:
                raise
            self._connection.rollback()
            if len(jobs) == 1:
                self._fail(jobs[0], error)
                return
            # One bad file must not hold up the others: each is tried on its own.
            for job in jobs:
                self._run([job], work)

    def _fail(self, job: Any, error: Exception) -> None:
        self._connection.execute(
            "select codesearch.fail_job(%s, %s, %s)", (job[0], job[4], f"{type(error).__name__}: {error}")
        )
        self._connection.commit()

    def _complete(self, jobs: list[Any]) -> None:
        self._connection.execute(
            "select codesearch.complete_jobs(%s, %s)", ([job[0] for job in jobs], [job[4] for job in jobs])
        )

    def _chunk(self, jobs: list[Any]) -> None:
        from pgcodesearch.indexing.payload import chunked

        files = self._connection.execute(
            "select file_id, path, content, encode(content_hash, 'hex') from codesearch.source_file"
            " where file_id = any(%s) order by file_id",
            ([job[1] for job in jobs],),
        ).fetchall()
        self._connection.commit()
        batch = [chunked(*file) for file in files]
        self._connection.execute("select count(*) from codesearch.replace_chunks(%s)", (json.dumps(batch),))
        self._complete(jobs)
        self._connection.commit()

    def _embed(self, jobs: list[Any], model_version_id: int) -> None:
        texts = self._connection.execute(
            "select chunk_id, unit, text_hash, text from codesearch.pending_texts(%s, %s)",
            (model_version_id, [job[1] for job in jobs]),
        ).fetchall()
        self._connection.commit()
        for start in range(0, len(texts), _TEXTS_A_COMMIT):
            if self._stopping():
                return  # what is stored stays; run_until_idle gives the jobs back
            part = texts[start : start + _TEXTS_A_COMMIT]
            embedded = self._embedder(model_version_id).encode_counted(
                [text[3] for text in part], kind="code"
            )
            self._store(model_version_id, part, *embedded)
        self._complete(jobs)
        self._connection.commit()

    def _embedder(self, model_version_id: int) -> Embedder:
        # Only where there is a text to embed: the model takes a second to load.
        if model_version_id not in self._embedders:
            self._embedders[model_version_id] = self._embedder_for(self._connection, model_version_id)
        return self._embedders[model_version_id]

    def _store(
        self,
        model_version_id: int,
        part: list[Any],
        embeddings: np.ndarray,
        counts: np.ndarray,
        kept: np.ndarray,
    ) -> None:
        self._connection.execute(
            "select codesearch.store_embeddings(%s, %s, %s::smallint[], %s, %s, %s, %s)",
            (
                model_version_id,
                [row[0] for row in part],
                [row[1] for row in part],
                [row[2] for row in part],
                counts.tolist(),
                kept.tolist(),
                _array_literal(embeddings),
            ),
        )
        self._connection.execute("select codesearch.renew_leases(%s)", (self.name,))
        self._connection.commit()


def _array_literal(embeddings: np.ndarray) -> str:
    """A halfvec[] as text without a type, which the function's argument gives: its schema need not be known."""
    return (
        "{" + ",".join('"[' + ",".join(f"{x:.6g}" for x in row) + ']"' for row in embeddings.tolist()) + "}"
    )


def worker_name() -> str:
    """``host:pid``: who holds a lease, and on its own machine whether it still lives."""
    return f"{socket.gethostname()}:{os.getpid()}"


def load_embedder(connection: Connection, model_version_id: int, threads: int | None = None) -> Embedder:
    """The embedder of a model version, from the artefact kept in the database."""
    from pgcodesearch.embedding.stored import describe_model, load_stored

    model = describe_model(connection, model_version_id=model_version_id)
    assert model is not None
    embedder = load_stored(connection, model, threads)
    connection.commit()
    return embedder
