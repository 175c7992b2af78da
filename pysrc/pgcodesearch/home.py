"""The folder of this user's data: the embedded server, models of databases, kept ranks, training runs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "PGCODESEARCH_HOME"


def home() -> Path:
    """PGCODESEARCH_HOME, else the user's data folder."""
    given = os.environ.get(HOME_VARIABLE)
    return Path(given).expanduser().absolute() if given else platformdirs.user_data_path("pgcodesearch")
