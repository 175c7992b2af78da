"""Questions that take two steps, with codesearch.search_hops and with codesearch.search alone.

    pgcodesearch index PACKAGES/paramiko-3.5.1 --repository paramiko     and mocha, and hyper
    python tests/quality/hops.py --database URL [--use tune | held] [--misses]

``two_steps.jsonl`` has 60 questions over paramiko 3.5.1 (Python), mocha 10.8.2 (JavaScript) and hyper 0.14.19 (Rust),
20 each, written by reading the code before anything was tried on them. The answer is a place that the question does not
name, reached from another (``via``); no word of the answer's name is in the question. 20 are for tuning, 40 held out.
Each is asked twice: in words alone, where the place to begin at has to be found from a description of it, and with that
place named before the question ('in Runner.hook, …'). A result counts where it shares half of the lines of the shorter.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean, median
from typing import Any

import psycopg

from pgcodesearch.database import connect

QUESTIONS = Path(__file__).with_name("two_steps.jsonl")
WAYS = {
    "search": "select path, start_line, end_line from codesearch.search(%s, 10, %s, log => false) order by rank",
    "hops": "select path, start_line, end_line from codesearch.search_hops(%s, 2, 10, %s, log => false) order by rank",
}


def main() -> None:
    options = _options()
    places: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    times: dict[str, list[float]] = defaultdict(list)
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [
        question for question in map(json.loads, lines) if options.use in (None, question["category"])
    ]
    with connect(options.database, autocommit=True) as connection:
        for question in questions:
            for form, asked in (("words", ""), ("named", f"in {question['via']}, ")):
                for way, statement in WAYS.items():
                    place, took = _asked(connection, statement, asked + question["query"], question)
                    times[way].append(took)
                    if options.misses and way == "hops" and not 0 < place <= 5:
                        print(question["id"], form, place, question["relevant"][0]["symbol"])
                    for group in (question["package"], question["category"], "all"):
                        places[form, group, way, "places"].append(place)
    print("| question | | search: success@5 | hops: success@1 | @5 | @10 |\n|---|---|---|---|---|---|")
    for form, group in dict.fromkeys(key[:2] for key in places):
        alone, hops = (places[form, group, way, "places"] for way in WAYS)
        figures = [_share(alone, 5), *(_share(hops, most) for most in (1, 5, 10))]
        print(f"| {form} | {group}, {len(hops)} |", " | ".join(f"{figure:.3f}" for figure in figures), "|")
    print(", ".join(f"{way}: p50 {median(taken):.0f} ms" for way, taken in times.items()))


def _asked(
    connection: psycopg.Connection[Any], statement: str, query: str, question: dict[str, Any]
) -> tuple[int, float]:
    """Where the first answer stands among ten, 0 where it does not; and milliseconds."""
    begun = time.perf_counter()
    rows = connection.execute(statement, (query, question["package"])).fetchall()
    took = (time.perf_counter() - begun) * 1000
    found = (number for number, row in enumerate(rows, 1) if _is_answer(row, question["relevant"]))
    return next(found, 0), took


def _is_answer(row: tuple[str, int, int], relevant: list[dict[str, Any]]) -> bool:
    path, start, end = row
    for answer in relevant:
        shared = min(end, answer["end_line"]) - max(start, answer["start_line"]) + 1
        shorter = min(end - start, answer["end_line"] - answer["start_line"]) + 1
        if path == answer["path"] and 2 * shared >= shorter:
            return True
    return False


def _share(places: list[int], most: int) -> float:
    return mean(0 < place <= most for place in places)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", required=True)
    parser.add_argument("--use", choices=("tune", "held"))
    parser.add_argument("--misses", action="store_true", help="name the questions without an answer in five")
    return parser.parse_args()


if __name__ == "__main__":
    main()
