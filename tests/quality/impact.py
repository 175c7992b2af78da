"""What has to change too? codesearch.impact beside search, on commits of git histories.

    python tests/quality/impact.py FOLDER...      index, ask, print; each folder is a repository with its history

``histories.py`` says what a case is: the files of a commit from its message and one of its files. The repository and
its history are indexed once, as they stood before the first of the commits. An answer is ten files, without the one
that is given; recall is the share of the commit's other files among them. The database is --database, else an embedded
server of its own in --work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from histories import Case, changes_of

from pgcodesearch.database import connect
from pgcodesearch.home import HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
_SEARCH = "select path from codesearch.search(%(query)s, 11, %(repository)s, per_file => 1, log => false"
_IMPACT = "select path from codesearch.impact(%(file)s, 11, %(repository)s, per_file => 1"
WAYS = {
    "search with the message": _SEARCH + ") order by rank",
    "search, the file as context": _SEARCH + ", context => %(context)s) order by rank",
    "changed_together": "select path from codesearch.changed_together(%(file)s, %(repository)s, 10)",
    "impact of the file": _IMPACT + ") order by rank",
    "impact of the file, with the message": _IMPACT + ", task => %(query)s) order by rank",
}


def main() -> int:
    options = _options()
    os.environ.setdefault(HOME_VARIABLE, str(options.work / "home"))
    cases: list[Case] = []
    for history in options.histories:
        name = history.parent.name.rpartition("+")[2] if history.name == "repo" else history.name
        base, own = changes_of(history, name, options.most)
        if options.index:
            _index(options, history, base, name)
        cases += own
    with connect(options.database, autocommit=True) as connection:
        rows = connection.execute("select repository, path from codesearch.repository_file").fetchall()
        cases = [case for case in (_indexed(case, set(rows)) for case in cases) if case]
        _report(connection, cases)
    return 0


def _indexed(case: Case, files: set[tuple[str, str]]) -> Case | None:
    """The case with what is indexed of its answers, if the given file is."""
    answers = tuple(path for path in case.answers if (case.repository, path) in files)
    given = (case.repository, case.context["current_file"]) in files
    return Case(case.repository, case.kind, case.query, case.context, answers) if given and answers else None


def _report(connection: psycopg.Connection[Any], cases: Sequence[Case]) -> None:
    names = list(dict.fromkeys(case.repository for case in cases))
    print("| recall@10 | all | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 2) + "|")
    counts = [str(sum(case.repository == name for case in cases)) for name in names]
    print(f"| commits | {len(cases)} | " + " | ".join(counts) + " |")
    for way, statement in WAYS.items():
        recalls = [_recall(connection, case, statement) for case in cases]
        shares = [
            np.mean([recall for case, recall in zip(cases, recalls, strict=True) if case.repository == name])
            for name in names
        ]
        print(
            f"| {way} | " + " | ".join(f"{share:.3f}" for share in [np.mean(recalls), *shares]) + " |",
            flush=True,
        )


def _recall(connection: psycopg.Connection[Any], case: Case, statement: str) -> float:
    rows = connection.execute(
        statement,
        {
            "query": case.query[:500],
            "repository": case.repository,
            "file": case.context["current_file"],
            "context": json.dumps(case.context),
        },
    ).fetchall()
    shown = [path for (path,) in rows if path != case.context["current_file"]][:10]
    return len(set(shown) & set(case.answers)) / len(case.answers)


def _index(options: argparse.Namespace, history: Path, base: str, name: str) -> None:
    tree = options.work / "trees" / name
    if not tree.exists():
        clone = ["git", "clone", "-q", "--shared", "--no-checkout", str(history), str(tree)]
        subprocess.run(clone, check=True)
        subprocess.run(["git", "-C", str(tree), "checkout", "-q", "-B", "main", base], check=True)
    _command(options, "init")
    _command(options, "index", str(tree), "--repository", name, "--jobs", "1")


def _command(options: argparse.Namespace, *arguments: str) -> None:
    database = ["--database", options.database] if options.database else []
    command = [sys.executable, "-m", "pgcodesearch", *database, *arguments]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("histories", nargs="+", type=Path, help="folders of git repositories")
    parser.add_argument("--most", type=int, default=120, help="commits of a repository")
    parser.add_argument("--no-index", dest="index", action="store_false")
    parser.add_argument("--database")
    parser.add_argument("--work", type=Path, default=ROOT / "quality-results" / "impact")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
