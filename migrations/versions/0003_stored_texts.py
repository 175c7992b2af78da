"""Texts and their vectors are stored once for all branches and repositories."""

from __future__ import annotations

from pgcodesearch.database.loading import run_revision

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_revision(revision)
