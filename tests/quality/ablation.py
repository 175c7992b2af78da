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


VARIANTS = (
    Variant("lexical leg only", {}, "lexical"),
    Variant("vector leg only", {}, "vector"),
    Variant("no signals", {"signal.": 0, "search.repeat_penalty": 0, "search.per_file": 1000}),
    Variant("reciprocal rank fusion, k 60", {"fusion.method": "rrf"}),
    Variant("one lexical weight for all classes", {"fusion.lexical.identifier": 0.35}),
    Variant("no other weight where a language is named", {"fusion.lexical.language": 0.2}),
    Variant("BM25: name and path count as text", {"lexical.weight.name": 0, "lexical.weight.path": 0}),
    Variant("no stop words", {"query.stop_words": []}),
    Variant("one vector a chunk", {"vector.share_window": 0, "vector.share_summary": 0}),
    Variant("no vector of the best window", {"vector.share_window": 0}),
    Variant("no vector of names and comments", {"vector.share_summary": 0}),
    Variant("no exact name", {"signal.is_name": 0, "signal.has_name": 0, "signal.has_symbol": 0}),
    Variant("no calls of the named symbol", {"signal.calls_name": 0}),
    Variant("no words in the name", {"signal.name_words": 0}),
    Variant("no words in the path", {"signal.path_words": 0}),
    Variant("no literal phrase", {"signal.phrase": 0}),
    Variant("no call graph", {"signal.callee": 0, "signal.caller": 0}),
    Variant("no several hits in a file", {"signal.file": 0}),
    Variant("no push-down by path", {"signal.path.": 0}),
    Variant("no preference of kinds", {"signal.kind.": 0}),
    Variant("no second look at the best", {"rerank.hybrid": False}),
    Variant("a second look at the text alone", {"rerank.heading": 0}),
    Variant("mode pipeline", {}, "pipeline"),
    Variant("no limit for one file", {"search.repeat_penalty": 0, "search.per_file": 1000}),
    Variant("half the candidates", {"search.candidates": 30}),
    Variant("three times the candidates", {"search.candidates": 180}),
)
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
        and name != "signal.graph_definitions"
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
