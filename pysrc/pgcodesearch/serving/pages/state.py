"""How it is doing: the index, the queue, model and ranker, drift; and reports, which are views of the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from pgcodesearch.database.errors import CodeSearchError, UnknownId, described
from pgcodesearch.operating import weekly_page
from pgcodesearch.operating.weekly_report import read_weekly
from pgcodesearch.serving.handling import Asked
from pgcodesearch.serving.rendering import html

_MOST_ROWS = 500


@dataclass(frozen=True)
class Report:
    """A view that is shown as it is, where there is one of that name."""

    view: str
    title: str
    says: str


# Views that tell how search is doing. One that the database has not is not shown.
REPORTS = (
    Report(
        "weekly_report", "This week", "What was asked and found in the last days, beside the days before."
    ),
    Report("blind_spots", "Blind spots", "Questions without a confident answer, grouped by likeness."),
    Report("drift_status", "Drift", "Whether the active model still fits what is asked and indexed."),
    Report("result_cache_status", "Result cache", "How often an answer was there already."),
    Report("truncation_audit", "Truncated texts", "What the model could not see whole."),
    Report("failed_jobs", "Failed jobs", "Files that were given up, with their last error."),
    Report("worker_status", "Workers", "Who works on the queue."),
)

_INDEX = (
    "select repository, files, chunks, pending_files as pending, failed_files as failed, skipped_files as skipped,"
    " retrying_files as retrying, vector_coverage, oldest_pending, last_indexed_at, left(indexed_commit, 12) as commit,"
    " last_error from codesearch.index_status order by repository"
)
_MODELS = "select name, status, dimension, coverage, pending_files, failed_files, query_encoder, without_encoder," \
    " vector_bytes, activated_at from codesearch.model_status order by status, name"  # fmt: skip
_RANKERS = (
    "select r.name, r.status, m.name as model, r.calibration is not null as calibrated, r.created_at"
    " from codesearch.ranker r left join codesearch.model_version m using (model_version_id) order by r.ranker_id desc"
)
_THERE = (
    "select c.relname as view from pg_catalog.pg_class c where c.relnamespace = 'codesearch'::regnamespace"
    " and c.relkind = 'v' and c.relname = any(%s) and has_table_privilege(c.oid, 'select')"
)


def status(asked: Asked) -> Response:
    """The index of each branch, the queue, models, rankers and drift: what the role may see of it."""
    sections = [
        _section(asked, "Index", _INDEX, "Nothing is indexed yet: pgcodesearch index PATH."),
        _section(asked, "Models", _MODELS),
        _section(asked, "Rankers", _RANKERS, "The shipped ranker answers, which is calibrated."),
        _section(asked, "Drift", "select measure, subject, state, value, baseline, threshold, hard_threshold,"
                 " sample_count, measured_at from codesearch.drift_status",
                 "Nothing is measured yet: pgcodesearch maintain does."),
        _section(asked, "Workers", "select * from codesearch.worker_status", "No worker is connected."),
    ]  # fmt: skip
    return html("sections.html", title="Status", sections=sections, here="/status")


def reports(asked: Asked) -> Response:
    """The reports that there are, for the role that asks."""
    there = {row["view"] for row in asked.rows(_THERE, ([report.view for report in REPORTS],))}
    return html(
        "reports.html", reports=[report for report in REPORTS if report.view in there], here="/reports"
    )


def report(asked: Asked) -> Response:
    """The rows of one report."""
    name = asked.request.path_params["view"]
    found = next((one for one in REPORTS if one.view == name), None)
    if found is None:
        raise UnknownId(
            f"there is no report {name!r:.80}", hint=f"reports: {', '.join(one.view for one in REPORTS)}"
        )
    rows = asked.rows(f"select * from codesearch.{found.view} limit {_MOST_ROWS}")  # noqa: S608 (names of ours)
    section = {"title": found.title, "rows": rows, "nothing": "There is nothing to tell.", "refused": None}
    return html("sections.html", title=found.title, sections=[section], here="/reports", says=found.says)


def week(asked: Asked) -> Response:
    """The weekly report, as ``pgcodesearch report weekly --html`` writes it, in the frame of this site."""
    told = weekly_page.content(read_weekly(asked.client.connection))
    return html("weekly.html", content=Markup(told), here="/reports")


def _section(asked: Asked, title: str, statement: str, nothing: str = "There is none.") -> dict[str, Any]:
    """A table; a role that may not read it is told so, and sees the others."""
    try:
        return {"title": title, "rows": asked.rows(statement), "nothing": nothing, "refused": None}
    except CodeSearchError as error:
        return {"title": title, "rows": [], "nothing": nothing, "refused": described(error).lines()}
