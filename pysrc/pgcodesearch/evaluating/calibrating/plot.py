"""Reliability as a picture: how often hits are right, by how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from pgcodesearch.evaluating.calibrating.reliability import Reliability

_SIZE, _MARGIN = 320, 40
_COLOURS = {"hybrid": "#2b6cb0", "lexical": "#b7791f", "vector": "#2f855a"}


def reliability_plot(held_out: Mapping[str, Reliability]) -> str:
    """A self-contained SVG: mean confidence across, share that is right upwards, a dot for each band as large as it
    has hits, and the diagonal on which a calibration is true."""
    parts = [
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#999"/>',
        f'<text x="{_x(0.5)}" y="{_y(0) + 32}" text-anchor="middle">confidence</text>',
        f'<text transform="translate({_x(0) - 28} {_y(0.5)}) rotate(-90)" text-anchor="middle">right</text>',
    ]
    for tick in (0, 0.5, 1):
        parts.append(f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick}</text>')
    for number, (legs, found) in enumerate(held_out.items()):
        colour = _COLOURS.get(legs, "#555")
        line = " ".join(f"{_x(mean):.1f},{_y(share):.1f}" for _, _, _, mean, share in found.bands)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        parts += [
            f'<circle cx="{_x(mean):.1f}" cy="{_y(share):.1f}" r="{2 + min(count, 900) ** 0.5 / 6:.1f}"'
            f' fill="{colour}">'
            f"<title>{escape(legs)}: {count} hits, {share:.0%} right</title></circle>"
            for _, _, count, mean, share in found.bands
        ]
        parts.append(
            f'<text x="{_x(0) + 10}" y="{_y(1) + 18 + 16 * number}" fill="{colour}">{escape(legs)}:'
            f" AUROC {found.auroc:.2f}, error {found.error:.3f}</text>"
        )
    whole = _SIZE + 2 * _MARGIN
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" width="{whole}" height="{whole}"'
        f' role="img" aria-label="Reliability of confidences" font-family="sans-serif" font-size="12"'
        f' fill="#555">\n{body}\n</svg>\n'
    )


def _x(share: float) -> float:
    return _MARGIN + share * _SIZE


def _y(share: float) -> float:
    return _MARGIN + (1 - share) * _SIZE
