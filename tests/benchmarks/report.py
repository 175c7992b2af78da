"""Turns one run's measurements into a Markdown table, a JSON file and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("identifier", "language")
RESAMPLES = 2_000


def summarize(milliseconds: np.ndarray, kinds: np.ndarray) -> dict[str, dict[str, float]]:
    """p50, p95 and p99 of each class of query over all rounds; ``spread`` is how far the rounds' p50 lie apart."""
    result = {}
    for kind in KINDS:
        values = milliseconds[:, kinds == kind]
        medians = np.median(values, axis=1)
        result[kind] = {
            **{f"p{p}": float(np.percentile(values, p)) for p in (50, 95, 99)},
            "spread": float(medians.max() - medians.min()),
        }
    return result


def ratio(a: np.ndarray, b: np.ndarray, share: float, seed: int = 0) -> dict[str, float]:
    """The ratio of two systems' percentiles with its 95 % interval, by a paired bootstrap over queries.

    ``a`` and ``b`` are milliseconds (rounds, queries) of the same queries.
    """
    chosen = np.random.default_rng(seed)
    picks = chosen.integers(0, a.shape[1], (RESAMPLES, a.shape[1]))
    made = [np.percentile(a[:, p], share) / np.percentile(b[:, p], share) for p in picks]
    low, high = np.percentile(made, [2.5, 97.5])
    return {
        "ratio": float(np.percentile(a, share) / np.percentile(b, share)),
        "low": float(low),
        "high": float(high),
    }


def markdown(run: dict[str, Any]) -> str:
    """The whole run as Markdown."""
    parts = [f"# Benchmark, {run['date']}", "", *run["conditions"], ""]
    for size, data in run["sizes"].items():
        parts += [f"## {int(size):,} chunks", "", *_main_table(data), "", *_ratio_table(data), ""]
        parts += [f"- {note}" for note in data["notes"]]
        parts.append("")
    return "\n".join(parts)


def _main_table(data: dict[str, Any]) -> list[str]:
    lines = [
        "| system | identifier p50 / p95 ms | language p50 / p95 ms | spread of p50 | queries/s, 4 clients"
        " | vector recall@10 | build s | disk MB | peak RSS MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in data["systems"].items():
        ident, lang = (row["latency"][kind] for kind in KINDS)
        lines.append(
            f"| {name} | {ident['p50']:.2f} / {ident['p95']:.2f} | {lang['p50']:.2f} / {lang['p95']:.2f}"
            f" | {ident['spread']:.2f}, {lang['spread']:.2f} | {_number(row.get('queries_per_second'), 0)}"
            f" | {_number(row.get('recall'), 3)} | {_number(row.get('build_seconds'), 1)}"
            f" | {_megabytes(row.get('disk_bytes'))} | {_megabytes(row.get('peak_rss'))} |"
        )
    return lines


def _ratio_table(data: dict[str, Any]) -> list[str]:
    lines = [
        "| ratio (95 % interval) | identifier p50 | identifier p95 | language p50 | language p95 |",
        "|---|---|---|---|---|",
    ]
    for name, ratios in data["ratios"].items():
        cells = (f"{r['ratio']:.2f} ({r['low']:.2f}–{r['high']:.2f})" for r in ratios.values())
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _megabytes(value: float | None) -> str:
    return "–" if value is None else f"{value / 1e6:.0f}"


def plot(run: dict[str, Any], target: Path) -> None:
    """Bars of p50 with a line to p95, one panel for each size and class of query."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sizes = list(run["sizes"])
    figure, panels = plt.subplots(len(sizes), len(KINDS), figsize=(12, 3.6 * len(sizes)), squeeze=False)
    for panel_row, size in zip(panels, sizes, strict=True):
        systems = run["sizes"][size]["systems"]
        for panel, kind in zip(panel_row, KINDS, strict=True):
            names = list(systems)[::-1]
            p50 = [systems[n]["latency"][kind]["p50"] for n in names]
            p95 = [systems[n]["latency"][kind]["p95"] for n in names]
            colours = ["tab:blue" if n.startswith("pgcodesearch") else "tab:gray" for n in names]
            panel.barh(names, p50, color=colours)
            panel.hlines(range(len(names)), p50, p95, color="black", linewidth=1)
            panel.plot(p95, range(len(names)), "|", color="black")
            panel.set_xscale("log")
            panel.set_title(f"{int(size):,} chunks, {kind} queries")
            panel.set_xlabel("milliseconds: bar p50, mark p95")
    figure.tight_layout()
    figure.savefig(target, dpi=110)
    plt.close(figure)


def write(run: dict[str, Any], folder: Path, name: str) -> None:
    """Write name.json, name.md and name.png."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(f"{markdown(run)}\n![latency]({name}.png)\n", encoding="utf-8")
    plot(run, folder / f"{name}.png")
