"""The growth of one database as a Markdown table, JSON, and curves: each measure by size, with the exponent of its fit.

An exponent is the slope of a straight line through the logarithms: 1 is linear, 0 is constant. From 10,000 to 1,000,000
the logarithm itself grows as the power .09, so a query that has more than .1 grows faster than log n.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pgcodesearch.plots import Chart, Dot, Line, document

OF_QUERIES, OF_THE_REST = 0.1, 1.05
KINDS = ("identifier", "language")
FIXED = ("model_artefact", "query_token")  # the same at every size


@dataclass(frozen=True)
class Measure:
    """A figure of one size by its name; ``allowed`` is the exponent from which on it is told that it grows too fast."""

    name: str
    unit: str
    read: Callable[[dict[str, Any]], float | None]
    allowed: float
    digits: int = 1


def conditions(texts: str, repositories: int, queries: int) -> list[str]:
    """What the figures were measured under."""
    vectors = (
        "One vector of each function, type and block; windows and whole files are left out, as in `make bench`"
        if texts == "whole"
        else "A vector of each text: functions, types, blocks, windows and whole files"
    )
    return [
        f"{platform.machine()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB memory,"
        f" Python {platform.python_version()}. Real Python code as far as the packages go (about 320,000 chunks), then"
        f" copies with other words; {repositories} repositories whose sizes fall as 1/rank.",
        f"{vectors}. Vectors are sums of random word vectors and not a model's: recall is of these. {queries} queries"
        " of each class; embedding a query is not in the times.",
    ]


def write(run: dict[str, Any], folder: Path, name: str) -> None:
    """Write name.json, name.md and name.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(f"{markdown(run)}\n![growth]({name}.svg)\n", encoding="utf-8")
    if drawn := charts(run):
        (folder / f"{name}.svg").write_text(document("Growth of one database", drawn), encoding="utf-8")


def markdown(run: dict[str, Any]) -> str:
    """The whole run."""
    sizes = _sizes(run)
    heads = [f"{size['index']['chunks']:,}" for size in sizes]
    parts = [f"# Growth, {run['date']}", "", *run["conditions"], ""]
    loads = ", ".join(f"{size['index']['load']:.1f}" for size in sizes)
    parts += [
        f"Load average while it was filled: {loads}. Where it is above 2, the clock says little: CPU does.",
        "",
    ]
    parts += [f"| chunks | | {' | '.join(heads)} | exponent |", f"|---|---|{'---|' * len(heads)}---|"]
    fast = []
    for item in measures(run):
        values = [item.read(size) for size in sizes]
        if not any(value is not None for value in values):
            continue
        slope = exponent(sizes, values)
        cells = " | ".join("–" if value is None else f"{value:,.{item.digits}f}" for value in values)
        parts.append(f"| {item.name} | {item.unit} | {cells} | {'–' if slope is None else f'{slope:.2f}'} |")
        if slope is not None and slope > item.allowed:
            fast.append(f"{item.name} ({slope:.2f})")
    parts += [
        "",
        f"Faster than log n for a query, or than linear for the rest: {', '.join(fast) or 'nothing'}.",
        "",
    ]
    parts += list(_index_table(sizes, heads))
    return "\n".join(parts)


def exponent(sizes: list[dict[str, Any]], values: list[float | None]) -> float | None:
    """The slope of a straight line through the logarithms of size and value."""
    known = [
        (math.log(size["index"]["chunks"]), math.log(value))
        for size, value in zip(sizes, values, strict=True)
        if value is not None and value > 0
    ]
    return float(np.polyfit(*zip(*known, strict=True), 1)[0]) if len(known) > 1 else None


def charts(run: dict[str, Any]) -> list[Chart]:
    """Curves over the logarithm of the size, in groups of the same unit."""
    sizes = _sizes(run)
    if not sizes:
        return []
    groups: dict[str, list[Measure]] = {}
    for item in measures(run):
        if any(item.read(size) for size in sizes):
            groups.setdefault(_group(item), []).append(item)
    ticks = [(math.log10(size["index"]["chunks"]), f"{size['index']['chunks']:,}") for size in sizes]
    drawn = []
    for title, items in groups.items():
        for start in range(0, len(items), 4):
            lines = [
                Line(_labelled(item, sizes), [_dot(item, size) for size in sizes if item.read(size)])
                for item in items[start : start + 4]
            ]
            drawn.append(
                Chart(
                    f"{title}, both axes logarithmic",
                    lines,
                    width=900,
                    height=220,
                    x_ticks=ticks,
                    y_format=_power,
                )
            )
    return drawn


def measures(run: dict[str, Any]) -> Iterator[Measure]:
    """All that is told, in order."""
    yield Measure("indexing", "chunks / s", lambda s: s["index"]["chunks_a_second"], OF_THE_REST, 0)
    yield Measure(
        "indexing", "chunks / s of CPU", lambda s: s["index"]["chunks_a_cpu_second"], OF_THE_REST, 0
    )
    yield Measure("bytes in all", "MB", lambda s: _scaled(_at(s, "bytes", "total"), 1e6), OF_THE_REST, 0)
    yield Measure(
        "bytes a chunk, without the model and its query table",
        "KB",
        _a_chunk(lambda s: s["bytes"]["total"] - sum(s["bytes"]["tables"].get(table, 0) for table in FIXED)),
        OF_QUERIES,
        2,
    )
    for table in sorted(_tables(run), key=lambda name: -_largest(run, name)):
        yield Measure(
            f"{table} a chunk", "KB", _a_chunk(lambda s, t=table: s["bytes"]["tables"].get(t)), OF_QUERIES, 2
        )
    for first_pass in ("halfvec", "bit"):
        for label, key, unit, scale in (
            ("build", "seconds", "s", 1), ("build", "cpu", "s of CPU", 1), ("size", "index_bytes", "MB", 1e6),
            ("build, most memory", "peak_bytes", "MB", 1e6),
            ("build, memory above the start", "peak_above_start", "MB", 1e6),
        ):  # fmt: skip
            yield Measure(
                f"HNSW {first_pass} {label}", unit,
                lambda s, f=first_pass, k=key, by=scale: _scaled(_at(s, "first_passes", f, k), by), OF_THE_REST,
            )  # fmt: skip
    for way in _ways(run):
        for kind in KINDS:
            for share in ("p50", "p95"):
                yield Measure(
                    f"{way}, {kind} {share}", "ms",
                    lambda s, w=way, k=kind, p=share: _at(s, "searches", "ways", w, k, p), OF_QUERIES,
                )  # fmt: skip
    for way in _ways(run):
        for kind in KINDS:
            yield Measure(
                f"{way}, {kind} p50", "ms of CPU",
                lambda s, w=way, k=kind: _at(s, "cpu", w, k, "p50"), OF_QUERIES,
            )  # fmt: skip
    for label, key, unit in (
        ("one function indexed again, command", "reindex_seconds", "s"),
        ("one function indexed again, work", "reindex_work_seconds", "s"),
        ("one function indexed again", "reindex_cpu", "s of CPU"),
        ("a worker that finds nothing", "worker_seconds", "s"),
        ("a worker that finds nothing", "worker_cpu", "s of CPU"),
    ):  # fmt: skip
        yield Measure(label, unit, lambda s, k=key: _at(s, "changes", k), OF_QUERIES, 2)
    yield Measure("maintenance", "s", lambda s: _at(s, "maintenance", "seconds"), OF_THE_REST, 1)
    yield Measure("maintenance", "s of CPU", lambda s: _at(s, "maintenance", "cpu"), OF_THE_REST, 1)
    for step in sorted(
        {step for size in _sizes(run) for step in size.get("maintenance", {}).get("steps_ms", {})}
    ):
        yield Measure(
            f"maintenance: {step}",
            "ms",
            lambda s, t=step: _at(s, "maintenance", "steps_ms", t),
            OF_THE_REST,
        )


def _index_table(sizes: list[dict[str, Any]], heads: list[str]) -> Iterator[str]:
    """The vector leg by first pass and overfetch."""
    yield "| the vector leg | recall@10, ms of CPU: " + " | ".join(heads) + " |"
    yield f"|---|{'---|' * len(heads)}"
    rows: dict[str, list[str]] = {}
    for place, size in enumerate(sizes):
        for first_pass, measured in size.get("first_passes", {}).items():
            for leg in measured["leg"]:
                label = (
                    first_pass if first_pass == "halfvec" else f"{first_pass}, overfetch {leg['overfetch']}"
                )
                cells = rows.setdefault(label, ["–"] * len(sizes))
                cells[place] = f"{leg['recall']:.3f}, {leg['cpu_ms']:.1f}"
    for label, cells in rows.items():
        yield f"| {label} | {' | '.join(cells)} |"
    yield ""


def _sizes(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        size for _, size in sorted(run["sizes"].items(), key=lambda item: int(item[0])) if "index" in size
    ]


def _tables(run: dict[str, Any]) -> set[str]:
    return {
        table
        for size in _sizes(run)
        for table in size.get("bytes", {}).get("tables", {})
        if table not in FIXED and _largest(run, table) > 50
    }


def _largest(run: dict[str, Any], table: str) -> float:
    """Bytes a chunk where it takes the most."""
    sizes = [size["bytes"] for size in _sizes(run) if "bytes" in size]
    return max(size["tables"].get(table, 0) / size["chunks"] for size in sizes)


def _ways(run: dict[str, Any]) -> list[str]:
    """Ours and the peers', in the order of the newest that was measured."""
    return list(
        dict.fromkeys(
            way
            for size in _sizes(run)
            for way in [*size.get("cpu", {}), *size.get("searches", {}).get("ways", {})]
        )
    )


def _a_chunk(read: Callable[[dict[str, Any]], float | None]) -> Callable[[dict[str, Any]], float | None]:
    def found(size: dict[str, Any]) -> float | None:
        value = read(size) if "bytes" in size else None
        return None if value is None else value / size["bytes"]["chunks"] / 1000

    return found


def _at(size: dict[str, Any], *keys: str) -> Any:
    """What lies there; None where a size has not come so far."""
    found: Any = size
    for key in keys:
        found = found.get(key, {}) if isinstance(found, dict) else {}
    return None if found == {} else found


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value / by


def _group(item: Measure) -> str:
    return f"{'Maintenance' if item.name.startswith('maintenance') else 'Measures'} in {item.unit}"


def _labelled(item: Measure, sizes: list[dict[str, Any]]) -> str:
    slope = exponent(sizes, [item.read(size) for size in sizes])
    return item.name if slope is None else f"{item.name} ^{slope:.2f}"


def _dot(item: Measure, size: dict[str, Any]) -> Dot:
    value = item.read(size) or 0.0
    return Dot(
        math.log10(size["index"]["chunks"]), math.log10(value), f"{value:,.{item.digits}f} {item.unit}"
    )


def _power(value: float) -> str:
    return f"{10**value:,.3g}"
