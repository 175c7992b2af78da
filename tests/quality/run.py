"""Measure search quality on judged queries, through ``codesearch.search``.

    make quality                                      index, ask, print tables
    python tests/quality/run.py --ablation            and turn every setting off, one at a time
    python tests/quality/run.py --models base=FOLDER  BM25, vectors and search, with this model beside the active one
    python tests/quality/run.py --data FOLDER --packages FOLDER --only dev

The data folder is --data or PGCODESEARCH_EVAL_DATA, else ../shared/eval beside the checkout; without one there is
nothing to measure and the script ends with 0. The database is --database, else an embedded server of its own in --work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ablation import ablate
from datasets import SETS, JudgedSet, cosqa_set, dev_set, docstring_set, judged_sets, public_set
from legs import add_models, legs_table
from rich.console import Console

from pgcodesearch.database import connect
from pgcodesearch.embedding.stored import load_named, query_embedder
from pgcodesearch.evaluating import EvaluationOptions, evaluate, report, store
from pgcodesearch.home import HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "eval"


def main() -> int:
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault(HOME_VARIABLE, str(options.work / "home"))
    makers: dict[str, Callable[[], JudgedSet | None]] = {
        "dev": lambda: dev_set(options.data, options.packages),
        "cosqa": lambda: cosqa_set(options.data, options.work),
        "docstring": lambda: docstring_set(options.work),
    }
    makers["public"] = lambda: public_set(options.data, options.work)
    for number, name in enumerate(("judged", "judged-files")):
        makers[name] = lambda number=number: (judged_sets(options.data, options.packages) or [None, None])[
            number
        ]  # type: ignore[misc]
    sets = [judged for name in options.only if (judged := makers[name]()) is not None]
    if not sets:
        print(f"no judged queries in {options.data}: skipped (name their folder with --data)")
        return 0
    _command(options, "init")
    stored = options.results / "last.json"
    last = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    now = {judged.name: measure(judged, options) for judged in sets}
    print(changes(last, now))
    _write(options.results, stored.name, json.dumps(last | now, indent=1))
    return 0


def changes(last: dict[str, Any], now: dict[str, Any]) -> str:
    """Markdown: NDCG@10 and MRR@10 of each set, category and language, beside those of the last stored run."""
    rows = ["| | NDCG@10 | before | MRR@10 | before |", "|---|---|---|---|---|"]
    for name, groups in now.items():
        for group, metrics in groups.items():
            before = last.get(name, {}).get(group, {})
            cells = [f"{metrics[key]:.3f} | {before[key]:.3f}" if key in before else f"{metrics[key]:.3f} |"
                     for key in ("ndcg", "mrr")]  # fmt: skip
            rows.append(f"| {name}{'' if group == 'all' else f', {group}'} | {' | '.join(cells)} |")
    return "\n".join(rows)


def measure(judged: JudgedSet, options: argparse.Namespace) -> dict[str, Any]:
    """Index the set's repositories, ask its queries, print and store what came back; the means by group."""
    console = Console()
    if options.index:
        for name, folder in judged.repositories.items():
            print(f"index {name}", file=sys.stderr, flush=True)
            _command(options, "index", str(folder), "--repository", name, "--json")
    with connect(options.database, autocommit=True) as connection:
        store.save_queries(connection, judged.name, judged.queries, replace=True)
        embedder = load_named(connection) if options.encoder == "model" else query_embedder(connection)
        asked = EvaluationOptions(note=options.note)
        run = store.load_run(connection, evaluate(connection, judged.name, embedder, asked).run_id)
        console.print(report.tables(run), highlight=False)
        _write(
            options.results,
            f"{judged.name}-run.jsonl",
            "".join(f"{line}\n" for line in report.run_lines(run)),
        )
        _write(options.results, f"{judged.name}.json", json.dumps(report.as_json(run), indent=1, default=str))
        if options.ablation:
            table = ablate(
                connection,
                judged.name,
                embedder,
                asked,
                lambda label: print(label, file=sys.stderr, flush=True),
            )
            print(f"\nAblation, {judged.name}:\n\n{table}\n")
            _write(options.results, f"{judged.name}-ablation.md", table + "\n")
        if options.models is not None:
            models = add_models(connection, options.database, options.models)
            table = legs_table(connection, judged.name, models, asked)
            print(f"\nLegs, {judged.name}:\n\n{table}\n")
            _write(options.results, f"{judged.name}-legs.md", table + "\n")
    groups = {"all": run["metrics"]["all"]}
    groups |= {
        name: own for key in ("category", "language") for name, own in run["metrics"].get(key, {}).items()
    }
    return {
        name: {key: own[key] for key in ("ndcg", "mrr")}
        for name, own in groups.items()
        if own.get("ndcg") is not None
    }


def _command(options: argparse.Namespace, *arguments: str) -> None:
    url: list[Any] = ["--database", options.database] if options.database else []
    subprocess.run(
        [sys.executable, "-m", "pgcodesearch", *url, *arguments], check=True, stdout=subprocess.DEVNULL
    )


def _write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    environment = os.environ.get
    parser.add_argument(
        "--data", type=Path, default=Path(environment("PGCODESEARCH_EVAL_DATA", DEFAULT_DATA))
    )
    parser.add_argument(
        "--work", type=Path, default=ROOT / "quality-results" / "work", help="folder for copies"
    )
    parser.add_argument(
        "--packages", type=Path, help="folder of the unpacked packages; default: inside --work"
    )
    parser.add_argument("--results", type=Path, default=ROOT / "quality-results")
    parser.add_argument("--database", help="URL; default: an embedded server in --work")
    parser.add_argument(
        "--only", action="append", choices=SETS, help="one of the sets; default: all but docstring"
    )
    parser.add_argument(
        "--models",
        nargs="*",
        metavar="NAME=FOLDER",
        help="each leg by itself, with these models beside the active one",
    )
    parser.add_argument(
        "--encoder", choices=["model"], help="what embeds the queries; default: what a search uses"
    )
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument(
        "--no-index", dest="index", action="store_false", help="everything is indexed already"
    )
    parser.add_argument("--note", help="kept with the runs")
    options = parser.parse_args()
    packages = options.packages or environment("PGCODESEARCH_EVAL_PACKAGES") or options.work / "packages"
    options.packages = Path(packages)
    options.only = options.only or [name for name in SETS if name != "docstring"]
    return options


if __name__ == "__main__":
    sys.exit(main())
