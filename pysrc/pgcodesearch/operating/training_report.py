"""A training run from its tables: rows, and a plot as SVG that needs no plotting library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from psycopg.rows import dict_row

from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.database.rows import Connection

Point = tuple[float, float]

_WIDTH, _HEIGHT, _LEFT, _GAP = 860, 190, 64, 46
_COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#8250df")


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
    run, parts = report.run, []
    last = max((row["step"] for row in report.metrics), default=0)
    for number, panel in enumerate(PANELS):
        series = [(name, _points(report.metrics, column)) for name, column in panel.series]
        parts.append(_chart(panel.title, series, last, 50 + number * (_HEIGHT + _GAP)))
    title = f"training run {run['run_id']} of {run['base_model']}: {run['status']}"
    height = 60 + len(PANELS) * (_HEIGHT + _GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH + _LEFT + 20}" height="{height}"'
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{_LEFT}" y="24" font-size="16">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _points(metrics: Sequence[dict[str, Any]], column: str) -> list[Point]:
    return [
        (row["step"], row[column])
        for row in metrics
        if row[column] is not None and math.isfinite(row[column])
    ]


def _chart(title: str, series: Sequence[tuple[str, list[Point]]], last: float, top: int) -> str:
    values = [value for _, points in series for _, value in points]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high == low:
        low, high = low - 0.5, high + 0.5
    bottom = top + _HEIGHT
    parts = [
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#d0d7de"/>',
        f'<text x="{_LEFT}" y="{top - 6}">{escape(title)}</text>',
        f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{high:.4g}</text>',
        f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">{low:.4g}</text>',
        f'<text x="{_LEFT + _WIDTH}" y="{bottom + 14}" text-anchor="end">step {last:g}</text>',
    ]
    for number, (name, points) in enumerate(series):
        colour = _COLOURS[number]
        drawn = " ".join(
            f"{_LEFT + _WIDTH * step / max(last, 1):.1f},{bottom - _HEIGHT * (value - low) / (high - low):.1f}"
            for step, value in points
        )
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        if len(series) > 1:
            place = f'x="{_LEFT + 120 + number * 130}" y="{top - 6}"'
            parts.append(f'<text {place} fill="{colour}">{escape(name)}</text>')
    return "".join(parts)
