"""The worker: claims jobs, chunks files, embeds texts. Without state of its own; it may be killed at any moment."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
from pgvector import HalfVector

from pgcodesearch.chunking import chunk_file
from pgcodesearch.embedding import Embedder

_CHUNK_BATCH = 40
_EMBED_BATCH = 16
# One round of the graph between two commits: a killed worker loses at most this much embedding.
_TEXTS_A_COMMIT = 256


class Worker:
    """Works on jobs until there are none; one connection, any number of workers on any number of machines."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        stages: tuple[str, ...] = ("chunk", "embed"),
        embedder_for: Callable[[psycopg.Connection[Any], int], Embedder] | None = None,
        name: str | None = None,
    ) -> None:
        self._connection = connection
        self._stages = list(stages)
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._embedders: dict[int, Embedder] = {}
        self._embedder_for = embedder_for or load_embedder

    def run_once(self) -> tuple[str, int]:
        """Claim and finish one batch; the stage and how many files were done, ('', 0) where nothing is due."""
        jobs = self._connection.execute(
            "select job_id, file_id, stage, model_version_id, generation from codesearch.claim_jobs(%s, %s, stages => %s)",
            (self._name, max(_CHUNK_BATCH, _EMBED_BATCH), self._stages),
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
        """Work until no job is due."""
        while True:
            stage, count = self.run_once()
            if not count:
                return
            if progress:
                progress(stage, count)

    def _run(self, jobs: list[Any], work: Callable[[list[Any]], None]) -> None:
        try:
            work(jobs)
        except psycopg.OperationalError:
            raise
        except Exception as error:
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
        files = self._connection.execute(
            "select file_id, path, content, encode(content_hash, 'hex') from codesearch.source_file"
            " where file_id = any(%s) order by file_id",
            ([job[1] for job in jobs],),
        ).fetchall()
        self._connection.commit()
        batch = [_chunked(*file) for file in files]
        self._connection.execute("select count(*) from codesearch.replace_chunks(%s)", (json.dumps(batch),))
        self._complete(jobs)
        self._connection.commit()

    def _embed(self, jobs: list[Any], model_version_id: int) -> None:
        texts = self._connection.execute(
            "select chunk_id, unit, text_hash, text from codesearch.pending_texts(%s, %s)",
            (model_version_id, [job[1] for job in jobs]),
        ).fetchall()
        self._connection.commit()
        if model_version_id not in self._embedders:
            self._embedders[model_version_id] = self._embedder_for(self._connection, model_version_id)
        embedder = self._embedders[model_version_id]
        for start in range(0, len(texts), _TEXTS_A_COMMIT):
            part = texts[start : start + _TEXTS_A_COMMIT]
            embeddings, counts, kept = embedder.encode_counted([text[3] for text in part], kind="code")
            self._store(model_version_id, part, embeddings, counts, kept)
        self._complete(jobs)
        self._connection.commit()

    def _store(
        self, model_version_id: int, part: list[Any], embeddings: np.ndarray, counts: np.ndarray, kept: np.ndarray
    ) -> None:
        self._connection.execute(
            "select codesearch.store_embeddings(%s, %s, %s::smallint[], %s, %s, %s, %s::halfvec[])",
            (
                model_version_id,
                [row[0] for row in part],
                [row[1] for row in part],
                [row[2] for row in part],
                counts.tolist(),
                kept.tolist(),
                [HalfVector(embedding).to_text() for embedding in embeddings],
            ),
        )
        self._connection.commit()


def _chunked(file_id: int, path: str, content: str, content_hash: str) -> dict[str, Any]:
    """What replace_chunks takes for one file."""
    parsed = chunk_file(path, content)
    chunks = [
        {
            "level": 1 if chunk.kind == "module" else 0,
            "kind": chunk.kind,
            "name": chunk.name,
            "symbol": chunk.symbol,
            "scope": chunk.scope,
            "signature": chunk.signature,
            "doc": chunk.doc,
            "start_line": chunk.start_line,
            "end_line": chunk.end_line,
            "content": chunk.content,
            "calls": list(chunk.calls),
            "imports": list(chunk.imports),
            "texts": [
                {"role": text.role, "start_line": text.start_line, "end_line": text.end_line, "text": text.text}
                for text in chunk.texts
            ],
        }
        for chunk in parsed.chunks
    ]
    return {
        "file_id": file_id,
        "content_hash": content_hash,
        "language": parsed.language,
        "parser": parsed.parser,
        "has_errors": parsed.has_errors,
        "chunks": chunks,
    }


def load_embedder(connection: psycopg.Connection[Any], model_version_id: int) -> Embedder:
    """The embedder of a model version, from the artefact kept in the database."""
    rows = connection.execute(
        "select file, content from codesearch.model_artefact where model_version_id = %s", (model_version_id,)
    ).fetchall()
    connection.commit()
    return Embedder.from_artefact({file: bytes(content) for file, content in rows})
