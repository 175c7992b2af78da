"""Drift as the database has measured it: where each measure stands, how it came there, and what waits to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.rows import Connection

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class DriftReport:
    """``status``: the active model's newest measures (rows of drift_status); ``series``: its measures, oldest first;
    ``alerts``: the newest first, ``posted_at`` null where one waits."""

    status: Rows
    series: Rows
    alerts: Rows


def read_drift(connection: Connection, days: int = 30) -> DriftReport:
    """What the last days brought; all three are empty before the first check."""
    with connection.cursor(row_factory=dict_row) as cursor:
        status = cursor.execute(
            "select measure, subject, state, value, baseline, threshold, hard_threshold, sample_count, model,"
            " measured_at from codesearch.drift_status order by measure, subject"
        ).fetchall()
        series = cursor.execute(
            "select d.measured_at, d.measure, d.subject, d.state, d.value, d.baseline, d.threshold,"
            " d.hard_threshold, d.sample_count"
            " from codesearch.drift_measure d join codesearch.model_version m using (model_version_id)"
            " where m.status = 'active' and d.measured_at > now() - make_interval(days => %s)"
            " order by d.measure, d.subject, d.measured_at",
            (days,),
        ).fetchall()
        alerts = cursor.execute(
            "select alert_id, raised_at, subject, state, text, posted_at, attempts, last_error from codesearch.alert"
            " where raised_at > now() - make_interval(days => %s) or posted_at is null order by alert_id desc",
            (days,),
        ).fetchall()
    return DriftReport(status, series, alerts)
