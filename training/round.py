"""One round of learning from use: feedback → training → proof → vectors beside the live ones → gate → switch.

``pgcodesearch train --from-feedback`` calls :func:`run_round`. Each step leaves what the next one needs in the round's
folder or in the database, so a round that was killed goes on when it is called again with the same settings.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.database.errors import CannotConnect, CodeSearchError
from pgcodesearch.database.rows import Connection
from pgcodesearch.database.schema import check_compatible
from pgcodesearch.embedding.stored import load_named
from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.runner import EvaluationOptions, evaluate
from pgcodesearch.evaluating.used import normalised
from pgcodesearch.model_versions import registry
from pgcodesearch.training import feedback, runs
from pgcodesearch.training.round_config import HELD_OUT_SET, RoundConfig, RoundResult
from pgcodesearch.training.round_steps import Round
from pgcodesearch.training.weights import check_trainable

Say = Callable[[str], None]

_LEAST_TRIPLETS = 20
_LEAST_VALIDATION = 5
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
            result = Round(open_connection, database, config, base_model, run, found, say).steps()
        except (psycopg.OperationalError, CannotConnect):
            raise  # the server is away, and nothing is wrong with the round: the next call goes on
        except Exception as error:
            with contextlib.suppress(psycopg.Error), open_connection() as connection:
                runs.finish(connection, run.run_id, "failed", str(error) or type(error).__name__)
                shutil.rmtree(run.folder, ignore_errors=True)
            raise
        shutil.rmtree(run.folder, ignore_errors=True)
        return result


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
        judged = {normalised(q.query) for q in store.load_queries(connection, config.query_set)}
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
        _measure(connection, config.judged_set)
        advice = registry.training_advice(connection, config.min_triplets)
    if advice["answer"] in ("try", "train"):
        return None
    return RoundResult("skipped", advice["reason"], numbers=advice["numbers"] | found.counts())


def _measure(connection: Connection, query_set: str) -> None:
    """Ask the active model the judged queries, for the advice."""
    evaluate(connection, query_set, load_named(connection), EvaluationOptions(note="before training"))


def _dry_run(base_model: str, found: feedback.Feedback) -> RoundResult:
    return RoundResult("dry run", "nothing was trained", base_model=base_model, numbers=found.counts())
