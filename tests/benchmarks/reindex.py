"""What one changed function costs: the texts that are embedded anew, and the time of the work.

Two thirds of the embeddings would be of windows and file outlines, which the comparison left out. So those texts are
forgotten, except for the files that are changed: these are embedded whole by the real model. What one change
costs depends on its own file and on the number of chunks, not on other files' windows.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import database
import numpy as np
import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.indexing import Worker

REPEATS = 5


def measure_reindex(home: Path, tree: Path) -> list[str]:
    """Change one function in each of a few files, one after the other, and index the whole tree again each time."""
    url = EmbeddedServer(home).ensure_running()
    with connect(url) as connection:
        functions = functions_to_change(connection)
        _keep_texts_of(connection, [path for path, _ in functions])
        Worker(connection).run_until_idle()
    index_again(url, tree)  # whatever else is due is done here
    idle = [index_again(url, tree) for _ in range(REPEATS)]
    start = [_start_only() for _ in range(REPEATS)]
    changed, embedded = [], []
    for number, (path, end_line) in enumerate(functions):
        before = _embedded_texts(url)
        change_function(tree / path, end_line, number)
        changed.append(index_again(url, tree))
        embedded.append(len(_embedded_texts(url) - before))
    return [_note(changed, idle, start, embedded)]


def _note(changed: list[Any], idle: list[Any], start: list[float], embedded: list[int]) -> str:
    wall, work = (float(np.median([item[i] for item in changed])) for i in (0, 1))
    steps = {name: round(float(np.median([item[2][name] for item in changed])), 2) for name in changed[0][2]}
    return (
        f"Index again with one function changed, {len(changed)} times: texts embedded {sorted(embedded)};"
        f" work {work:.2f} s (median; by step {steps}), the whole command {wall:.2f} s, of which starting Python and"
        f" loading the packages {np.median(start):.2f} s; best work {min(item[1] for item in changed):.2f} s,"
        f" CPU {np.median([item[3] for item in changed]):.2f} s. Without a change: work"
        f" {np.median([item[1] for item in idle]):.2f} s, command {np.median([item[0] for item in idle]):.2f} s,"
        f" CPU {np.median([item[3] for item in idle]):.2f} s."
    )


def index_again(
    url: str, tree: Path, repository: str = database.REPOSITORY
) -> tuple[float, float, dict[str, float], float]:
    """Seconds of the command, of the work it reports, of each step; and the command's CPU seconds."""
    used = _children_cpu()
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pgcodesearch", "--database", url, "index", str(tree),
         "--repository", repository, "--json"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wall = time.perf_counter() - began
    steps: dict[str, float] = json.loads(done.stdout)["repositories"][0]["seconds"]
    return wall, sum(steps.values()), steps, _children_cpu() - used


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _start_only() -> float:
    began = time.perf_counter()
    code = (
        "import pgcodesearch.cli.index, pgcodesearch.indexing, pgcodesearch.database, pgcodesearch.embedding"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def functions_to_change(
    connection: psycopg.Connection[Any], repository: str = database.REPOSITORY
) -> list[tuple[str, int]]:
    """Short top-level functions, one a file, spread over the corpus: path and last line."""
    rows = connection.execute(
        "select distinct on (c.version_id) f.path, c.end_line from codesearch.chunk c"
        " join codesearch.repository_file f using (version_id, repository_id)"
        " join codesearch.repository r using (repository_id)"
        " where r.name = %s and c.kind = 'function' and c.scope = '' and c.end_line - c.start_line between 5 and 15"
        " and c.content ~ '^(async )?def ' and f.size_bytes < 60000 order by c.version_id, c.start_line",
        [repository],
    ).fetchall()
    return [(row[0], row[1]) for row in rows[:: max(1, len(rows) // REPEATS)][:REPEATS]]


def _keep_texts_of(connection: psycopg.Connection[Any], paths: list[str]) -> None:
    """Forget the texts of windows and outlines, of all files but these."""
    connection.execute(
        "delete from codesearch.chunk_text t using codesearch.chunk c, codesearch.file_version f"
        " where c.chunk_id = t.chunk_id and f.version_id = c.version_id and (c.level = 1 or t.unit <> 0)"
        " and f.path <> all(%s)",
        [paths],
    )
    connection.execute(
        "delete from codesearch.index_job j using codesearch.file_version f"
        " where f.version_id = j.version_id and j.stage = 'embed' and f.path <> all(%s)",
        [paths],
    )
    connection.commit()


def change_function(file: Path, end_line: int, number: int) -> None:
    """Add a line after the last one of a top-level function; the file's time of change is now."""
    lines = file.read_text(encoding="utf-8").split("\n")
    lines.insert(end_line, f"    changed_by_the_benchmark = {number}")
    file.write_text("\n".join(lines), encoding="utf-8")
    os.utime(file)


def _embedded_texts(url: str) -> set[tuple[int, int, str]]:
    """Every embedded text of the active model: chunk, unit, hash."""
    with connect(url) as connection:
        row = connection.execute(
            "select codesearch.embedding_table(model_version_id) from codesearch.model_version where status = 'active'"
        ).fetchone()
        assert row is not None
        return set(
            connection.execute(
                "select t.chunk_id, t.unit, t.text_hash::text from codesearch.chunk_text t"
                f" join {row[0]} e using (text_hash)"
            ).fetchall()
        )
