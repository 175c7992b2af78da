"""The worker: claims jobs, chunks files, embeds texts. Without state of its own; it may be killed at any moment."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch import CHUNKER
from pgcodesearch.database.rows import one_row
from pgcodesearch.embedding.errors import NOT_THE_TEXTS_FAULT, EmbeddingError
from pgcodesearch.indexing.absence import Absences
from pgcodesearch.indexing.batches import groups
from pgcodesearch.indexing.claims import Claims
from pgcodesearch.indexing.encoding import Encoded, RemoteEmbedder, encode_code
from pgcodesearch.indexing.message_vectors import embed_messages
from pgcodesearch.indexing.reading import secret_skip

if TYPE_CHECKING:
    from pgcodesearch.embedding import Embedder

_CHUNK_BATCH = 40
_EMBED_BATCH = 12
# Source text that is parsed between two commits.
_CHUNK_BYTES = 2_000_000
# One round of the graph between two commits: a killed worker loses at most this much embedding.
_TEXTS_A_COMMIT = 128
_CLAIMS_AN_EMBEDDING = 16
# Texts of newly chunked files from which the model takes so long that they get provisional vectors meanwhile.
_PROVISIONAL_FROM = 64

# Read-only server, disk full, too many connections, shutdown, crash, start, input and output.
_NOT_THE_FILES_FAULT = {"25006", "53100", "53300", "53400", "57P01", "57P02", "57P03", "58030"}

Connection = psycopg.Connection[Any]


class Worker:
    """Works on jobs until there are none; one connection, any number of workers on any number of machines."""

    def __init__(
        self,
        connection: Connection,
        stages: tuple[str, ...] = ("chunk", "embed"),
        embedder_for: Callable[[Connection, int], Embedder | RemoteEmbedder] | None = None,
        name: str | None = None,
        stopping: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = lambda text: None,
        only_repository: int | None = None,
        without_models: Sequence[int] = (),
    ) -> None:
        """``connection`` must not be in autocommit mode. ``stopping`` is asked between commits: once it says True
        the worker gives its jobs back and ends. ``say`` hears of models that cannot answer. ``only_repository``:
        jobs of others are left alone; without it repositories take turns. ``without_models``: what these model
        versions lack is left to others."""
        self._connection = connection
        self._stages = list(stages)
        self.name = name or worker_name()
        self._embedder_for = embedder_for or load_embedder
        self._stopping = stopping
        self._say = say
        self._only_repository = only_repository
        self._without_models = list(without_models)
        self._turn = 0  # the repository that had its turn last
        self._claims = 0
        self.absences = Absences()
        self._held = Claims(connection, self.name)
        self._batch = _CHUNK_BATCH if stages == ("chunk",) else _EMBED_BATCH

    def run_once(self) -> tuple[str, int]:
        """Claim and finish one batch; the stage and how many files were done, ('', 0) where nothing is due.

        Jobs of a model that cannot answer (its endpoint is down) are given back, and left to others until its pause is
        over: ``absences`` says why.
        """
        self._held.give_back([])
        jobs = self._claim()
        if not jobs:
            return "", 0
        stage = jobs[0][2]
        if stage == "chunk":
            self._run(jobs, self._chunk)
        else:
            self._run(jobs, lambda batch: self._embed_all(batch, jobs[0][3]))
        return stage, len(jobs)

    def _claim(self) -> list[Any]:
        """The next batch. At times one of embedding before the rest is chunked: vectors of a small repository would
        else wait until a large one is chunked."""
        self._claims += 1
        stages = self._stages
        if self._claims % _CLAIMS_AN_EMBEDDING == 0 and "embed" in stages:
            stages = ["embed"]
        jobs = self._connection.execute(
            "select job_id, coalesce(file_id, version_id), stage, model_version_id, generation, repository_id"
            " from codesearch.claim_jobs(%s, %s, stages => %s, without_models => %s,"
            " only_repository => %s, after_repository => %s)",
            (self.name, self._batch, stages, self._left_models(), self._only_repository, self._turn),
        ).fetchall()
        # The claim is committed before the work: nothing is computed while rows are locked.
        self._connection.commit()
        if not jobs and stages != self._stages:
            return self._claim()
        self._turn = max((job[5] for job in jobs), default=0)
        return jobs

    def _left_models(self) -> list[int]:
        return [*self.absences.models(), *self._without_models]

    def run_until_idle(self, progress: Callable[[str, int], None] | None = None) -> None:
        """Work until no job is due, or until told to stop.

        Raises EndpointUnavailable or DimensionMismatch where jobs are left because their model could not answer.
        """
        while not self._stopping():
            stage, count = self.run_once()
            if not count:
                self.settle()
                return
            if progress:
                progress(stage, count)
        self.release()

    def settle(self) -> None:
        """Hold nothing any more once no job is due; raises what ``run_until_idle`` raises."""
        self._held.give_back_left(self._stopping)
        self.absences.check()

    def release(self) -> None:
        """Give back what was claimed and is not done, for others to take at once."""
        self._held.release()

    def _run(self, jobs: list[Any], work: Callable[[list[Any]], None]) -> None:
        try:
            work(jobs)
        except Exception as error:
            if self._connection.closed:
                raise
            self._connection.rollback()
            if isinstance(error, psycopg.Error) and error.sqlstate in _NOT_THE_FILES_FAULT:
                self.release()
                raise
            if isinstance(error, NOT_THE_TEXTS_FAULT):
                self._put_off(jobs, error)
                return
            if len(jobs) == 1:
                self._held.fail(jobs[0], error)
                return
            # One bad file must not hold up the others: each is tried on its own.
            for job in jobs:
                self._run([job], work)

    def _put_off(self, jobs: list[Any], error: EmbeddingError) -> None:
        """Give jobs back whose model cannot answer, with the reason; it doesn't count as an attempt."""
        model_version_id = jobs[0][3]
        seconds = self.absences.note(model_version_id, error)
        self._held.give_back([job[0] for job in jobs], str(error))
        self._say(f"{error} (asked again in {seconds:.0f} s)")

    def _chunk(self, jobs: list[Any]) -> None:
        """Chunk the files, in groups of bounded size: the text of a batch of large files would fill the memory."""
        sizes = self._connection.execute(
            "select file_id, size_bytes from codesearch.source_file where file_id = any(%s)"
            " for no key update skip locked",
            ([job[1] for job in jobs],),
        ).fetchall()
        self._connection.commit()
        # What a writer holds now would only be chunked in vain; what is gone has no job any more.
        free = dict(sizes)
        self._held.give_back([job[0] for job in jobs if job[1] not in free])
        for group in groups([job for job in jobs if job[1] in free], free, _CHUNK_BYTES):
            if self._stopping():
                return
            self._chunk_group(group)

    def _chunk_group(self, jobs: list[Any]) -> None:
        if done := self._find_versions(jobs):
            jobs = [job for job in jobs if job[1] not in done]
        if not jobs:
            return
        from pgcodesearch.indexing.replacement import chunked

        files = self._connection.execute(
            "select file_id, path, content, encode(content_hash, 'hex') from codesearch.source_file"
            " where file_id = any(%s) order by file_id",
            ([job[1] for job in jobs],),
        ).fetchall()
        self._connection.commit()
        secret = self._remove_secrets(files)
        described = self._describes()
        batch = [
            chunked(file_id, path, content, content_hash, described)
            for file_id, path, content, content_hash in files
            if file_id not in secret
        ]
        swapped = [file_id for (file_id,) in self._connection.execute(
            "select file_id from codesearch.replace_chunks(%s)", (json.dumps(batch),)
        )]  # fmt: skip
        gone = {job[1] for job in jobs} - {file[0] for file in files}
        self._held.end(jobs, {*swapped} | gone)
        if sum(len(chunk["texts"]) for file in batch for chunk in file["chunks"]) >= _PROVISIONAL_FROM:
            self._provide(swapped)

    def _provide(self, file_ids: list[int]) -> None:
        """Give the texts of files just chunked vectors that stand for the model's own until these are made."""
        from pgcodesearch.document_tables.storing import provisional_embedder
        from pgcodesearch.indexing.encoding import array_literal, vector_literals

        try:
            embedder = provisional_embedder(self._connection)
        except EmbeddingError as error:  # the model's own vectors come all the same
            self._say(str(error))
            embedder = None
        if embedder is not None:
            texts = self._connection.execute(
                "select text_hash, text from codesearch.texts_without_vectors(%s,"
                " array(select version_id from codesearch.source_file where file_id = any(%s)))",
                (embedder.model_version_id, file_ids),
            ).fetchall()
            self._connection.commit()
            if texts:
                self._connection.execute(
                    "select codesearch.store_provisional(%s, %s, %s)",
                    (
                        embedder.model_version_id,
                        [text_hash for text_hash, _ in texts],
                        array_literal(vector_literals(embedder.encode([text for _, text in texts]))),
                    ),
                )
        self._connection.commit()

    def _describes(self) -> bool:
        """Whether what documentation says is embedded too."""
        (wanted,) = one_row(
            self._connection, "select codesearch.current_setting_value('vector.descriptions')::boolean"
        )
        return bool(wanted)

    def _find_versions(self, jobs: list[Any]) -> set[int]:
        """Finish the files that another branch has with the same path and content; their ids."""
        rows = self._connection.execute(
            "select codesearch.find_versions(%s, %s)", ([job[1] for job in jobs], CHUNKER)
        ).fetchall()
        done = {file_id for (file_id,) in rows}
        self._held.end([job for job in jobs if job[1] in done], done)
        return done

    def _remove_secrets(self, files: list[Any]) -> set[int]:
        """Take files that hold a key or password out of the database; upsert_file and UPDATE can't look for them."""
        secret = set()
        for file_id, path, content, content_hash in files:
            if skip := secret_skip(path, content):
                secret.add(file_id)
                self._connection.execute(
                    "select codesearch.remove_secret_file(%s, decode(%s, 'hex'), %s)",
                    (file_id, content_hash, skip.detail),
                )
        self._connection.commit()
        return secret

    def _embed_all(self, jobs: list[Any], model_version_id: int) -> None:
        """Embed texts of code; then commit messages, which jobs without a version owe to a repository's history."""
        if versions := [job for job in jobs if job[1] is not None]:
            self._embed(versions, model_version_id)
        for job in jobs:
            if job[1] is None:
                self._embed_messages(job, model_version_id)

    def _embed_messages(self, job: Any, model_version_id: int) -> None:
        done = embed_messages(
            self._connection, self.name, job[5], model_version_id,
            lambda: self._embedder_for(self._connection, model_version_id), self._stopping,
        )  # fmt: skip
        self.absences.forget(model_version_id)
        if done:
            self._held.end([job], {None})
        elif not self._stopping():
            self._held.give_back([job[0]])

    def _embed(self, jobs: list[Any], model_version_id: int) -> None:
        versions = [job[1] for job in jobs]
        pending = self._connection.execute(
            "select chunk_id, unit, text_hash, text, version_id from codesearch.pending_texts(%s, %s)",
            (model_version_id, versions),
        ).fetchall()
        self._connection.commit()
        # A text that several of them have is embedded once.
        texts = list({text[2]: text for text in pending}.values())
        holders: dict[Any, set[int]] = {}
        for text in pending:
            holders.setdefault(text[2], set()).add(text[4])
        dropped: set[int] = set()
        if not texts:
            self._held.end(jobs, set(versions))
            return
        # Not before there is a text: a model takes a second to load. Each time anew: its endpoint may have moved.
        embedder = self._embedder_for(self._connection, model_version_id)
        # One request, where the model is behind an endpoint: each may have to be tried again for minutes.
        step = int(getattr(embedder, "texts_a_request", _TEXTS_A_COMMIT))
        for start in range(0, len(texts), step):
            if self._stopping():
                return  # what is stored stays; run_until_idle gives the jobs back
            part = texts[start : start + step]
            encoded = encode_code(embedder, [text[3] for text in part])
            self.absences.forget(model_version_id)
            if self._store(model_version_id, part, encoded) < len(part):
                dropped.update(*(holders[text[2]] for text in part))
        # A vector is dropped where its chunk is being replaced; should that be rolled back, it is still owed.
        self._held.end(jobs, set(versions) - dropped)

    def _store(self, model_version_id: int, part: list[Any], encoded: Encoded) -> int:
        stored = self._connection.execute(
            "select codesearch.store_embeddings(%s, %s, %s::smallint[], %s, %s, %s, %s)",
            (
                model_version_id,
                [row[0] for row in part],
                [row[1] for row in part],
                [row[2] for row in part],
                encoded.counts,
                encoded.kept,
                encoded.array,
            ),
        ).fetchone()
        self._connection.execute("select codesearch.renew_leases(%s)", (self.name,))
        self._connection.commit()
        assert stored is not None
        return int(stored[0])


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
