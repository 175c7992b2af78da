"""The first schema."""

from __future__ import annotations

from pgcodesearch.database.loading import run_revision

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_revision(revision)
