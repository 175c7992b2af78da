"""What one changed function costs: the texts that are embedded anew, and the time of the work."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import database
import measure
import numpy as np
from embeddings import EmbeddingCache
from measure import Candidate, Client

from pgcodesearch.database import connect
from pgcodesearch.database.embedded import EmbeddedServer

REPEATS = 5


def measure_reindex(
    home: Path, tree: Path, cache: EmbeddingCache, search: Candidate, queries: Path, rounds: int
) -> list[str]:
    """Give every text its vector, measure search again, then change one function at a time and index again."""
    url = EmbeddedServer(home).ensure_running()
    search.settings["url"] = url
    texts = database.add_other_vectors(url, cache)
    client = Client(search, queries)
    times = measure.latencies({"search": client}, 600, rounds, seed=2)["search"]
    client.close()
    notes = [
        f"With a vector for every text ({texts:,} texts: windows of long chunks, summaries), codesearch.search takes"
        f" p50 {np.percentile(times, 50):.2f} ms, p95 {np.percentile(times, 95):.2f} ms over both classes."
    ]
    idle = [_index(url, tree) for _ in range(REPEATS)]
    start = [_start_only() for _ in range(REPEATS)]
    changed, embedded = [], []
    for number, path in enumerate(_functions_to_change(url)):
        before = _last_texts(url)
        _change(tree / path, number)
        changed.append(_index(url, tree))
        embedded.append(len(_last_texts(url) - before))
    return [
        *notes,
        f"Index again with one function changed, {len(changed)} times: {sorted(embedded)} texts embedded; the command"
        f" takes {np.median(changed):.2f} s (median), without a change {np.median(idle):.2f} s, of which starting"
        f" Python and loading the package {np.median(start):.2f} s.",
    ]


def _index(url: str, tree: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pgcodesearch", "--database", url, "index", str(tree), "--repository",
         database.REPOSITORY, "--json"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def _start_only() -> float:
    began = time.perf_counter()
    code = "import pgcodesearch.indexing, pgcodesearch.embedding, pgcodesearch.database, rich.progress"
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def _functions_to_change(url: str) -> list[str]:
    """Files that hold a short function without members, spread over the corpus."""
    with connect(url) as connection:
        rows = connection.execute(
            "select distinct on (c.file_id) f.path from codesearch.chunk c"
            " join codesearch.source_file f using (file_id, repository_id)"
            " where c.kind = 'function' and c.end_line - c.start_line between 5 and 15 and f.size_bytes < 60000"
            " order by c.file_id"
        ).fetchall()
    step = max(1, len(rows) // REPEATS)
    return [row[0] for row in rows[::step][:REPEATS]]


def _change(file: Path, number: int) -> None:
    """Add a line at the end of the first top-level function's body."""
    lines = file.read_text(encoding="utf-8").split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("def "))
    end = next(
        (i for i in range(start + 1, len(lines)) if lines[i][:1] not in ("", " ", ")", "#")), len(lines)
    )
    while not lines[end - 1].strip():
        end -= 1
    lines.insert(end, f"    changed_by_the_benchmark = {number}")
    file.write_text("\n".join(lines), encoding="utf-8")


def _last_texts(url: str) -> set[tuple[int, int, str]]:
    """Every embedded text of the active model: chunk, unit, hash."""
    with connect(url) as connection:
        row = connection.execute(
            "select codesearch.embedding_table(model_version_id) from codesearch.model_version where status = 'active'"
        ).fetchone()
        assert row is not None
        return set(connection.execute(f"select chunk_id, unit, text_hash::text from {row[0]}").fetchall())
