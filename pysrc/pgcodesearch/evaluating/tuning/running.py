"""A ranker tuned on judged queries: held out by repository, judged by the gate, stored with where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.comparing import Difference, GateRule, Verdict, judge, paired_difference
from pgcodesearch.evaluating.judgments import JudgedQuery
from pgcodesearch.evaluating.runner import QueryEmbedder
from pgcodesearch.evaluating.tuning.examples import Example, collect
from pgcodesearch.evaluating.tuning.fitting import FitOptions, fit, mean_by_set
from pgcodesearch.evaluating.tuning.ranking import Weights, rank
from pgcodesearch.evaluating.tuning.settings import SettingsOptions, SettingsReport, tune_settings
from pgcodesearch.evaluating.used import used_queries

FEEDBACK = "feedback"  # not a stored set: what was used of the answers to logged queries


@dataclass(frozen=True)
class TuneOptions:
    """``query_sets`` with what each counts, ``feedback`` among them for what users used.

    ``folds``: each fold's repositories are ranked by what the others gave.
    """

    name: str
    query_sets: Mapping[str, float]
    model: str | None = None
    folds: int = 5
    fitting: FitOptions = field(default_factory=FitOptions)
    rule: GateRule = field(default_factory=GateRule)
    settings: SettingsOptions = field(default_factory=SettingsOptions)


@dataclass(frozen=True)
class TuneReport:
    """``held_out`` has for each set the NDCG@10 of the ranker before and of the fitted one, on repositories that it
    was not fitted on, and their paired difference; the key ``all`` is over all queries.
    """

    name: str
    ranker_id: int
    weights: Weights
    held_out: dict[str, tuple[float, float, Difference]]
    verdict: Verdict
    settings: SettingsReport


def tune(
    connection: Connection,
    embedder: QueryEmbedder | None,
    options: TuneOptions,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> TuneReport:
    """Fit a ranker and store it as a candidate, or as refused where the gate finds it worse than the present one.

    Raises UnknownQuerySet, InvalidArgument (no answered query, fewer repositories than folds, a name that is taken).
    """
    examples = _collect(connection, embedder, options, progress)
    names: list[str] = one_row(connection, "select codesearch.feature_names()")[0]
    before: Weights = one_row(
        connection, "select codesearch.ranker_weights(codesearch.resolve_model(%s))", [options.model]
    )[0]
    folds = _folds(examples, options.folds)
    ranked: list[tuple[Example, float, float]] = []
    for number, (rest, held) in enumerate(folds):
        progress("fit", number, len(folds) + 1)
        weights = {**before, **fit(rest, names, options.fitting)}
        ranked += [(example, *_both(example, before, weights, names, options)) for example in held]
    progress("fit", len(folds), len(folds) + 1)
    # What no query was asked with (by vectors, where nothing is embedded) keeps its weights.
    weights = {**before, **fit(examples, names, options.fitting)}
    held_out = _held_out([row for row in ranked if row[0].legs == _main_legs(examples)], options)
    verdict = judge({name: difference for name, (_, _, difference) in held_out.items()}, options.rule)
    settings = SettingsReport()
    if options.settings.trials:
        settings = tune_settings(
            connection, _main_queries(examples), embedder, options.model, weights, options.settings,
            lambda done, total: progress("settings", done, total),
        )  # fmt: skip
    row = one_row(
        connection,
        "select codesearch.add_ranker(%s, %s, %s, %s, %s, %s, %s)",
        [options.name, Jsonb(weights), Jsonb(_fitted_on(examples, options)),
         Jsonb({"held_out": {name: [old, new, asdict(change)] for name, (old, new, change) in held_out.items()},
                "gate": asdict(verdict), "settings": asdict(settings)}),
         options.model, not verdict.promote, Jsonb(settings.settings)],
    )  # fmt: skip
    return TuneReport(options.name, row[0], weights, held_out, verdict, settings)


def _collect(
    connection: Connection, embedder: QueryEmbedder | None, options: TuneOptions,
    progress: Callable[[str, int, int], None],
) -> list[Example]:  # fmt: skip
    queries = {
        name: used_queries(connection) if name == FEEDBACK else store.load_queries(connection, name)
        for name in options.query_sets
    }
    total = sum(len([query for query in own if query.relevant]) for own in queries.values())
    done = 0

    def one() -> None:
        nonlocal done
        done += 1
        progress("ask", done, total)

    examples: list[Example] = []
    for name, own in queries.items():
        examples += collect(connection, name, own, embedder, options.model, one)
    if not any(members for example in examples for _, members in example.answers):
        raise InvalidArgument("no judged query has an answer among its candidates")
    return examples


def _folds(examples: Sequence[Example], count: int) -> list[tuple[list[Example], list[Example]]]:
    """By repository, or by query where a set has just one: who tunes for one repository holds out its queries."""
    repositories: dict[str, set[str | None]] = {}
    for example in examples:
        repositories.setdefault(example.query_set, set()).add(example.query.repository)

    def fold(example: Example) -> int:
        several = len(repositories[example.query_set]) >= count
        key = str(example.query.repository) if several else example.query.key
        return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % count

    numbers = [fold(example) for example in examples]
    pairs = []
    for number in range(count):
        held = [example for example, own in zip(examples, numbers, strict=True) if own == number]
        rest = [example for example, own in zip(examples, numbers, strict=True) if own != number]
        if held and rest:
            pairs.append((rest, held))
    if not pairs:
        raise InvalidArgument("all judged queries are of one fold: nothing could be held out")
    return pairs


def _both(
    example: Example, before: Weights, after: Weights, names: Sequence[str], options: TuneOptions
) -> tuple[float, float]:
    old, new = (rank(example, weights, names, options.fitting.per_file) for weights in (before, after))
    return old.metrics.ndcg, new.metrics.ndcg


def _main_queries(examples: Sequence[Example]) -> list[JudgedQuery]:
    legs = _main_legs(examples)
    return [example.query for example in examples if example.legs == legs]


def _main_legs(examples: Sequence[Example]) -> str:
    return "hybrid" if any(example.legs == "hybrid" for example in examples) else "lexical"


def _held_out(
    ranked: Sequence[tuple[Example, float, float]], options: TuneOptions
) -> dict[str, tuple[float, float, Difference]]:
    groups: dict[str, list[tuple[Example, float, float]]] = {"all": list(ranked)}
    for row in ranked:
        groups.setdefault(row[0].query_set, []).append(row)
    return {
        name: (
            round(mean_by_set([(row[0], row[1]) for row in rows], options.query_sets), 4),
            round(mean_by_set([(row[0], row[2]) for row in rows], options.query_sets), 4),
            paired_difference([row[1] for row in rows], [row[2] for row in rows]),
        )
        for name, rows in groups.items()
    }


def _fitted_on(examples: Sequence[Example], options: TuneOptions) -> dict[str, Any]:
    return {
        "query_sets": dict(options.query_sets),
        "queries": len({(example.query_set, example.query.key) for example in examples}),
        "repositories": len({example.query.repository for example in examples}),
        "fit": {"shared": options.fitting.shared, "apart": options.fitting.apart,
                "objective": options.fitting.objective,
                "without": sorted(options.fitting.without)},
    }  # fmt: skip
