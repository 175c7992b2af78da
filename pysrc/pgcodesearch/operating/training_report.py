"""A training run from its tables: rows, and a plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.database.rows import Connection
from pgcodesearch.plots import Chart, Dot, Line, document


class UnknownTrainingRun(CodeSearchError):
    """there is no training run"""

    default_hint = "train with: pgcodesearch train --from-feedback"


@dataclass(frozen=True)
class TrainingReport:
    """A row of training_run, and its rows of training_metric by step."""

    run: dict[str, Any]
    metrics: list[dict[str, Any]]


@dataclass(frozen=True)
class Panel:
    """One chart: series by name, each of training_metric's column beside it."""

    title: str
    series: tuple[tuple[str, str], ...]


PANELS = (
    Panel("loss", (("loss", "loss"),)),
    Panel(
        "cosine", (("to the positive", "positive_cosine"), ("to negatives", "negative_cosine"), ("margin", "margin"))
    ),
    Panel("violation rate", (("violation rate", "violation_rate"),)),
    Panel("validation MRR@10", (("validation", "validation_mrr"),)),
    Panel("learning rate", (("learning rate", "learning_rate"),)),
)  # fmt: skip


def read_report(connection: Connection, run_id: int | None = None) -> TrainingReport:
    """A run by its id, the newest without one. Raises UnknownTrainingRun."""
    with connection.cursor(row_factory=dict_row) as cursor:
        run = cursor.execute(
            "select * from codesearch.training_run where run_id = %s or %s::bigint is null"
            " order by run_id desc limit 1",
            (run_id, run_id),
        ).fetchone()
        if run is None:
            raise UnknownTrainingRun(f"there is no training run{'' if run_id is None else f' {run_id}'}")
        metrics = cursor.execute(
            "select step, loss, positive_cosine, negative_cosine, margin, violation_rate, learning_rate, gradient_norm,"
            " seconds, validation_mrr from codesearch.training_metric where run_id = %s order by step",
            (run["run_id"],),
        ).fetchall()
    return TrainingReport(run, metrics)


def plot(report: TrainingReport) -> str:
    """The run's panels one below the other, against the step, as an SVG document."""
    run = report.run
    last = max((row["step"] for row in report.metrics), default=0)
    charts = [
        Chart(
            panel.title,
            [Line(name, _dots(report.metrics, column)) for name, column in panel.series],
            x_range=(0, max(last, 1)), x_ticks=[(0, "0"), (max(last, 1), f"step {last:g}")], width=900, height=250,
        )
        for panel in PANELS
    ]  # fmt: skip
    return document(f"training run {run['run_id']} of {run['base_model']}: {run['status']}", charts)


def _dots(metrics: Sequence[dict[str, Any]], column: str) -> list[Dot]:
    return [
        Dot(row["step"], row[column])
        for row in metrics
        if row[column] is not None and math.isfinite(row[column])
    ]
