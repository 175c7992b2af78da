"""A calibration of the ranker that answers: fitted on judged queries, measured on repositories that it did not see, and
stored as a version of the ranker with where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.calibrating.examples import Example, collect
from pgcodesearch.evaluating.calibrating.fitting import FitOptions, fit
from pgcodesearch.evaluating.calibrating.reliability import Reliability, measure

LEGS = ("hybrid", "lexical", "vector")
# Fewer of either kind say nothing that could be relied on.
_LEAST_QUESTIONS = 50
_LEAST_REPOSITORIES = 3
_LEAST_AUROC = 0.8


@dataclass(frozen=True)
class CalibrateOptions:
    """``refuse``: the share of questions without an answer that mode adaptive answers with nothing; ``precision``: of
    what it shows, where it is sure. ``folds``: each fold's repositories are judged by what the others gave."""

    name: str
    query_sets: Sequence[str]
    model: str | None = None
    folds: int = 5
    refuse: float = 0.75
    precision: float = 0.9
    fitting: FitOptions = field(default_factory=FitOptions)


@dataclass(frozen=True)
class CalibrationReport:
    """``held_out`` has what was measured for each kind of legs; ``refused`` says why the calibration may not answer."""

    name: str
    ranker_id: int
    calibration: Mapping[str, Any]
    held_out: dict[str, Reliability]
    refused: str | None


def calibrate(
    connection: Connection,
    options: CalibrateOptions,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> CalibrationReport:
    """Fit how sure hits are, and store it with the weights that answer now: as a candidate, or as refused.

    Raises UnknownQuerySet, InvalidArgument (nothing to fit on, a name that is taken).
    """
    names: list[str] = one_row(connection, "select codesearch.confidence_names()")[0]
    examples = _collect(connection, options, progress)
    calibration: dict[str, Any] = {}
    held_out: dict[str, Reliability] = {}
    for number, legs in enumerate(LEGS):
        progress("fit", number, len(LEGS))
        own = [example for example in examples if example.legs == legs]
        if own:
            held_out[legs], calibration[legs] = _fit_legs(own, names, options)
    if not calibration:
        raise InvalidArgument("no judged query has a result")
    refused = _reason_to_refuse(held_out)
    row = connection.execute(
        "select codesearch.add_ranker(%(name)s, codesearch.ranker_weights(m.id), %(fitted_on)s, %(metrics)s, %(model)s,"
        " %(refused)s, codesearch.ranker_settings(m.id), %(calibration)s)"
        " from (select codesearch.resolve_model(%(model)s) as id) m",
        {"name": options.name, "model": options.model, "refused": refused is not None,
         "calibration": Jsonb(calibration),
         "fitted_on": Jsonb({"query_sets": list(options.query_sets), "fit": asdict(options.fitting)}),
         "metrics": Jsonb({"calibration": {legs: asdict(found) for legs, found in held_out.items()},
                           "gate": {"reason": refused}})},
    ).fetchone()  # fmt: skip
    assert row is not None
    return CalibrationReport(options.name, row[0], calibration, held_out, refused)


def _collect(
    connection: Connection, options: CalibrateOptions, progress: Callable[[str, int, int], None]
) -> list[Example]:
    queries = {name: store.load_queries(connection, name) for name in options.query_sets}
    total, done = sum(map(len, queries.values())), 0

    def one() -> None:
        nonlocal done
        done += 1
        progress("ask", done, total)

    return [
        example
        for name, own in queries.items()
        for example in collect(connection, name, own, LEGS, options.model, one)
    ]


def _fit_legs(
    examples: Sequence[Example], names: Sequence[str], options: CalibrateOptions
) -> tuple[Reliability, dict[str, Any]]:
    constant = names.index("constant")
    fold = np.array([_fold(example.repository, options.folds) for example in examples])
    answered = np.zeros(len(examples))
    confidences: list[np.ndarray] = [np.zeros(0)] * len(examples)
    for number in sorted(set(fold)):
        rest = [example for example, own in zip(examples, fold, strict=True) if own != number]
        if not any(example.answerable for example in rest):
            raise InvalidArgument("all judged queries are of one fold: nothing could be held out")
        heads = fit(rest, constant, options.fitting)
        for place in np.flatnonzero(fold == number).tolist():
            answered[place], confidences[place] = heads.confidences(examples[place])
    held_out = measure(examples, answered, confidences, options.refuse, options.precision)
    heads = fit(examples, constant, options.fitting)
    thresholds = {"known": round(held_out.known, 4), "precise": round(held_out.precise, 4)}
    return held_out, {name: own | thresholds for name, own in heads.as_json(names).items()}


def _fold(repository: str, count: int) -> int:
    return int(hashlib.md5(repository.encode(), usedforsecurity=False).hexdigest(), 16) % count


def _reason_to_refuse(held_out: Mapping[str, Reliability]) -> str | None:
    found = held_out.get("hybrid") or next(iter(held_out.values()))
    if min(found.questions, found.unanswered) < _LEAST_QUESTIONS:
        return (
            f"{found.questions} questions with an answer and {found.unanswered} without:"
            f" {_LEAST_QUESTIONS} of each are needed"
        )
    if found.repositories < _LEAST_REPOSITORIES:
        return f"{found.repositories} repositories: {_LEAST_REPOSITORIES} are needed"
    if found.auroc < _LEAST_AUROC:
        return f"questions with and without an answer can't be told apart: AUROC {found.auroc:.2f}"
    return None
