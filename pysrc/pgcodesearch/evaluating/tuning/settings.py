"""Settings beside the weights, tuned through ``codesearch.search``: on a grid, or by Bayesian search.

The tree-structured Parzen estimator (Bergstra et al. 2011) of optuna proposes, a seeded grid enumerates. Every trial is
a transaction that is rolled back, so that nobody else's searches see it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection
from pgcodesearch.evaluating.comparing import Difference, paired_difference
from pgcodesearch.evaluating.judgments import JudgedQuery
from pgcodesearch.evaluating.runner import EvaluationOptions, QueryEmbedder, answer_metrics

Settings = dict[str, float]
# From, to, and the values of a grid. What changes an index (lexical.k1, vector.m) is not among them.
SPACE: dict[str, tuple[float, float, tuple[float, ...]]] = {
    "search.candidates": (40, 300, (60, 100, 200)),
    "search.per_file": (2, 10, (3, 6, 10)),
    "vector.overfetch": (1, 5, (1.5, 3)),
    "graph.definitions": (0, 60, (5, 20)),
}
_WHOLE = {"search.candidates", "search.per_file", "graph.definitions"}
_HELD_OUT = 0.2
_MOST_QUERIES = 200


@dataclass(frozen=True)
class SettingsOptions:
    """``trials``: settings that are tried, 0 tries none; ``grid``: those of a grid, in an order the seed draws."""

    trials: int = 0
    grid: bool = False
    seed: int = 1


@dataclass(frozen=True)
class SettingsReport:
    """The best settings, their NDCG@10 where they were chosen, before and after, and the difference held out."""

    settings: Settings = field(default_factory=dict)
    before: float = 0.0
    after: float = 0.0
    held_out: Difference | None = None


def tune_settings(
    connection: Connection, queries: Sequence[JudgedQuery], embedder: QueryEmbedder | None, model: str | None,
    weights: Mapping[str, Any], options: SettingsOptions, progress: Callable[[int, int], None],
) -> SettingsReport:  # fmt: skip
    """The settings that answer best with a ranker's weights; none where they don't hold on the repositories held out.

    ``connection`` in autocommit mode. Raises InvalidArgument where all queries are of one side.
    """
    chosen, held = _split(queries)
    asking = _Asking(connection, embedder, model, weights)
    start = asking.scores(chosen, {})
    best, best_mean = Settings(), float(np.mean(start))
    study = _study(options)
    for number in range(options.trials):
        trial = study.ask()
        tried = {name: _suggested(trial, name) for name in SPACE}
        mean = float(np.mean(asking.scores(chosen, tried)))
        study.tell(trial, mean)
        if mean > best_mean:
            best, best_mean = tried, mean
        progress(number + 1, options.trials)
        if options.grid and number + 1 == _grid_size():
            break
    if not best:
        return SettingsReport(before=float(np.mean(start)), after=best_mean)
    difference = paired_difference(asking.scores(held, {}), asking.scores(held, best))
    holds = difference.mean > 0
    return SettingsReport(best if holds else {}, float(np.mean(start)), best_mean, difference)


def _split(queries: Sequence[JudgedQuery]) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
    """A fifth is held out, by repository; by query where there are fewer than five."""
    several = len({query.repository for query in queries}) >= 1 / _HELD_OUT
    ranked = sorted(
        queries, key=lambda query: hashlib.md5(query.key.encode(), usedforsecurity=False).digest()
    )

    def held(query: JudgedQuery) -> bool:
        key = str(query.repository) if several else query.key
        return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % 100 < 100 * _HELD_OUT

    sides = [query for query in ranked if not held(query)], [query for query in ranked if held(query)]
    if not all(sides):
        raise InvalidArgument("all judged queries are of one side: none could be held out")
    return sides[0][:_MOST_QUERIES], sides[1][:_MOST_QUERIES]


def _study(options: SettingsOptions) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if options.grid:
        space = {name: list(values) for name, (_, _, values) in SPACE.items()}
        sampler: Any = optuna.samplers.GridSampler(space, seed=options.seed)
    else:
        sampler = optuna.samplers.TPESampler(seed=options.seed)
    return optuna.create_study(direction="maximize", sampler=sampler)


def _grid_size() -> int:
    return math.prod(len(values) for _, _, values in SPACE.values())


def _suggested(trial: Any, name: str) -> float:
    low, high, _ = SPACE[name]
    if name in _WHOLE:
        return int(trial.suggest_int(name, int(low), int(high)))
    return round(float(trial.suggest_float(name, low, high)), 2)


@dataclass
class _Asking:
    """Asks queries with some settings on top of a ranker's weights, in a transaction that leaves nothing."""

    connection: Connection
    embedder: QueryEmbedder | None
    model: str | None
    weights: Mapping[str, Any]
    _vectors: dict[str, np.ndarray] = field(default_factory=dict)

    def scores(self, queries: Sequence[JudgedQuery], settings: Settings) -> list[float]:
        """NDCG@10 of each query."""
        self._embed(queries)
        options = EvaluationOptions(model=self.model)
        with self.connection.transaction(force_rollback=True):
            name = "settings are tuned"
            self.connection.execute("select codesearch.add_ranker(%s, %s)", [name, Jsonb(self.weights)])
            self.connection.execute("select codesearch.activate_ranker(%s)", [name])
            for setting, value in settings.items():
                self.connection.execute("select codesearch.change_setting(%s, %s)", [setting, Jsonb(value)])
            return [
                float(answer_metrics(self.connection, query, self._vectors.get(query.query), options)["ndcg"])
                for query in queries
            ]

    def _embed(self, queries: Sequence[JudgedQuery]) -> None:
        fresh = [query.query for query in queries if query.query not in self._vectors]
        if self.embedder is not None and fresh:
            self._vectors.update(zip(fresh, self.embedder.encode(fresh, "query"), strict=True))
