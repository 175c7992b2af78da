"""The rows of training_run: one round at a time, and a killed one goes on where it stopped."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.home import home

_LOCK = (1886872439, 1)  # beside the lock of model switches, (1886872439, 0)
_ALONE = "alone"


@dataclass(frozen=True)
class Run:
    """A round under way: its row, and the folder it keeps files in until it ends."""

    run_id: int
    folder: Path
    resumed: bool


@contextmanager
def only_round(connect: Callable[[], Connection]) -> Iterator[bool]:
    """Hold the database's training lock; False where another process has it. A killed holder's is free at once."""
    with connect() as connection:
        row = connection.execute("select pg_try_advisory_lock(%s, %s)", _LOCK).fetchone()
        yield bool(row and row[0])


def work_folder(connection: Connection, given: Path | None) -> Path:
    """Where rounds of this database keep their files: the given folder, else one of its own in the data folder."""
    if given is not None:
        return given
    row = one_row(
        connection, "select current_database(), (select system_identifier from pg_control_system())"
    )
    return home() / "training" / f"{zlib.crc32(f'{row[1]} {row[0]}'.encode()):08x}"


def begin(connection: Connection, base_model: str, configuration: dict[str, Any], work: Path) -> Run:
    """Go on with the newest round that was killed, where it is of the same base and settings; else a new one.

    Call under :func:`only_round`: a row that says ``running`` is then nobody's.
    """
    left = connection.execute(
        "select run_id, base_model, configuration from codesearch.training_run"
        " where status = 'running' and stage <> %s order by run_id desc",
        (_ALONE,),
    ).fetchall()
    resumable = [
        run_id for run_id, base, settings in left
        if (base, settings) == (base_model, configuration) and run_folder(work, run_id).is_dir()
    ][:1]  # fmt: skip
    for run_id, *_ in left:
        if run_id not in resumable:
            finish(connection, run_id, "interrupted", "it was killed, and a new round began")
            shutil.rmtree(run_folder(work, run_id), ignore_errors=True)
    if resumable:
        return Run(resumable[0], run_folder(work, resumable[0]), True)
    row = one_row(
        connection,
        "insert into codesearch.training_run (base_model, configuration) values (%s, %s) returning run_id",
        (base_model, Jsonb(configuration)),
    )
    folder = run_folder(work, row[0])
    folder.mkdir(parents=True, exist_ok=True)
    return Run(row[0], folder, False)


def begin_alone(connection: Connection, model: str, configuration: dict[str, Any]) -> int:
    """The row of a run that is no round, by its output folder: the one it had when it was killed, else a new one."""
    row = connection.execute(
        "select run_id from codesearch.training_run where status = 'running' and stage = %s"
        " and configuration ->> 'output' = %s order by run_id desc limit 1",
        (_ALONE, configuration["output"]),
    ).fetchone()
    row = (
        row
        or connection.execute(
            "insert into codesearch.training_run (base_model, stage, configuration) values (%s, %s, %s)"
            " returning run_id",
            (model, _ALONE, Jsonb(configuration)),
        ).fetchone()
    )
    assert row is not None
    return int(row[0])


def run_folder(work: Path, run_id: int) -> Path:
    """The folder of one round's files."""
    return work / f"run-{run_id}"


def note(connection: Connection, run_id: int, stage: str, **columns: Any) -> None:
    """Record the step that begins now, and what is known by now: candidate, dataset, result."""
    connection.execute(
        "update codesearch.training_run set stage = %s, candidate = coalesce(%s, candidate),"
        " dataset = dataset || %s, result = result || %s where run_id = %s",
        (stage, columns.get("candidate"), Jsonb(columns.get("dataset", {})), Jsonb(columns.get("result", {})), run_id),
    )  # fmt: skip


def finish(connection: Connection, run_id: int, status: str, reason: str) -> None:
    """Close a round with its outcome and reason."""
    connection.execute(
        "update codesearch.training_run set status = %s, reason = %s, finished_at = clock_timestamp()"
        " where run_id = %s",
        (status, reason, run_id),
    )


def refused_candidates(connection: Connection) -> list[str]:
    """Model versions that earlier rounds made and the gate refused; their verdicts stay in model_comparison."""
    rows = connection.execute(
        "select m.name from codesearch.model_version m join codesearch.training_run t on t.candidate = m.name"
        " where m.status = 'refused' and t.status = 'refused'"
    ).fetchall()
    return [name for (name,) in rows]
