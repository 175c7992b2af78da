"""Pairs from use: what users took for an answer, by the weight of all who asked the same."""

from __future__ import annotations

from collections import Counter, defaultdict

from pgcodesearch.evaluating.used import normalised
from pgcodesearch.training.dataset.database import matches
from pgcodesearch.training.dataset.exclusions import ExcludedFiles
from pgcodesearch.training.dataset.filters import pair_reason
from pgcodesearch.training.dataset.rows import Row
from pgcodesearch.training.feedback import UsedResult


def feedback_rows(
    used: list[UsedResult], globs: tuple[str, ...], excluded: dict[str, ExcludedFiles], filtered: Counter[str]
) -> list[Row]:
    """One row a query: the result with the most weight behind it, with what its users passed over as negatives.

    ``excluded``: the repositories that may be used, each with its excluded files. Wrong clicks are outvoted where a
    query was asked more than once; what else was used for the same query is a twin, because it may answer it too.
    """
    asked: dict[tuple[str, str], list[UsedResult]] = defaultdict(list)
    for item in used:
        if item.repository is None or item.repository not in excluded:
            wanted = item.repository is not None and matches(item.repository, globs)
            filtered["excluded name" if wanted else "other repository"] += 1
        elif item.path and excluded[item.repository].holds(item.path):
            filtered["excluded name"] += 1
        elif reason := pair_reason(item.path or "", item.query, item.code):
            filtered[reason] += 1
        else:
            asked[(item.repository, normalised(item.query))].append(item)
    return [_merged(items, filtered) for items in asked.values()]


def _merged(items: list[UsedResult], filtered: Counter[str]) -> Row:
    weights: dict[str, float] = defaultdict(float)
    for item in items:
        weights[item.content_hash] += item.weight
    best = max(weights, key=lambda content_hash: (weights[content_hash], content_hash))
    chosen = [item for item in items if item.content_hash == best]
    newest = chosen[-1]
    filtered["same query and answer"] += len(chosen) - 1
    filtered["query answered elsewhere"] += len(items) - len(chosen)
    row = Row(
        newest.query, newest.code, "click" if all(item.signal == "click" for item in chosen) else "feedback",
        newest.repository or "", newest.path or "", newest.language or "", newest.symbol or "", weights[best],
        newest.chunk_id, best, twins=[content_hash for content_hash in weights if content_hash != best],
    )  # fmt: skip
    for item in chosen:
        shown = zip(
            item.negatives, item.negative_hashes, item.negative_repositories, item.negative_paths, strict=True
        )
        for code, content_hash, repository, path in shown:
            # Another repository may be in another split, or excluded.
            if repository == row.repository:
                row.add_negative(code, content_hash, path)
    return row
