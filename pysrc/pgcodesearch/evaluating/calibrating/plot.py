"""Reliability as a picture: how often hits are right, by how sure they are."""

from __future__ import annotations

from collections.abc import Mapping

from pgcodesearch.evaluating.calibrating.reliability import Reliability
from pgcodesearch.plots import Chart, Dot, Line, document


def reliability_plot(held_out: Mapping[str, Reliability]) -> str:
    """A self-contained SVG: mean confidence across, share that is right upwards, a dot for each band as large as it
    has hits, and the diagonal on which a calibration is true."""
    lines = [
        Line(
            f"{legs}: AUROC {found.auroc:.2f}, error {found.error:.3f}",
            [
                Dot(mean, share, f"{legs}: {count} hits, {share:.0%} right", 2 + min(count, 900) ** 0.5 / 6)
                for _, _, count, mean, share in found.bands
            ],
        )
        for legs, found in held_out.items()
    ]
    told = "; ".join(line.name for line in lines)
    chart = Chart(
        "share that is right, by confidence", lines, f"Reliability of confidences. {told}", (0, 1), (0, 1),
        [(tick, f"{tick:g}") for tick in (0, 0.5, 1)], diagonal=True, width=640, height=400,
    )  # fmt: skip
    return document("Reliability of confidences", [chart])
