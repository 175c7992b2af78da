"""The weekly report: what ``codesearch.weekly_report`` says, with the days behind it; as rows and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.rows import Connection
from pgcodesearch.terminal import visible

Rows = list[dict[str, Any]]
_NAMES = {
    "mrr": "MRR@10", "zero_click_rate": "nothing used", "miss_rate": "nothing found", "strong_signal_rate": "used well",
    "top_score": "score of the first result", "confidence": "confidence of the surest result",
    "latency_p50": "latency, median", "latency_p95": "latency, 95 %", "changed_files": "files new or changed",
    "index_bytes": "index on disk", "triplets": "triplets gained",
}  # fmt: skip
_SHOWN = 10
# A smaller part of what was before is called neither better nor worse.
_SAID = 0.02


@dataclass(frozen=True)
class WeeklyReport:
    """``measures``: rows of weekly_report; ``days``: the fourteen days, as search_periods has them, oldest first;
    ``unclicked``: the queries whose results nobody used most often; ``blind_spots``: questions of these seven days that
    were not answered, those asked most often first; ``weak``: classes of which queries should be judged; ``alerts``:
    raised in these seven days, newest first. The last two are empty for who may not see them."""

    since: datetime
    until: datetime
    database: str
    measures: Rows
    days: Rows
    unclicked: Rows
    blind_spots: Rows
    weak: Rows
    alerts: Rows

    def line(self, row: dict[str, Any]) -> tuple[str, str, str, str, str]:
        """A measure as it is read: name, value, value before, change, and ``better``, ``worse`` or nothing."""
        value, before, unit = row["value"], row["before"], row["unit"]
        name = " ".join(filter(None, [_NAMES.get(row["measure"], row["measure"].replace("_", " ")),
                                      row["subject"].replace("_", " ")]))  # fmt: skip
        state = row["details"].get("state")
        shown = formatted(value, unit) + (f" ({state})" if state and state != "ok" else "")
        if value is None or before is None:
            return name, shown, formatted(before, unit), "", ""
        change = value - before
        signed = f"{'+' if change > 0 else '−' if change < 0 else '±'}{formatted(abs(change), unit)}"
        if unit == "share":
            signed = f"{signed[0]}{abs(change) * 100:.1f} points"
        told = "better" if (change > 0) == (row["better"] == "up") else "worse"
        said = row["better"] is not None and abs(change) > _SAID * abs(before)
        return name, shown, formatted(before, unit), signed, told if said else ""


def formatted(value: float | None, unit: str) -> str:
    """A number as people read it; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "bytes":
        size, step = float(value), 0
        while size >= 1024 and step < 4:
            size, step = size / 1024, step + 1
        return f"{size:.1f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[step]}"
    return {"count": f"{value:,.0f}", "ms": f"{value:.1f} ms"}.get(unit, f"{value:.3f}")


def read_weekly(connection: Connection) -> WeeklyReport:
    """The report up to now, of what the caller may see."""
    with connection.cursor(row_factory=dict_row) as cursor:
        about = cursor.execute(
            "select now() - interval '7 days' as since, now() as until, current_database() as database,"
            " has_table_privilege('codesearch.weak_category', 'select') as whole"
        ).fetchone()
        assert about is not None
        whole = about.pop("whole")
        measures = cursor.execute("select * from codesearch.weekly_report").fetchall()
        days = cursor.execute(
            "select * from codesearch.search_periods(now() - interval '14 days', '1 day', 14)"
        ).fetchall()
        spots = cursor.execute(
            "select query, searches, unanswered, unclicked, confidence, asked_at, repositories"
            " from codesearch.find_blind_spots(now() - interval '7 days') where unanswered > 0"
            " order by searches desc, asked_at desc limit %s", (_SHOWN,),
        ).fetchall()  # fmt: skip
        weak: Rows = []
        alerts: Rows = []
        if whole:
            weak = cursor.execute("select * from codesearch.weak_category where wanted > 0").fetchall()
            alerts = cursor.execute(
                "select raised_at, state, text from codesearch.alert where raised_at > now() - interval '7 days'"
                " and subject <> 'weekly report' order by alert_id desc limit %s", (_SHOWN,),
            ).fetchall()  # fmt: skip
    unclicked: Rows = next(
        (row["details"]["queries"] for row in measures if row["measure"] == "zero_click_rate"), []
    )
    return WeeklyReport(**about, measures=measures, days=days, unclicked=unclicked, blind_spots=spots, weak=weak,
                        alerts=alerts)  # fmt: skip


def markdown(report: WeeklyReport) -> str:
    """The report as a Markdown document."""
    parts = [
        f"# Search, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}", "",
        *_table(["measure", "seven days", "seven before", "change", ""], [report.line(row) for row in report.measures]),
    ]  # fmt: skip
    for title, rows, columns in sections(report):
        parts += ["", f"## {title}", "", *_table(columns, rows)]
    return "\n".join(parts) + "\n"


def sections(report: WeeklyReport) -> list[tuple[str, list[tuple[str, ...]], list[str]]]:
    """What is listed below the measures, where there is any: title, rows, and the names of their columns."""
    found: list[tuple[str, list[tuple[str, ...]], list[str]]] = [
        ("Alerts", [(f"{row['raised_at']:%m-%d %H:%M}", row["text"]) for row in report.alerts], ["at", "alert"]),
        ("Shown, and nothing used", [(row["query"], str(row["searches"])) for row in report.unclicked],
         ["query", "searches"]),
        ("Asked, and nothing found",
         [(row["query"], str(row["searches"]), str(row["unanswered"])) for row in report.blind_spots],
         ["query", "searches", "unanswered"]),
        ("Classes of query that need judgments (pgcodesearch eval draw)",
         [(row["category"], row["reason"], str(row["wanted"])) for row in report.weak], ["class", "why", "more"]),
    ]  # fmt: skip
    return [section for section in found if section[1]]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(map(_cell, row))} |" for row in rows),
    ]


def _cell(text: str) -> str:
    """A text on one line of a table, where nothing of it is markup."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>()#|!~" else c for c in visible(text))
    return escaped if len(escaped) <= 200 else escaped[:199].rstrip("\\") + "…"
