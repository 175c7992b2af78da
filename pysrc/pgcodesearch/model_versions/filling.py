"""The vectors that a model version lacks."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pgcodesearch.database import connect
from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.document_tables import renewing as document_tables
from pgcodesearch.evaluating.scale import fit_scale
from pgcodesearch.indexing.processes import local_workers_that_died
from pgcodesearch.indexing.worker import Worker
from pgcodesearch.query_tables.making import Progress
from pgcodesearch.query_tables.renewing import ensure

_FILES = "files embedded"
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Backfill:
    """What a backfill left: coverage 0 to 1, failed files, whether it built the vector index just now, the settings of
    the model's scale where it measured them, and what was said of the query table and the document table where it made
    one."""

    name: str
    embedded_files: int
    failed_files: int
    coverage: float
    index_built: bool
    scale: dict[str, float] | None = None
    query_table: str | None = None
    document_table: str | None = None


def backfill(
    database: str | None,
    name: str,
    progress: Progress = lambda step, done, total: None,
    finished: bool = True,
) -> Backfill:
    """Embed all that a model version lacks, in this process, beside other workers; then build its vector index.

    A model without a scale of its own gets it (:func:`pgcodesearch.evaluating.scale.fit_scale`), and one without a
    query table or a document table these (``ensure`` of their modules ``renewing``), unless ``finished`` is False.
    Killed at any point it goes on when called again. Raises UnknownModel; EndpointUnavailable, DimensionMismatch where
    the model's endpoint cannot be used, and what is embedded stays.
    """
    with connect(database) as connection, mapped_errors():
        if died := local_workers_that_died(connection):
            connection.execute("select codesearch.release_jobs(%s, died => true)", (died,))
        (total,) = one_row(connection, "select codesearch.backfill_model(%s)", (name,))
        (model_version_id,) = one_row(
            connection, "select model_version_id from codesearch.model_version where name = %s", (name,)
        )
        connection.commit()
        worker = Worker(connection, stages=("embed",))
        try:
            while owed := _owed_files(connection, name):
                progress(_FILES, total - owed, total)
                if not worker.run_once()[1]:
                    worker.absences.check(model_version_id)
                    time.sleep(_POLL_SECONDS)  # other workers hold the rest
        except BaseException:
            if not connection.closed:
                worker.release()
            raise
        (built,) = one_row(connection, "select codesearch.ensure_vector_index(%s)", (model_version_id,))
        connection.commit()
        failed, coverage = one_row(
            connection, "select failed_files, coverage from codesearch.model_status where name = %s", (name,)
        )
        progress(_FILES, total, total)
        connection.commit()
        connection.autocommit = True
        if not finished:
            return Backfill(name, total - failed, failed, coverage, built)
        scale = fit_scale(connection, name)
        verdict = ensure(connection, name, progress)
        told = f"{'accepted' if verdict.accepted else 'refused'}: {verdict.reason}" if verdict else None
        made = document_tables.ensure(connection, name, progress)
        return Backfill(
            name, total - failed, failed, coverage, built, scale, told, made.told() if made else None
        )


def _owed_files(connection: Connection, name: str) -> int:
    """Files that are due or being worked on; those that failed and wait for another attempt are left out."""
    (owed,) = one_row(
        connection, "select count(*) from codesearch.index_job j"
        " join codesearch.model_version m using (model_version_id)"
        " where m.name = %s and (j.state = 'running' or (j.state = 'queued' and j.run_after <= clock_timestamp()))",
        (name,),
    )  # fmt: skip
    connection.commit()
    return int(owed)
