"""The command line against a database of a test: in this process, or in one of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pgcodesearch.cli import main
from support.databases import Database, fresh_database, installed_template


@contextmanager
def installed_database(server_url: str) -> Iterator[Database]:
    """A database with the schema and the shipped model."""
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        yield database


def call(database: Database, *arguments: str | Path) -> Result:
    """Run a command in this process; an exception that reached the top is raised."""
    result = CliRunner().invoke(main, ["--database", database.url, *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def call_json(database: Database, *arguments: str | Path) -> Any:
    """Run a command with --json; it must succeed."""
    result = call(database, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def start(database: Database, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """Start a command in a process, and a process group, of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pgcodesearch", "--database", database.url, *map(str, arguments)],
        env={**os.environ, **options},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A test run that a shell put into the background ignores SIGINT, and a child would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
