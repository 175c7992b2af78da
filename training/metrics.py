"""Where a run's metrics go: any callable that takes a record."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

MetricsSink = Callable[[dict[str, Any]], None]

METRIC_COLUMNS = (
    "loss", "positive_cosine", "negative_cosine", "margin", "violation_rate", "learning_rate", "gradient_norm",
    "seconds", "validation_mrr",
)  # fmt: skip
_KEPT_RECORDS = 1_000


class JsonLinesSink:
    """Appends each record to a file as a line of JSON, so that a killed run keeps what it wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, record: dict[str, Any]) -> None:
        """Write one record."""
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")


class PostgresSink:
    """Writes each record to codesearch.training_metric, over a connection of its own.

    A run is worth more than its metrics: where the database can't be reached the records are kept, the newest
    thousand, and go with the next one that gets through.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], run_id: int) -> None:
        """``connect`` gives an autocommit connection; it is called again after each loss of one."""
        self._connect = connect
        self._run_id = run_id
        self._connection: psycopg.Connection[Any] | None = None
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_KEPT_RECORDS)

    def __call__(self, record: dict[str, Any]) -> None:
        """Write what waits and this record; what is reported twice for a step (a run that goes on) counts last."""
        self._waiting.append(record)
        try:
            if self._connection is None:
                self._connection = self._connect()
            while self._waiting:
                self._connection.execute(*_upsert(self._run_id, self._waiting[0]))
                self._waiting.popleft()
        except Exception as error:  # of connecting, the server or the network: none is worth the run
            self._forget_connection()
            print(f"metrics wait for the database: {error}", file=sys.stderr)

    def close(self) -> None:
        """Close the connection; what could not be written is given up."""
        self._forget_connection()

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _upsert(run_id: int, record: dict[str, Any]) -> tuple[sql.Composed, list[Any]]:
    names = [name for name in METRIC_COLUMNS if name in record]
    columns = [sql.Identifier(name) for name in ("run_id", "step", *names)]
    changes = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in (*names, "step")]
    statement = sql.SQL(
        "insert into codesearch.training_metric ({}) values ({}) on conflict (run_id, step) do update set {}"
    ).format(
        sql.SQL(", ").join(columns),
        sql.SQL(", ").join(sql.Placeholder() for _ in columns),
        sql.SQL(", ").join(changes),
    )
    return statement, [run_id, record["step"], *(record[name] for name in names)]


def no_sink(record: dict[str, Any]) -> None:
    """The sink of a process that is not the one that reports."""


def to_all(*sinks: MetricsSink) -> MetricsSink:
    """One sink that hands each record to several."""

    def send(record: dict[str, Any]) -> None:
        for sink in sinks:
            sink(record)

    return send
