"""What a dataset holds, what was left out and why, and a sample for review."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pgcodesearch.training.dataset.rows import Row

SAMPLE = 200


@dataclass
class DatasetReport:
    """Counts are of pairs, except in two places.

    ``filtered`` counts files (excluded name, test, generated, vendored), definitions (code, near-duplicate) and pairs
    (the others). ``negatives`` counts candidates by verdict; kept are mined, same file and shown. ``per_pair`` is the
    number of pairs by the number of their negatives.
    """

    pairs: Counter[str] = field(default_factory=Counter)  # by split
    by_source: Counter[str] = field(default_factory=Counter)
    by_language: Counter[str] = field(default_factory=Counter)
    by_repository: dict[str, Counter[str]] = field(default_factory=dict)  # and split
    split_by: str = ""
    excluded_repositories: list[str] = field(default_factory=list)
    filtered: Counter[str] = field(default_factory=Counter)
    negatives: Counter[str] = field(default_factory=Counter)
    per_pair: Counter[int] = field(default_factory=Counter)
    model: str | None = None  # whose vector leg was mined
    shards: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0

    def count(self, row: Row, draw: random.Random) -> None:
        """Count a row; it may become part of the sample (reservoir sampling, so every row is as likely)."""
        self.pairs[row.split] += 1
        self.by_source[row.source] += 1
        self.by_language[row.language or "unknown"] += 1
        self.by_repository.setdefault(row.repository, Counter())[row.split] += 1
        self.per_pair[len(row.negatives)] += 1
        self.seen += 1
        place = len(self.sample) if len(self.sample) < SAMPLE else draw.randrange(self.seen)
        if place < SAMPLE:
            self.sample[place : place + 1] = [_shown(row)]

    @property
    def notes(self) -> list[str]:
        """What whoever trains on this should know."""
        found = []
        if self.split_by == "file":
            found.append(
                "split by file, because fewer than three repositories gave pairs: what is held out is called by"
                " what is trained on, so its scores say little about other repositories"
            )
        found += [f"no pairs for {split}" for split in ("train", "validation") if not self.pairs[split]]
        if self.settings.get("hard_negatives") and not self.model:
            found.append("no model is active, so no negatives were mined")
        if not self.settings.get("exclude"):
            found.append("no name was excluded")
        return found

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        document: dict[str, Any] = {
            key: {name: count for name, count in getattr(self, key).most_common() if count}
            for key in ("pairs", "by_source", "by_language", "filtered", "negatives")
        }
        document["by_repository"] = {
            name: dict(counts) for name, counts in sorted(self.by_repository.items())
        }
        for key in ("split_by", "excluded_repositories", "model", "shards", "settings", "sample"):
            document[key] = getattr(self, key)
        document["per_pair"] = {str(count): pairs for count, pairs in sorted(self.per_pair.items())}
        kept = sum(count * pairs for count, pairs in self.per_pair.items())
        document["negatives_of_a_pair"] = round(kept / self.seen, 2) if self.seen else 0.0
        return document | {"notes": self.notes}

    def write(self, folder: Path, name: str) -> None:
        """report.json, and sample.md to read."""
        (folder / name).write_text(json.dumps(self.as_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
        (folder / "sample.md").write_text(
            "# Pairs for review\n\nIs each query one that somebody would type, does the code answer it, and could the"
            " negative be taken for the answer? Train when at least four of five hold.\n"
            + "".join(map(_markdown, self.sample)),
            encoding="utf-8",
        )


def _shown(row: Row) -> dict[str, Any]:
    return {
        "query": row.query, "code": row.code[:600], "negative": row.negatives[0][:600] if row.negatives else None,
        "negatives": len(row.negatives), "source": row.source, "repository": row.repository, "path": row.path,
        "symbol": row.symbol, "split": row.split,
    }  # fmt: skip


def _markdown(shown: dict[str, Any]) -> str:
    lines = [
        f"\n## {shown['query']}\n\n{shown['source']}, {shown['repository']}, {shown['path']}, {shown['split']}\n"
    ]
    for title in ("code", "negative"):
        if shown[title]:
            fence = "`" * 8  # longer than any in the code
            lines.append(f"\n{title}\n\n{fence}\n{shown[title]}\n{fence}\n")
    return "".join(lines)
