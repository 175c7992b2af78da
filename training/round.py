"""One round of learning from use: feedback → training → proof → vectors beside the live ones → gate → switch.

``pgcodesearch train --from-feedback`` calls :func:`run_round`. Each step leaves what the next one needs in the round's
folder or in the database, so a round that was killed goes on when it is called again with the same settings.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable
from typing import Any

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.errors import CannotConnect, CodeSearchError, ModelNotReady
from pgcodesearch.database.schema import check_compatible
from pgcodesearch.embedding.stored import load_named
from pgcodesearch.evaluating import comparing, store
from pgcodesearch.evaluating.runner import EvaluationOptions, evaluate
from pgcodesearch.evaluating.scale import take_over_settings
from pgcodesearch.model_versions import filling, registry
from pgcodesearch.training import feedback, runs
from pgcodesearch.training import round_steps as steps
from pgcodesearch.training.metrics import JsonLinesSink, PostgresSink, to_all
from pgcodesearch.training.round_config import HELD_OUT_SET, RoundConfig, RoundResult
from pgcodesearch.training.train import train
from pgcodesearch.training.weights import check_trainable

Connection = psycopg.Connection[Any]
Say = Callable[[str], None]

_LEAST_TRIPLETS = 20
_LEAST_VALIDATION = 5
_CALIBRATION_QUERIES = 200
_DEFAULT = RoundConfig()


def run_round(
    database: str | None = None, config: RoundConfig = _DEFAULT, say: Say = lambda text: None
) -> RoundResult:
    """Do a whole round, or go on with a killed one. ``say`` gets a line for each step.

    Raises CodeSearchError and what training raises; the run's row then says ``failed`` and why. The row of a round that
    was killed, interrupted or lost its server stays ``running``, and the next call goes on with it.
    """

    def open_connection() -> Connection:
        return connect(database, autocommit=True)

    with runs.only_round(open_connection) as mine:
        if not mine:
            return RoundResult("busy", "another round is running on this database")
        with open_connection() as connection:
            check_compatible(connection)
            base_model = _base_name(connection, config)
            found = _read_feedback(connection, config)
            refusal = _refusal(connection, config, found)
            if refusal or config.dry_run:
                return refusal or _dry_run(base_model, found)
            work = runs.work_folder(connection, config.work)
            run = runs.begin(connection, base_model, config.described(), work)
            say(f"run {run.run_id}: {'goes on' if run.resumed else 'begins'} in {run.folder}")
        try:
            result = _steps(open_connection, database, config, base_model, run, found, say)
        except (psycopg.OperationalError, CannotConnect):
            raise  # the server is away, and nothing is wrong with the round: the next call goes on
        except Exception as error:
            with contextlib.suppress(psycopg.Error), open_connection() as connection:
                runs.finish(connection, run.run_id, "failed", str(error) or type(error).__name__)
                shutil.rmtree(run.folder, ignore_errors=True)
            raise
        shutil.rmtree(run.folder, ignore_errors=True)
        return result


def _steps(
    open_connection: Callable[[], Connection], database: str | None, config: RoundConfig, base_model: str,
    run: runs.Run, found: feedback.Feedback, say: Say,
) -> RoundResult:  # fmt: skip
    # 1. The weights to start from, and the data: frozen in the folder, so that a killed round sees the same.
    with open_connection() as connection:
        runs.note(connection, run.run_id, "data")
        for name in runs.refused_candidates(connection):
            registry.change_model(connection, "drop", name)
        facts = steps.write_base(connection, config, base_model, run.folder / "base")
        data = steps.write_data(connection, config, facts, found, run.folder)
        query_set = config.query_set or HELD_OUT_SET
        runs.note(connection, run.run_id, "train", dataset=data)
    say(f"{data['train']} triplets, {data['replay']} older pairs, {data['validation']} to validate")

    # 2. Training, with metrics into the database; then the best point between base and result.
    settings = steps.settings(config, facts, run.folder, data)
    sink = PostgresSink(open_connection, run.run_id)
    try:
        trained = train(settings, to_all(JsonLinesSink(run.folder / "train" / "metrics.jsonl"), sink))
    finally:
        sink.close()
    trained |= steps.average_best(config, settings, run.folder, trained)
    say(f"validation MRR@10 {trained['base_mrr']:.4f} → {trained['averaged_mrr']:.4f}")
    if trained["averaged_mrr"] <= trained["base_mrr"]:
        reason = "training did not better the validation queries: MRR@10 {base_mrr:.4f}, at best {averaged_mrr:.4f}"
        reason = reason.format(**trained)
        return _end(open_connection, run, config, "refused", reason, None, base_model, data | trained)

    # 3. Export, proven against PyTorch, and a model version of its own.
    name = config.name or steps.successor(base_model, run.run_id)
    with open_connection() as connection:
        runs.note(connection, run.run_id, "export", candidate=name, result=trained)
    proof = steps.export_model(run, name, facts, settings, data, trained)
    say(f"exported {name}: fp32 differs by {proof['fp32_difference']:.1e}, weights {proof['weights']}")
    with open_connection() as connection:
        runs.note(connection, run.run_id, "register", result={"proof": proof})
        steps.register(connection, run, name, None if config.base else base_model, data, trained, proof)
        runs.note(connection, run.run_id, "backfill")

    # 4. Its vectors, beside the live ones.
    filled = filling.backfill(database, name, scaled=False)
    say(f"vectors filled: coverage {filled.coverage:.3f}, {filled.failed_files} files failed")

    # 5. Both are asked the judged queries through codesearch.search; promote or refuse, with the reason kept.
    with open_connection() as connection:
        runs.note(connection, run.run_id, "gate")
        baseline = store.active_model(connection)
        assert baseline is not None
        queries = sorted({pair.query for pair in found.train})[:_CALIBRATION_QUERIES]
        trained["settings"] = take_over_settings(connection, baseline, name, queries)
        comparison = comparing.compare(connection, baseline, name, query_set)
        verdict = comparing.gate(connection, comparison, config.gate)
    say(f"gate: {'promote' if verdict.promote else 'refuse'}: {verdict.reason}")
    numbers = data | trained | {"proof": proof, "comparison_id": comparison.comparison_id, "gate": {
        name: dataclasses.asdict(difference) for name, difference in comparison.differences.items()}}  # fmt: skip
    if not verdict.promote:
        return _end(open_connection, run, config, "refused", verdict.reason, name, base_model, numbers)
    outcome, reason = _activate(open_connection, config, run, name, verdict.reason)
    return _end(open_connection, run, config, outcome, reason, name, base_model, numbers)


def _base_name(connection: Connection, config: RoundConfig) -> str:
    if config.base is not None:
        return str(config.base)
    active = store.active_model(connection)
    if active is None:
        raise CodeSearchError("no model version is active", hint="add one with: pgcodesearch models add PATH")
    check_trainable(connection, active)
    return active


def _read_feedback(connection: Connection, config: RoundConfig) -> feedback.Feedback:
    """Feedback in its parts; held-out queries become the judged set, unless the round was given one."""
    judged: set[str] = set()
    if config.query_set:
        judged = {feedback.normalised(q.query) for q in store.load_queries(connection, config.query_set)}
    found = feedback.read_feedback(connection, config.held_out, config.validation, config.seed, judged)
    if not config.query_set and found.judged and not config.dry_run:
        store.save_queries(connection, HELD_OUT_SET, found.judged, replace=True)
    return found


def _refusal(connection: Connection, config: RoundConfig, found: feedback.Feedback) -> RoundResult | None:
    """Why no round makes sense now, with the numbers; None where one does."""
    if len(found.train) < _LEAST_TRIPLETS or len(found.validation) < _LEAST_VALIDATION:
        reason = (
            f"{len(found.train)} triplets to train on and {len(found.validation)} to validate are too few,"
            f" at least {_LEAST_TRIPLETS} and {_LEAST_VALIDATION} are needed"
        )
        return RoundResult("skipped", reason, numbers=found.counts())
    if not config.query_set and not found.judged:
        return RoundResult(
            "skipped", "no held-out query has a used result in the index", numbers=found.counts()
        )
    if config.force or config.dry_run:
        return None
    advice = registry.training_advice(connection, config.min_triplets)
    if advice["answer"] == "measure":
        _measure(connection, config.query_set or HELD_OUT_SET)
        advice = registry.training_advice(connection, config.min_triplets)
    if advice["answer"] in ("try", "train"):
        return None
    return RoundResult("skipped", advice["reason"], numbers=advice["numbers"] | found.counts())


def _measure(connection: Connection, query_set: str) -> None:
    """Ask the active model the judged queries, for the advice."""
    evaluate(connection, query_set, load_named(connection), EvaluationOptions(note="before training"))


def _dry_run(base_model: str, found: feedback.Feedback) -> RoundResult:
    return RoundResult("dry run", "nothing was trained", base_model=base_model, numbers=found.counts())


def _activate(
    open_connection: Callable[[], Connection], config: RoundConfig, run: runs.Run, name: str, reason: str
) -> tuple[str, str]:
    if not config.activate:
        return "promoted", reason
    try:
        with open_connection() as connection:
            registry.activate(connection, name, f"training run {run.run_id}: {reason}")
    except ModelNotReady as error:
        return "promoted", f"passed the gate, but is not ready: {error.detail}; {reason}"
    return "activated", reason


def _end(
    open_connection: Callable[[], Connection], run: runs.Run, config: RoundConfig, outcome: str, reason: str,
    model: str | None, base_model: str, numbers: dict[str, Any],
) -> RoundResult:  # fmt: skip
    with open_connection() as connection:
        runs.note(connection, run.run_id, "end", result=numbers)
        runs.finish(connection, run.run_id, outcome, reason)
    return RoundResult(outcome, reason, run.run_id, model, base_model, numbers)
