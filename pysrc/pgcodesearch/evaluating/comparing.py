"""Two model versions on the same judged queries: paired bootstrap, and the gate that a candidate must pass.

The difference of two means over the same queries is far less noisy than the two means; resampling queries with
replacement gives its interval without assuming a distribution (Efron and Tibshirani 1993; for retrieval Sakai 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument, UnknownModel
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.embedding.stored import load_named
from pgcodesearch.evaluating.runner import EvaluationOptions, EvaluationRun, evaluate

SAMPLES = 10_000
_SEED = 20_240_601
# Resamples drawn at a time: bounds the memory at a million judged queries' worth of numbers.
_CELLS = 4_000_000


@dataclass(frozen=True)
class Difference:
    """Candidate minus baseline: the mean, its 95 % interval, and how many queries each won; the rest are ties."""

    mean: float
    low: float
    high: float
    queries: int
    wins: int
    losses: int


@dataclass(frozen=True)
class Comparison:
    """``differences`` has the key ``all`` and one for each category; runs are those of ``evaluation_run``."""

    comparison_id: int
    baseline: EvaluationRun
    candidate: EvaluationRun
    metric: str
    differences: dict[str, Difference]


@dataclass(frozen=True)
class GateRule:
    """When a candidate may replace the active model.

    ``min_gain``: least mean difference over all queries. ``min_low``: least lower end of its interval, so that few or
    scattered queries promote nothing. ``max_category_drop``: most that any category of ``min_category_queries`` or more
    may fall.
    """

    min_gain: float = 0.0
    min_low: float = -0.01
    max_category_drop: float = 0.03
    min_category_queries: int = 5


@dataclass(frozen=True)
class Verdict:
    """What the gate says, and why, with the numbers."""

    promote: bool
    reason: str


def paired_difference(
    baseline: Sequence[float], candidate: Sequence[float], samples: int = SAMPLES, seed: int = _SEED
) -> Difference:
    """The mean of candidate - baseline, query by query, with its percentile bootstrap interval.

    Raises InvalidArgument where the two have other lengths, or none.
    """
    if len(baseline) != len(candidate) or not baseline:
        raise InvalidArgument(f"{len(baseline)} and {len(candidate)} queries can't be paired")
    deltas = np.asarray(candidate, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    random = np.random.default_rng(seed)
    means: list[np.ndarray] = []
    step = max(1, _CELLS // len(deltas))
    for start in range(0, samples, step):
        count = min(step, samples - start)
        means.append(deltas[random.integers(0, len(deltas), (count, len(deltas)))].mean(axis=1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Difference(
        round(float(deltas.mean()), 6), round(float(low), 6), round(float(high), 6),
        len(deltas), int((deltas > 0).sum()), int((deltas < 0).sum()),
    )  # fmt: skip


def differences(
    baseline: Sequence[Mapping[str, Any]], candidate: Sequence[Mapping[str, Any]], metric: str = "mrr",
    samples: int = SAMPLES,
) -> dict[str, Difference]:  # fmt: skip
    """Pair the rows of two runs by query; queries without an answer have no metric and are left out."""
    first = {row["id"]: row for row in baseline if row["metrics"]}
    second = {row["id"]: row["metrics"] for row in candidate if row["metrics"]}
    groups: dict[str, list[tuple[float, float]]] = {"all": []}
    for key, row in first.items():
        if key in second:
            pair = (row["metrics"][metric], second[key][metric])
            groups["all"].append(pair)
            groups.setdefault(row["category"] or "none", []).append(pair)
    return {
        name: paired_difference([a for a, _ in pairs], [b for _, b in pairs], samples)
        for name, pairs in groups.items()
    }


def compare(
    connection: Connection, baseline: str, candidate: str, query_set: str, metric: str = "mrr",
    repository: str | None = None, progress: Callable[[str, int, int], None] = lambda model, done, total: None,
) -> Comparison:  # fmt: skip
    """Ask every judged query of both models through ``codesearch.search`` and store runs and differences.

    ``connection`` must be in autocommit mode. Raises UnknownModel, UnknownQuerySet; InvalidArgument without a query
    that has an answer.
    """
    if baseline == candidate:
        raise InvalidArgument(f"{baseline!r} can't be compared with itself")
    runs = []
    for name in (baseline, candidate):
        embedder = load_named(connection, name)
        if embedder is None:
            raise UnknownModel(f"no model version {name!r} with an artefact")
        options = EvaluationOptions(model=name, repository=repository, note=f"{baseline} against {candidate}")
        runs.append(evaluate(connection, query_set, embedder, options, partial(progress, name)))
    found = differences(runs[0].rows, runs[1].rows, metric)
    row = one_row(connection,
        "insert into codesearch.model_comparison (query_set, baseline, candidate, baseline_run_id, candidate_run_id,"
        " metric, differences) values (%s, %s, %s, %s, %s, %s, %s) returning comparison_id",
        (query_set, baseline, candidate, runs[0].run_id, runs[1].run_id, metric,
         Jsonb({name: asdict(difference) for name, difference in found.items()})),
    )  # fmt: skip
    return Comparison(row[0], runs[0], runs[1], metric, found)


def judge(found: Mapping[str, Difference], rule: GateRule = GateRule()) -> Verdict:
    """Whether a candidate with these differences may be promoted; the reason names the first rule it breaks."""
    total = found["all"]
    numbers = f"{total.mean:+.4f} ({total.low:+.4f} to {total.high:+.4f}) over {total.queries} queries"
    if total.mean < rule.min_gain:
        return Verdict(False, f"the mean falls: {numbers}, at least {rule.min_gain:+.4f} is asked")
    if total.low < rule.min_low:
        return Verdict(
            False, f"it may be worse: {numbers}, the lower end must be at least {rule.min_low:+.4f}"
        )
    for name, difference in sorted(found.items()):
        if name == "all" or difference.queries < rule.min_category_queries:
            continue
        if difference.mean < -rule.max_category_drop:
            return Verdict(
                False,
                f"category {name} falls by {-difference.mean:.4f} over {difference.queries} queries,"
                f" at most {rule.max_category_drop:.4f} is allowed; all: {numbers}",
            )
    return Verdict(True, f"it holds or improves: {numbers}")


def gate(connection: Connection, comparison: Comparison, rule: GateRule = GateRule()) -> Verdict:
    """Judge the candidate of a stored comparison and keep verdict and reason, there and with the model version.

    A refused candidate has status ``refused`` from then on, and ``activate_model`` won't take it; the active model
    keeps its status.
    """
    verdict = judge(comparison.differences, rule)
    connection.execute(
        "select codesearch.settle_comparison(%s, %s, %s, %s)",
        (comparison.comparison_id, verdict.promote, verdict.reason, Jsonb(asdict(rule))),
    )
    return verdict
