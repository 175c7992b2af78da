"""A month of use in three rounds of a thousand searches, and what the model learned from it: ``make bench-month``.

Users with hidden intents search real packages through codesearch.search and leave noisy feedback through
record_feedback. After each thousand searches `run_round`, which `pgcodesearch train --from-feedback` calls too, turns
the log into triplets, fine-tunes the active model, averages, exports, registers and backfills it, and the gate decides
by judged queries. Held-out queries, in wordings that nobody typed and the gate does not know, measure the active model
before and after. Two more arms must teach nothing: clicks drawn by rank alone, and the users' own log with its queries
shuffled.

Options: --queries N a round, --rounds N, --arms use,random,shuffled, --steps N, --seed N, --results FOLDER.
Needs the extras dev, train and bench. About an hour on a core that others use too. Arms may run in processes of their
own: those of the same settings end up in one report.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.month.report import write_report
from benchmarks.month.users import Behaviour, asked_intents, shuffle_queries, use
from benchmarks.month.world import GATE, HELD_OUT, PACKAGES, World, make_world
from pgcodesearch.embedding import DEFAULT_MODEL
from pgcodesearch.embedding.stored import load_named
from pgcodesearch.evaluating.comparing import paired_difference
from pgcodesearch.evaluating.runner import EvaluationOptions, evaluate
from pgcodesearch.evaluating.store import active_model
from pgcodesearch.searching import Client
from pgcodesearch.training.round import run_round
from pgcodesearch.training.round_config import RoundConfig
from support.databases import Database

ARMS = ("use", "random", "shuffled")
# What fits one core: the lowest layers and the embeddings stay; of a code, path, name, signature and first lines count.
TRAINING = {
    "batch_size": 32, "learning_rate": 5e-5, "frozen_layers": 2, "code_tokens": 64, "query_tokens": 32, "negatives": 1,
}  # fmt: skip


def main() -> None:
    """Run the arms one after the other; writes what is known after each round."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=int, default=1000, help="searches of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--steps", type=int, default=80, help="optimiser steps of a round")
    parser.add_argument("--population", type=int, default=120, help="intents that users have")
    parser.add_argument("--new", type=int, default=60, help="intents that nobody has before the end")
    parser.add_argument("--judged", type=int, default=300, help="queries of the gate, and as many held out")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path("tests/benchmarks/.cache"))
    parser.add_argument("--results", type=Path, default=Path("tests/benchmarks/results"))
    given = parser.parse_args()
    with make_world(given.cache, given.population, given.new, given.judged, given.seed) as world:
        of_this_run = ("arms", "cache", "results", "threads")
        settings = {key: value for key, value in vars(given).items() if key not in of_this_run}
        result: dict[str, Any] = {
            "settings": settings | {"training": TRAINING, "model": DEFAULT_MODEL},
            "packages": list(PACKAGES), "chunks": world.chunks,
            "intents": len(world.intents), "new_intents": len(world.new), "arms": {},
        }  # fmt: skip
        for arm in given.arms.split(","):
            rounds = result["arms"].setdefault(arm, [])
            for found in run_arm(world, arm, given):
                rounds.append(found)
                given.results.mkdir(parents=True, exist_ok=True)
                write_report(given.results, result)
                print(json.dumps({arm: {key: found[key] for key in found if key != "rows"}}), flush=True)


def run_arm(world: World, arm: str, given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The state before the month, then after each round."""
    database = world.copy(f"month_{arm}")
    draw, seen = random.Random(f"{given.seed} {arm}"), Behaviour()
    before = measure(database)
    yield {"round": 0, "model": before["model"], "mrr": before["mrr"], "rows": before["rows"]}
    for number in range(1, given.rounds + 1):
        started = time.monotonic()
        with Client(database.url) as client:
            use(client, asked_intents(world.intents, given.queries, draw), draw, seen, sense=arm != "random")
        if arm == "shuffled":
            with database.connect() as connection:
                shuffle_queries(connection, draw)
        asked = time.monotonic() - started
        with tempfile.TemporaryDirectory() as work:
            training = TRAINING | {
                "max_steps": given.steps,
                "validate_every": given.steps // 2,
                "threads": given.threads,
            }
            config = RoundConfig(
                query_set=GATE,
                force=True,
                validation=0.2,
                work=Path(work),
                training=training,
                seed=given.seed + number,
            )
            outcome = run_round(database.url, config, partial(_say, arm, number))
        after = measure(database)
        yield {
            "round": number, "outcome": outcome.outcome, "reason": outcome.reason, "model": after["model"],
            "mrr": after["mrr"], "gain": gains(before, after, seen),
            "behaviour": seen.counts(), "numbers": outcome.numbers,
            "rows": after["rows"], "search_seconds": round(asked, 1), "seconds": round(time.monotonic() - started, 1),
        }  # fmt: skip


def _say(arm: str, number: int, line: str) -> None:
    print(f"  {arm} {number}: {line}", flush=True)


def measure(database: Database) -> dict[str, Any]:
    """MRR@10 of the active model on the held-out queries, through codesearch.search; by query too."""
    with database.connect() as connection:
        run = evaluate(connection, HELD_OUT, load_named(connection), EvaluationOptions())
        rows = {row["id"]: round(row["metrics"]["mrr"], 4) for row in run.rows}
        new = {row["id"] for row in run.rows if row["category"] == "new"}
        model = active_model(connection)
    return {"model": model, "rows": rows, "new": new, "mrr": round(sum(rows.values()) / len(rows), 4)}


def gains(before: dict[str, Any], after: dict[str, Any], seen: Behaviour) -> dict[str, Any]:
    """The difference of MRR@10 with its interval: of all queries, and by what the log knows of their intent.

    found: somebody took the right result for an answer; not found: asked, in vain so far; new: nobody asked.
    """
    groups: dict[str, list[str]] = {"all": list(before["rows"]), "found": [], "not found": [], "new": []}
    for key in before["rows"]:
        known = "found" if key.split(" ")[0] in seen.found else "not found"
        groups["new" if key in before["new"] else known].append(key)
    told = {}
    for name, keys in groups.items():
        old, new = ([state["rows"][key] for key in keys] for state in (before, after))
        if keys:
            told[name] = asdict(paired_difference(old, new)) | {"before": round(sum(old) / len(old), 4)}
    return told


if __name__ == "__main__":
    main()
