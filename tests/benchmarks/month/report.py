"""The month as JSON, as a table and as a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_report(folder: Path, result: dict[str, Any]) -> None:
    """month.json, month.md, and month.png where matplotlib is installed.

    Arms that another process with the same settings wrote there stay.
    """
    file = folder / "month.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    if known.get("settings") == result["settings"]:
        arms = known["arms"] | result["arms"]
        result = result | {"arms": {arm: arms[arm] for arm in sorted(arms, key=len)}}
    file.write_text(json.dumps(_without_rows(result), indent=1))
    (folder / "month.md").write_text(_table(result))
    try:
        import matplotlib

        matplotlib.use("Agg")
        _plot(result, folder / "month.png")
    except ImportError:
        pass


def _without_rows(result: dict[str, Any]) -> dict[str, Any]:
    arms = {arm: [{key: value for key, value in item.items() if key != "rows"} for item in rounds]
            for arm, rounds in result["arms"].items()}  # fmt: skip
    return result | {"arms": arms}


def _table(result: dict[str, Any]) -> str:
    settings = result["settings"]
    lines = [
        "# A simulated month\n",
        f"It starts with {settings['model']}. {result['chunks']} chunks of real packages without their documentation"
        " and comments;"
        f" {result['intents']} intents that users have, by Zipf's law, and {result['new_intents']} that nobody has;"
        f" {settings['queries']} searches a round; {settings['judged']} held-out queries in wordings that nobody typed,"
        f" as many others for the gate; at most {settings['steps']} steps a round; seed {settings['seed']}."
        " Written by `python tests/benchmarks/simulated_month.py`; all searches go through `codesearch.search`.\n",
        "Changes are against the start, with 95 % intervals of a paired bootstrap. Found: intents of which somebody"
        " took the right result; not found: asked in vain so far; new: never asked.\n",
        "| arm | round | outcome | held-out MRR@10 | all | found | not found | new | positives right / wrong |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for arm, rounds in result["arms"].items():
        for item in rounds:
            gain = item.get("gain", {})
            made = item.get("behaviour", {}).get("positives", {})
            changes = " | ".join(_difference(gain.get(name)) for name in ("all", "found", "not found", "new"))
            lines.append(
                f"| {arm} | {item['round']} | {item.get('outcome', 'start')} | {item['mrr']:.3f} | {changes}"
                f" | {made.get('right', 0)} / {made.get('wrong', 0)} |"
            )
    lines.append("\nWhat the round said:\n")
    for arm, rounds in result["arms"].items():
        lines += [f"- {arm}, round {item['round']}: {item['reason']}" for item in rounds if "reason" in item]
    return "\n".join(lines) + "\n"


def _difference(gain: dict[str, Any] | None) -> str:
    if gain is None:
        return ""
    return f"{gain['mean']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}), n {gain['queries']}"


def _plot(result: dict[str, Any], path: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for arm, rounds in result["arms"].items():
        at = [item["round"] for item in rounds]
        start = rounds[0]["mrr"]
        low = [item.get("gain", {}).get("all", {}).get("low", 0) + start for item in rounds]
        high = [item.get("gain", {}).get("all", {}).get("high", 0) + start for item in rounds]
        (line,) = axes.plot(at, [item["mrr"] for item in rounds], marker="o", label=arm)
        axes.fill_between(at, low, high, alpha=0.15, color=line.get_color())
    axes.set(
        xlabel="round of use and training",
        ylabel="held-out MRR@10",
        title="A simulated month: the active model on held-out queries",
    )
    axes.set_xticks(range(max(len(rounds) for rounds in result["arms"].values())))
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
