"""One index run over a folder: read what changed, make it searchable by words first, then by vectors."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg

from pgcodesearch.embedding.errors import NOT_THE_TEXTS_FAULT
from pgcodesearch.indexing.branches import sync_branch
from pgcodesearch.indexing.early_model import EarlyModel
from pgcodesearch.indexing.git_command import GitFailed
from pgcodesearch.indexing.history import HistoryResult, sync_history
from pgcodesearch.indexing.metering import Meter
from pgcodesearch.indexing.pool import WorkerPool
from pgcodesearch.indexing.processes import local_workers_that_died
from pgcodesearch.indexing.sieve import EVERYTHING, Selection
from pgcodesearch.indexing.sync import sync_repository
from pgcodesearch.indexing.target import SyncResult
from pgcodesearch.indexing.worker import Worker
from pgcodesearch.operating.vector_indexes import ensure_vector_indexes

Connection = psycopg.Connection[Any]

# Fewer jobs than this are done sooner here than other processes start.
_ALONE = {"chunk": 12, "embed": 4}
_POLL_SECONDS = 0.2


class Progress(Protocol):
    """Hears how a run goes on."""

    def read(self, result: SyncResult) -> None:
        """Files were read."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` files (stage chunk), texts (embed) or commits (history) are through."""

    def step(self, what: str) -> None:
        """A step without countable parts begins."""


@dataclass(frozen=True)
class IndexOptions:
    """``jobs``: worker processes; ``wait``: until all is searchable, else only until files are stored and queued.
    ``branch``: read this branch from git's objects; it is searched as ``name@branch``."""

    selection: Selection = EVERYTHING
    jobs: int = 1
    wait: bool = True
    branch: str | None = None


@dataclass
class IndexReport:
    """What a run did and what is searchable after it; ``seconds`` by step.

    ``embedding_error``: why texts were left without vectors, where a model could not answer; the next run goes on.
    """

    repository: str
    sync: SyncResult
    history: HistoryResult = field(default_factory=HistoryResult)
    files: int = 0
    chunks: int = 0
    pending_files: int = 0
    vector_coverage: float = 0.0
    failed: list[dict[str, str]] = field(default_factory=list)
    embedding_error: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def index_folder(
    connection: Connection, url: str, name: str, root: Path, options: IndexOptions, progress: Progress
) -> IndexReport:
    """Bring a repository's index in line with a folder. ``connection`` must not be in autocommit mode.

    Interrupted at any point, by Ctrl-C or kill, nothing is lost and the next run goes on.
    Raises FileNotFoundError, NotADirectoryError, WorkersDied, psycopg.Error.
    """
    run = _Run(connection, url, options, progress)
    try:
        began = time.perf_counter()
        if options.branch:
            run.resume(name)
            sync = sync_branch(connection, name, root, options.branch, options.selection, run.read)
            name = f"{name}@{options.branch}"
        else:
            run.resume(name)
            sync = sync_repository(connection, name, root, options.selection, run.read)
        report = IndexReport(name, sync, seconds={"read": time.perf_counter() - began})
        if options.wait:
            run.work(report, root)
        else:
            run.read_history(report, root)
        _describe(connection, report)
        return report
    finally:
        run.close()


class _Run:
    def __init__(self, connection: Connection, url: str, options: IndexOptions, progress: Progress) -> None:
        self._connection = connection
        self._url = url
        self._options = options
        self._progress = progress
        self._early_model = EarlyModel(connection)
        self._files_read = 0

    def close(self) -> None:
        """End what was begun and isn't needed any more."""
        self._early_model.close()

    def read(self, result: SyncResult) -> None:
        """A file is new or changed: for a few the model is loaded meanwhile; many are left to other processes."""
        self._files_read += 1
        if self._options.wait and self._files_read == 1:
            self._early_model.start()
        elif self._files_read > _ALONE["chunk"]:
            self._early_model.close()
        self._progress.read(result)

    def resume(self, name: str) -> None:
        """Queue again what dead workers of this machine held, and what failed before."""
        died = local_workers_that_died(self._connection)
        if died:
            self._connection.execute("select codesearch.release_jobs(%s, died => true)", (died,))
        self._connection.execute("select codesearch.retry_failed_jobs(%s)", (name,))
        self._connection.commit()

    def work(self, report: IndexReport, root: Path) -> None:
        """Work until all files of the repository are searchable, or failed."""
        repository_id = report.sync.repository_id
        done = self._timed(report, "chunk", self._stage, "chunk", repository_id)
        self._timed(report, "fold", self._fold, repository_id, done)
        self.read_history(report, root)
        self._queue_missing()
        self._timed(report, "embed", self._embed, report)
        self._early_model.dismiss()
        self._timed(report, "vector index", ensure_vector_indexes, self._connection)

    def read_history(self, report: IndexReport, root: Path) -> None:
        """Store new commits; what git can't tell is a note, and the code is indexed all the same."""
        try:
            report.history = self._timed(
                report, "history", sync_history, self._connection, report.sync.branch_id, root,
                report.sync.commit, lambda done, total: self._progress.advance("history", done, total),
            )  # fmt: skip
        except GitFailed as error:
            self._connection.rollback()
            report.sync.notes.append(f"history is not read: {error}")
        report.sync.notes += report.history.notes

    def _timed(self, report: IndexReport, step: str, function: Any, *arguments: Any) -> Any:
        began = time.perf_counter()
        result = function(*arguments)
        report.seconds[step] = time.perf_counter() - began
        return result

    def _embed(self, report: IndexReport) -> None:
        """A model behind an endpoint may be away: what is stored is searchable by words all the same."""
        try:
            self._stage("embed", report.sync.repository_id)
        except NOT_THE_TEXTS_FAULT as error:
            report.embedding_error = str(error)

    def _stage(self, stage: str, repository_id: int) -> int:
        """Finish a stage; how many jobs were due."""
        due, running = self._pending(stage, repository_id)
        total = due + running
        if not total:
            return 0
        if due <= _ALONE[stage]:
            self._work_alone(stage, repository_id)
            due, running = self._pending(stage, repository_id)
        if due or running:  # many, or held by others
            self._work_in_pool(stage, repository_id)
        return total

    def _work_alone(self, stage: str, repository_id: int) -> None:
        worker = Worker(self._connection, (stage,), self._early_model.embedder, only_repository=repository_id)
        try:
            worker.run_until_idle()
        except BaseException:
            if not self._connection.closed:
                worker.release()
            raise

    def _work_in_pool(self, stage: str, repository_id: int) -> None:
        meter = Meter(self._connection, stage, repository_id)
        pool = WorkerPool(self._url, stage, repository_id)
        last = -1
        try:
            while True:
                due, running = self._pending(stage, repository_id)
                if not due and not running:
                    return
                done, total = meter.read(due + running)
                pool.collect(self._connection, progressed=done > last)
                last = done
                self._progress.advance(stage, done, total)
                pool.keep(min(self._options.jobs, due) if due else pool.running)
                time.sleep(_POLL_SECONDS)
        finally:
            killed = pool.stop()
            if killed and not self._connection.closed:
                self._connection.rollback()
                self._connection.execute("select codesearch.release_jobs(%s)", (killed,))
                self._connection.commit()
            self._progress.advance(stage, *meter.last)

    def _pending(self, stage: str, repository_id: int) -> tuple[int, int]:
        """Jobs that are due, and those that a worker holds; failed ones and those put off are neither.

        One whose lease has ended is due: nobody works on it, and the next claim takes it over.
        """
        row = self._connection.execute(
            "select count(*) filter (where state = 'queued' and run_after <= clock_timestamp()"
            " or state = 'running' and lease_until < clock_timestamp()),"
            " count(*) filter (where state = 'running' and lease_until >= clock_timestamp())"
            " from codesearch.index_job where repository_id = %s and stage = %s",
            (repository_id, stage),
        ).fetchone()
        self._connection.commit()
        assert row is not None
        return int(row[0]), int(row[1])

    def _fold(self, repository_id: int, changed: int) -> None:
        """Fold the inverted index after a large change, and at times after many small ones: it costs a rebuild."""
        if not changed:
            return
        row = self._connection.execute(
            "select (select count(*) from codesearch.lexical_statistic where repository_id = %(id)s and level = 0),"
            " (select count(*) from codesearch.file_version where repository_id = %(id)s)", {"id": repository_id}
        ).fetchone()  # fmt: skip
        assert row is not None
        parts, files = row
        if changed * 20 < files and parts <= 200:
            return
        self._progress.step("folding the inverted index")
        self._connection.execute("select codesearch.refresh_lexical_index(%s)", (repository_id,))
        self._connection.execute(
            "analyze (skip_locked) codesearch.source_file, codesearch.file_version, codesearch.chunk,"
            " codesearch.posting"
        )
        self._connection.commit()

    def _queue_missing(self) -> None:
        """Queue texts that have neither vector nor job, as after a restore of a dump without its queue."""
        self._connection.execute("select codesearch.queue_restored_embeddings()")
        self._connection.commit()


def _describe(connection: Connection, report: IndexReport) -> None:
    """Fill in what is searchable now, and what failed."""
    row = connection.execute(
        "select files, chunks::bigint, pending_files, vector_coverage"
        " from codesearch.index_freshness where repository = %s",
        (report.repository,),
    ).fetchone()
    if row:
        report.files, report.chunks, report.pending_files, report.vector_coverage = row
    failed = connection.execute(
        "select f.path, max(j.last_error) from codesearch.index_job j join codesearch.source_file f"
        " on f.file_id = j.file_id or f.version_id = j.version_id where f.branch_id = %s and j.last_error is not null"
        " and (j.state = 'failed' or j.run_after > clock_timestamp()) group by f.path order by f.path",
        (report.sync.branch_id,),
    ).fetchall()
    report.failed = [{"path": path, "error": error} for path, error in failed]
    connection.commit()
