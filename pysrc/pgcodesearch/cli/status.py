"""pgcodesearch status."""

from __future__ import annotations

from typing import Any

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json, print_table
from pgcodesearch.terminal import say

_COLUMNS = [
    "repository",
    "files",
    "chunks",
    "pending_files",
    "failed_files",
    "skipped_files",
    "vector_coverage",
    "indexed_commit",
    "last_indexed_at",
]


@click.command("status")
@json_option
def command(as_json: bool) -> None:
    """Show what is indexed, what is pending, and how much of it has vectors.

    vector_coverage is the share of texts, 0 to 1, that the active model has embedded.
    """
    from pgcodesearch.operating.status import status

    report = status(database())
    if as_json:
        print_json(report)
        return
    say(f"database         {report['database_url']}")
    say(f"schema revision  {report['schema_revision']}")
    say(f"active model     {report['active_model'] or 'none'}")
    say(f"pending files    {report['pending_files']}")
    say(f"vector coverage  {report['vector_coverage']:.3f}", "")
    if report["repositories"]:
        # Wide values break a narrow terminal's table into unreadable columns; --json has them whole.
        print_table([_short(row) for row in report["repositories"]], _COLUMNS)
        for row in report["repositories"]:
            if row["last_error"]:
                say(f"{row['repository']}: {row['last_error'].splitlines()[0]}")
    else:
        say("nothing is indexed yet: pgcodesearch index PATH")


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """A repository's row with the commit's first twelve digits and the time to the minute."""
    commit, indexed_at = row["indexed_commit"], row["last_indexed_at"]
    return row | {
        "indexed_commit": commit[:12] if commit else None,
        "last_indexed_at": f"{indexed_at:%Y-%m-%d %H:%M}" if indexed_at else None,
    }
