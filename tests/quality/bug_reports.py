"""Where is the bug? Reports of six Java systems with the files that mended them, asked of search as they stand.

    python tests/quality/bug_reports.py BLIZZARD [--system tomcat70] [--no-index] [--database URL]

BLIZZARD is a clone of the replication package of Rahman and Roy 2018, "Improving IR-Based Bug Localization with
Context-Aware Query Reformulation": reports (BR-Raw), the files that were changed for them (Goldset), and one snapshot
of the sources (Corpus), which is younger than the reports. A report without a changed file in the snapshot is left
out. Asked are its title, and its whole text cut to what a query may be long; an answer is ten files. Beside search:
BM25 over whole files (k1 1.2, b 0.75, words and the parts of names) in numpy. Measured on, never trained on.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from pgcodesearch.database import connect
from pgcodesearch.home import HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("tomcat70", "ecf", "eclipse.jdt.debug", "eclipse.pde.ui", "eclipse.jdt.core", "eclipse.jdt.ui")
K = 10
_SEARCH = (
    "select path from codesearch.search(%s, 10, %s, mode => %s, per_file => 1, log => false) order by rank"
)


@dataclass(frozen=True)
class Report:
    """A bug report and the files that were changed for it, as far as the snapshot has them."""

    number: str
    text: str
    files: frozenset[str]

    @property
    def title(self) -> str:
        """The first line without the number before it."""
        return re.sub(r"^\s*(?:Bug\s+)?\d+\s*\W*\s*", "", self.text.split("\n", 1)[0])


def main() -> int:
    options = _options()
    os.environ.setdefault(HOME_VARIABLE, str(options.work / "home"))
    print("| system | reports | asked | way | Hit@1 | Hit@5 | Hit@10 | MRR@10 | MAP@10 |\n|" + "---|" * 9)
    for system in options.system or SYSTEMS:
        files = lay_out(options.package, system, options.work / system)
        if options.index:
            url = ["--database", options.database] if options.database else []
            command = [sys.executable, "-m", "pgcodesearch", *url, "index", str(options.work / system)]
            waits = [] if options.vectors else ["--no-wait"]
            subprocess.run(
                [*command, "--repository", system, *waits, "--json"], check=True, stdout=subprocess.DEVNULL
            )
            if not options.vectors:
                subprocess.run(
                    [sys.executable, "-m", "pgcodesearch", *url, "worker", "--once", "--stages", "chunk"],
                    check=True,
                )
        reports = [report for report in read_reports(options.package, system, set(files)) if report.files]
        bm25 = _Bm25(files)
        with connect(options.database, autocommit=True) as connection:
            ways: dict[str, Callable[[str], list[str]]] = {"BM25, whole files": bm25.best}
            for mode in ("lexical", "hybrid") if options.vectors else ("lexical",):
                ways[f"search, {mode}"] = _searching(connection, system, mode)
            for asked in ("title", "text"):
                for way, best in ways.items():
                    found = [_measures(best(getattr(report, asked)), report.files) for report in reports]
                    means = " | ".join(f"{value:.3f}" for value in np.mean(found, axis=0))
                    print(f"| {system} | {len(reports)} | {asked} | {way} | {means} |", flush=True)
    return 0


def lay_out(package: Path, system: str, folder: Path) -> dict[str, str]:
    """Write the snapshot below a folder under the paths that its index names; contents by path."""
    mapping = (package / "Lucene-Index2File-Mapping" / f"{system}.ckeys").read_text(
        encoding="utf-8", errors="replace"
    )
    files = {}
    for line in mapping.splitlines():
        number, _, where = line.partition(":")
        _, found, path = where.replace("\\", "/").partition(f"/ssystems/{system}/")
        source = package / "Corpus" / system / f"{number}.java"
        if not found or not source.exists():
            continue
        files[path] = source.read_text(encoding="utf-8", errors="replace")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.write_text(files[path], encoding="utf-8")
    return files


def read_reports(package: Path, system: str, files: set[str]) -> list[Report]:
    """All reports, in the order of their numbers; a report has those of its changed files that are in ``files``."""
    return [
        Report(
            name.stem,
            (package / "BR-Raw" / system / name.name).read_text(encoding="utf-8", errors="replace"),
            frozenset(name.read_text(encoding="utf-8", errors="replace").split()) & files,
        )
        for name in sorted((package / "Goldset" / system).glob("*.txt"), key=lambda path: path.stem)
        if (package / "BR-Raw" / system / name.name).exists()
    ]


def _searching(connection: psycopg.Connection[Any], system: str, mode: str) -> Callable[[str], list[str]]:
    row = connection.execute("select codesearch.setting_number('query.max_length')::int").fetchone()
    assert row is not None
    longest = row[0]

    def best(text: str) -> list[str]:
        if not text.strip():
            return []
        clean = text.replace("\x00", " ")
        return [path for (path,) in connection.execute(_SEARCH, (clean[:longest], system, mode)).fetchall()]

    return best


class _Bm25:
    """Okapi BM25 (Robertson et al. 1994) of whole files."""

    def __init__(self, files: dict[str, str], k1: float = 1.2, b: float = 0.75) -> None:
        self.paths = list(files)
        counts = [Counter(_words(text)) for text in files.values()]
        lengths = np.array([sum(count.values()) for count in counts], dtype=float)
        held: dict[str, list[tuple[int, int]]] = {}
        for number, count in enumerate(counts):
            for word, times in count.items():
                held.setdefault(word, []).append((number, times))
        norm = k1 * (1 - b + b * lengths / lengths.mean())
        self.postings = {}
        for word, rows in held.items():
            numbers, often = np.array(rows).T
            idf = np.log(1 + (len(files) - len(rows) + 0.5) / (len(rows) + 0.5))
            self.postings[word] = (numbers, idf * often * (k1 + 1) / (often + norm[numbers]))

    def best(self, text: str) -> list[str]:
        scores = np.zeros(len(self.paths))
        for word in set(_words(text)):
            if word in self.postings:
                numbers, impacts = self.postings[word]
                scores[numbers] += impacts
        return [self.paths[number] for number in np.argsort(-scores, kind="stable")[:K] if scores[number] > 0]


def _words(text: str) -> list[str]:
    names = re.findall(r"[A-Za-z][A-Za-z0-9_]*", text)
    parts = [part for name in names for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    return [word.lower() for word in (*names, *parts)]


def _measures(found: Sequence[str], files: frozenset[str]) -> tuple[float, ...]:
    ranks = [place for place, path in enumerate(found, 1) if path in files]
    first = ranks[0] if ranks else np.inf
    precisions = [(n + 1) / rank for n, rank in enumerate(ranks)]
    return (first <= 1, first <= 5, first <= K, 1 / first, sum(precisions) / min(len(files), K))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path, help="the unpacked replication package")
    parser.add_argument("--system", action="append", choices=SYSTEMS, help="default: all six")
    parser.add_argument("--database", help="URL; default: an embedded server in --work")
    parser.add_argument("--work", type=Path, default=ROOT / "quality-results" / "bug-reports")
    parser.add_argument("--vectors", action="store_true", help="embed too, and ask in mode hybrid as well")
    parser.add_argument(
        "--no-index", dest="index", action="store_false", help="everything is indexed already"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
