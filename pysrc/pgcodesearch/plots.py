"""Charts as SVG without a plotting library: light and dark, no script, nothing from outside, words for screen readers.

Colours are in ``STYLE``, which a page has once; ``document`` makes a file of its own of charts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
.chart { --ink: #57606a; --line: #d0d7de; --c0: #0969da; --c1: #bc4c00; --c2: #1a7f37; --c3: #8250df;
  font: 12px system-ui, sans-serif; max-width: 100%; height: auto; }
@media (prefers-color-scheme: dark) {
  .chart { --ink: #9198a1; --line: #3d444d; --c0: #4493f8; --c1: #f0883e; --c2: #3fb950; --c3: #ab7df8; } }
.chart text { fill: var(--ink); }
.chart .grid { stroke: var(--line); fill: none; }
.chart .c0 { stroke: var(--c0); } .chart .c1 { stroke: var(--c1); }
.chart .c2 { stroke: var(--c2); } .chart .c3 { stroke: var(--c3); }
.chart polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.chart text.c0, .chart circle.c0 { fill: var(--c0); stroke: none; }
.chart text.c1, .chart circle.c1 { fill: var(--c1); stroke: none; }
.chart text.c2, .chart circle.c2 { fill: var(--c2); stroke: none; }
.chart text.c3, .chart circle.c3 { fill: var(--c3); stroke: none; }
""".strip()
_COLOURS = 4
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 10, 34, 22
Range = tuple[float, float]


@dataclass(frozen=True)
class Dot:
    """A point of a line; without ``y`` the line has a gap. ``title`` is told where the pointer is on it."""

    x: float
    y: float | None
    title: str = ""
    radius: float = 2.2


@dataclass(frozen=True)
class Line:
    """A series by its name, from left to right."""

    name: str
    dots: Sequence[Dot]


@dataclass(frozen=True)
class Chart:
    """Lines over one another. Without ranges they are those of the dots; ``x_ticks`` are places and their labels,
    ``describe`` says in words what is seen."""

    title: str
    lines: Sequence[Line]
    describe: str = ""
    x_range: Range | None = None
    y_range: Range | None = None
    x_ticks: Sequence[tuple[float, str]] = ()
    y_format: Callable[[float], str] = "{:.3g}".format
    diagonal: bool = False
    width: int = 400
    height: int = 200


def svg(chart: Chart, key: str) -> str:
    """The chart as an ``<svg>`` element; ``key`` is its own in a page."""
    known = [dot for line in chart.lines for dot in line.dots if dot.y is not None]
    low, high = _range([dot.y for dot in known if dot.y is not None], chart.y_range)
    first, last = _range([dot.x for line in chart.lines for dot in line.dots], chart.x_range)
    inner, tall = chart.width - _LEFT - _RIGHT, chart.height - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + inner * (x - first) / (last - first), _TOP + tall * (1 - (y - low) / (high - low))

    base = chart.height - _BOTTOM
    parts = [
        f'<text x="0" y="12" font-weight="600">{escape(chart.title)}</text>',
        f'<rect class="grid" x="{_LEFT}" y="{_TOP}" width="{inner}" height="{tall}"/>',
        *(f'<text x="{_LEFT - 6}" y="{place(first, value)[1] + 4:.1f}" text-anchor="end">'
          f"{escape(chart.y_format(value))}</text>" for value in (low, high)),
        *(f'<text x="{place(x, low)[0]:.1f}" y="{base + 16}" text-anchor="{_anchor(x, first, last)}">'
          f"{escape(label)}</text>" for x, label in chart.x_ticks),
    ]  # fmt: skip
    if chart.diagonal:
        (x1, y1), (x2, y2) = place(first, low), place(last, high)
        parts.append(f'<line class="grid" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-dasharray="4 4"/>')
    legend = float(_LEFT)
    for number, line in enumerate(chart.lines):
        colour = f"c{number % _COLOURS}"
        if len(chart.lines) > 1 or line.name != chart.title:
            parts.append(f'<text class="{colour}" x="{legend:.0f}" y="28">{escape(line.name)}</text>')
            legend += 6.6 * len(line.name) + 16
        for run in _runs(line.dots):
            points = " ".join("{:.1f},{:.1f}".format(*place(dot.x, dot.y or 0)) for dot in run)
            parts.append(f'<polyline class="{colour}" points="{points}"/>')
        for dot in line.dots:
            if dot.y is not None and dot.title:
                x, y = place(dot.x, dot.y)
                parts.append(
                    f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="{dot.radius:.1f}">'
                    f"<title>{escape(dot.title)}</title></circle>"
                )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {chart.width} {chart.height}"'
        f' width="{chart.width}" height="{chart.height}" role="img" aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(chart.title)}</title>'
        f'<desc id="{key}-desc">{escape(chart.describe or chart.title)}</desc>{"".join(parts)}</svg>'
    )


def document(title: str, charts: Sequence[Chart]) -> str:
    """Charts one below the other, as an SVG file that needs no page around it."""
    width = max(chart.width for chart in charts)
    parts, top = [], 34
    for number, chart in enumerate(charts):
        parts.append(svg(chart, f"chart{number}").replace("<svg ", f'<svg x="10" y="{top}" ', 1))
        top += chart.height + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width + 20} {top}" width="{width + 20}"'
        f' height="{top}"><style>{STYLE}\nsvg {{ background: Canvas; color-scheme: light dark; }}</style>'
        f'<text x="10" y="22" font-size="15">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _range(values: Sequence[float], given: Range | None) -> Range:
    low, high = given or (min(values, default=0.0), max(values, default=1.0))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _anchor(x: float, first: float, last: float) -> str:
    return "start" if x == first else "end" if x == last else "middle"


def _runs(dots: Sequence[Dot]) -> list[list[Dot]]:
    """The dots between gaps."""
    runs: list[list[Dot]] = [[]]
    for dot in dots:
        if dot.y is None:
            runs.append([])
        else:
            runs[-1].append(dot)
    return [run for run in runs if run]
