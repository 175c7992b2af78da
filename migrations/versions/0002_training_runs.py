"""Training runs and their metrics."""

from __future__ import annotations

from pgcodesearch.database.loading import run_revision

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_revision(revision)
