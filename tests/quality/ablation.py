"""What each setting is worth: every one is turned off alone, and the same queries are asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from pgcodesearch.evaluating import EvaluationOptions, EvaluationRun, evaluate

RESAMPLES = 5_000


@dataclass(frozen=True)
class Variant:
    """A change to what is measured: settings by name or by prefix (ending in '.'), or the mode."""

    label: str
    settings: dict[str, Any]
    mode: str = "hybrid"


def _without(*features: str) -> dict[str, Any]:
    return {"ranking.weights": dict.fromkeys(features, 0)}


VARIANTS = (
    Variant("lexical leg only", {}, "lexical"),
    Variant("vector leg only", {}, "vector"),
    Variant("reciprocal rank fusion, k 60", {}, "rrf"),
    Variant("BM25: name and path count as text", {"lexical.weight.name": 0, "lexical.weight.path": 0}),
    Variant("no stop words", {"query.stop_words": []}),
    Variant("no vector of the best window", _without("window")),
    Variant("nothing of the file", _without("file_lexical", "file_lexical_log", "file_vector", "file_share",
                                            "file_best", "file_coverage")),
    Variant("no names", _without("is_name", "is_name_typed", "has_name", "has_name_typed", "has_qualified_name",
                                 "main_definition")),
    Variant("no calls of the named symbol", _without("calls_name")),
    Variant("no words of the name", _without("name_words", "name_covered")),
    Variant("no words of file and path", _without("path_words", "file_words", "file_covered", "is_file_name")),
    Variant("no literal phrase", _without("phrase")),
    Variant("no call graph", _without("callee", "caller")),
    Variant("no coverage", _without("coverage", "heading", "file_coverage")),
    Variant("no push-down by path",
            _without("test", "example", "generated", "vendored", "legacy", "docs", "entry")),
    Variant("no kinds and roles", _without("class", "block", "method", "part", "extension", "declaration")),
    Variant("no length", _without("line_count")),
    Variant("mode pipeline", {}, "pipeline"),
    Variant("half the candidates", {"search.candidates": 25}),
    Variant("three times the candidates", {"search.candidates": 150}),
)  # fmt: skip
# A change of these needs the inverted index to be computed anew.
INDEX_SETTINGS = ("lexical.",)


def ablate(
    connection: psycopg.Connection[Any],
    query_set: str,
    embedder: Any,
    options: EvaluationOptions,
    say: Callable[[str], None],
) -> str:
    """Ask all queries once for each variant; a Markdown table of the differences to everything turned on."""
    full = evaluate(connection, query_set, embedder, replace(options, note="ablation: everything on"))
    lines = [
        "| | NDCG@10 | change (95 % interval) | MRR@10 | change (95 % interval) |",
        "|---|---|---|---|---|",
        f"| **everything on** | {full.metrics['all']['ndcg']:.3f} | | {full.metrics['all']['mrr']:.3f} | |",
    ]
    for variant in VARIANTS:
        changes = _expand(connection, variant)
        if not changes and variant.mode == options.mode:
            continue  # these settings are off, or not known to this version
        say(variant.label)
        with changed_settings(connection, changes):
            run = evaluate(
                connection, query_set, embedder,
                replace(options, mode=variant.mode, note=f"ablation: {variant.label}", warm_up=False),
            )  # fmt: skip
        lines.append(_row(variant.label, full, run))
    return "\n".join(lines)


@contextmanager
def changed_settings(connection: psycopg.Connection[Any], changes: dict[str, Any]) -> Iterator[None]:
    """Settings for the time being; the database's own values come back afterwards."""
    before = dict(connection.execute("select name, value from codesearch.setting").fetchall())
    try:
        for name, value in changes.items():
            connection.execute("select codesearch.change_setting(%s, %s)", [name, Jsonb(value)])
        _refresh(connection, changes)
        yield
    finally:
        for name in changes:
            value = Jsonb(before[name]) if name in before else None
            connection.execute("select codesearch.change_setting(%s, %s)", [name, value])
        _refresh(connection, changes)


def _refresh(connection: psycopg.Connection[Any], changes: dict[str, Any]) -> None:
    if any(name.startswith(INDEX_SETTINGS) for name in changes):
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )


def _expand(connection: psycopg.Connection[Any], variant: Variant) -> dict[str, Any]:
    """The settings that the variant really changes: prefixes spelt out, unknown and equal ones left out."""
    row = connection.execute("select codesearch.current_settings()").fetchone()
    assert row is not None
    current: dict[str, Any] = row[0]
    return {
        name: value
        for pattern, value in variant.settings.items()
        for name, now in current.items()
        if (name == pattern or (pattern.endswith(".") and name.startswith(pattern))) and now != value
    }  # fmt: skip


def _row(label: str, full: EvaluationRun, run: EvaluationRun) -> str:
    cells = []
    for metric in ("ndcg", "mrr"):
        change, low, high = paired_difference(full, run, metric)
        cells.append(f"{run.metrics['all'][metric]:.3f} | {change:+.3f} ({low:+.3f} to {high:+.3f})")
    return f"| {label} | {' | '.join(cells)} |"


def paired_difference(full: EvaluationRun, run: EvaluationRun, metric: str) -> tuple[float, float, float]:
    """Mean difference run - full over the same queries, with its 95 % interval by bootstrap (fixed seed)."""
    after = {row["id"]: row["metrics"] for row in run.rows}
    pairs = [(row["metrics"][metric], after[row["id"]][metric]) for row in full.rows if row["metrics"]]
    differences = np.array([b - a for a, b in pairs])
    picks = np.random.default_rng(0).integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.percentile(differences[picks].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)
