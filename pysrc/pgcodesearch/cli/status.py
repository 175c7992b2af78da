"""pgcodesearch status."""

from __future__ import annotations

from typing import Any

import click

from pgcodesearch.cli._context import database, json_option, read_database
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.terminal import say

_COLUMNS = ["repository", "files", "chunks", "pending", "failed", "skipped", "vectors", "indexed", "commit"]


_ENCODERS = {"table": "embedded by look-up", "model": "embedded by the model, in PL/Python"}


@click.command("status")
@json_option
def command(as_json: bool) -> None:
    """Show what is indexed, what is pending, and how much of it has vectors.

    Vectors is the share of texts that the active model has embedded.
    """
    from pgcodesearch.operating.status import status

    report = status(database(), read_database())
    if as_json:
        print_json(report)
        return
    say(f"database         {report['database_url']}")
    if report["replica_lag_seconds"] is not None:
        say(f"standby          {report['replica_lag_seconds']:.1f} s behind its primary")
    if report["waiting_for_primary"]:
        say(f"log and feedback {report['waiting_for_primary']} wait for the primary")
    if report["lost_for_primary"]:
        say(f"log and feedback {report['lost_for_primary']} did not reach the primary: no room, or refused")
    say(f"schema revision  {report['schema_revision']}")
    say(f"active model     {report['active_model'] or 'none'}")
    by_words = f"answered by words alone: {report['without_encoder']}"
    say(f"queries in SQL   {_ENCODERS.get(report['query_encoder']) or by_words}")
    say(f"confidence       {_calibration(report['calibration'])}")
    for row in report["weak_categories"]:
        say(f"judgments        {row['wanted']} more {row['category']} queries: {row['reason']} (eval draw)")
    say(f"pending files    {report['pending_files']}")
    provisional = report["provisional_coverage"]
    say(
        f"vector coverage  {report['vector_coverage']:.3f}"
        + (f", provisional vectors for {provisional:.3f}" if provisional else ""),
        "",
    )
    if report["repositories"]:
        print_table([_short(row) for row in report["repositories"]], _COLUMNS)
        for row in report["repositories"]:
            if row["last_error"]:
                say(f"{row['repository']}: {row['last_error'].splitlines()[0]}")
    else:
        say("nothing is indexed yet: pgcodesearch index PATH")


def _calibration(known: dict[str, Any]) -> str:
    if not known["calibrated"]:
        return f"ranker {known['ranker']} is not calibrated: {known['reason']}"
    of = (
        f"{known['questions']} questions and {known['unanswered']} without an answer"
        if known["questions"]
        else "?"
    )
    error = "" if known["error"] is None else f", error {known['error']:.3f}"
    return f"ranker {known['ranker']} is calibrated on {of}{error}"


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """A repository's row in few characters, so that it fits a terminal of 80 columns; --json has all of it."""
    commit, indexed_at = row["indexed_commit"], row["last_indexed_at"]
    return {
        "repository": row["repository"],
        "files": row["files"],
        "chunks": row["chunks"],
        "pending": row["pending_files"],
        "failed": row["failed_files"],
        "skipped": row["skipped_files"],
        "vectors": f"{row['vector_coverage']:.0%}",
        "indexed": f"{indexed_at:%m-%d %H:%M}" if indexed_at else None,
        "commit": commit[:7] if commit else None,
    }
