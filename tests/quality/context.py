"""What the caller's context is worth: searches made from git histories, asked with it and without.

    python tests/quality/context.py FOLDER...          index, ask, print; each folder is a repository with its history
    python tests/quality/context.py FOLDER... --fit    fit the weights of the context's features too, and print them

``histories.py`` says what a case is. Fitting holds every other weight as it is, and each half of the repositories is
asked with the weights that the other half gave. Answers are files: ``per_file => 1``, asked through
``codesearch.search``. The database is --database, else an embedded server of its own in --work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from context_fit import Asked, fit_context
from histories import Case, cases_of, unpack_code
from psycopg.types.json import Jsonb

from pgcodesearch.database import connect
from pgcodesearch.home import HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
# What of a context is passed, from nothing to all.
PARTS = {
    "without": (),
    "current file": ("current_file",),
    "files": ("current_file", "recent_files"),
    "files, queries": ("current_file", "recent_files", "recent_queries"),
    "everything": ("current_file", "recent_files", "recent_queries", "task"),
}


def main() -> int:
    options = _options()
    os.environ.setdefault(HOME_VARIABLE, str(options.work / "home"))
    cases = []
    _command(options, "init")
    for history in options.histories:
        name = history.parent.name.rpartition("+")[2] if history.name == "repo" else history.name
        base, own = cases_of(history, name, options.most)
        tree = options.work / "trees" / name
        if not tree.exists():
            unpack_code(history, base, tree)
        if options.index:
            _command(options, "index", str(tree), "--repository", name, "--jobs", "1")
        cases += own
    with connect(options.database, autocommit=True) as connection:
        names = connection.execute("select codesearch.feature_names()").fetchone()[0]
        own = connection.execute("select codesearch.context_weights()").fetchone()[0]
        if options.fit:
            asked = [_asked(connection, case, names, list(own), _mode(case, options.words)) for case in cases]
            weights = {half: fit_context([a for a in asked if _half(a.case) != half], list(own), options.held)
                       for half in (0, 1)}  # fmt: skip
            print(json.dumps(fit_context(asked, list(own), options.held)))
            print(json.dumps(weights))
        else:
            weights = {half: {} for half in (0, 1)}
        _report(connection, cases, weights, options.words)
    return 0


def _report(
    connection: psycopg.Connection[Any],
    cases: Sequence[Case],
    weights: Mapping[int, Any],
    words: Sequence[str],
) -> None:
    print("| | cases | P@1 | P@5 | MRR@10 |\n|---|---|---|---|---|")
    for name, keys in PARTS.items():
        places = []
        for half in (0, 1):
            with connection.transaction(force_rollback=True):
                if weights[half]:
                    connection.execute(
                        "select codesearch.change_setting('ranking.weights', %s)", [Jsonb(weights[half])]
                    )
                for case in cases:
                    if _half(case) == half:
                        places.append((case, _place(connection, case, keys, _mode(case, words))))
        for group in ("all", "next", "within"):
            found = [place for case, place in places if group in ("all", case.kind)]
            print(f"| {name}, {group} | {len(found)} | {_share(found, 1):.3f} | {_share(found, 5):.3f} | "
                  f"{np.mean([1 / place if place else 0 for place in found]):.3f} |", flush=True)  # fmt: skip


def _share(places: Sequence[int], most: int) -> float:
    return float(np.mean([0 < place <= most for place in places]))


def _place(connection: psycopg.Connection[Any], case: Case, keys: Sequence[str], mode: str) -> int:
    """Where the first answer stands among ten files, 0 where it does not."""
    context = {key: case.context[key] for key in keys if key in case.context}
    rows = connection.execute(
        "select path from codesearch.search(%s, 10, %s, context => %s, per_file => 1, mode => %s, log => false)"
        " order by rank",
        [case.query, case.repository, Jsonb(context) if context else None, mode],
    ).fetchall()
    return next((number for number, (path,) in enumerate(rows, 1) if path in case.answers), 0)


def _asked(
    connection: psycopg.Connection[Any], case: Case, names: Sequence[str], own: Sequence[str], mode: str
) -> Asked:
    """The candidates with what they score without a context, and the features of the context."""
    rows = connection.execute(
        "select legs, query_class, path, features from codesearch.query_features(%s, %s, %s, context => %s)",
        [case.query, case.repository, mode, Jsonb(case.context)],
    ).fetchall()
    if not rows:
        return Asked(case, np.zeros(0), np.zeros((0, len(own))), [])
    weights = connection.execute(
        "select codesearch.ranker_weights(null) #> array[%s, %s]", [rows[0][0], rows[0][1]]
    ).fetchone()[0]
    features = np.array([row[3] for row in rows])
    context = [names.index(name) for name in own]
    others = [number for number in range(len(names)) if number not in context]
    score = features[:, others] @ np.array([weights.get(names[number], 0.0) for number in others])
    return Asked(case, score, features[:, context], [row[2] for row in rows])


def _mode(case: Case, words: Sequence[str]) -> str:
    return "lexical" if case.repository in words else "hybrid"


def _half(case: Case) -> int:
    return _HALVES.setdefault(case.repository, len(_HALVES) % 2)


_HALVES: dict[str, int] = {}


def _command(options: argparse.Namespace, *arguments: str) -> None:
    database = ["--database", options.database] if options.database else []
    command = [sys.executable, "-m", "pgcodesearch", *database, *arguments]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("histories", nargs="+", type=Path, help="folders of git repositories")
    parser.add_argument("--most", type=int, default=40, help="cases of each kind a repository")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--held", type=float, default=0.005, help="holds the weights near zero")
    parser.add_argument("--no-index", dest="index", action="store_false")
    parser.add_argument("--words", nargs="*", default=[], help="repositories that are asked by words alone")
    parser.add_argument("--database")
    parser.add_argument("--work", type=Path, default=ROOT / "quality-results" / "context")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
