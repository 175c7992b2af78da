"""The weekly report as one page: nothing from outside, no script, light and dark, for a phone as for a screen.

A site that has a frame of its own takes ``content`` and puts ``STYLE`` among its styles.
"""

from __future__ import annotations

from html import escape
from typing import Any

from pgcodesearch import plots
from pgcodesearch.operating.weekly_report import Rows, WeeklyReport, formatted, sections
from pgcodesearch.plots import Chart, Dot, Line
from pgcodesearch.terminal import visible

STYLE = plots.STYLE + """
.weekly { --text: #1f2328; --soft: #57606a; --edge: #d0d7de; --good: #1a7f37; --bad: #cf222e; color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  .weekly { --text: #e6edf3; --soft: #9198a1; --edge: #3d444d; --good: #3fb950; --bad: #f85149; } }
.weekly h1 { font-size: 1.5rem; margin: 0; } .weekly h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.weekly .about { color: var(--soft); margin: 0 0 1rem; }
.weekly .charts { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.weekly .charts svg { width: 100%; }
.weekly table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.weekly th, .weekly td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--edge);
  vertical-align: top; }
.weekly thead th { color: var(--soft); font-weight: 500; } .weekly tbody th { font-weight: 500; }
.weekly .number { text-align: right; }
.weekly .better { color: var(--good); } .weekly .worse { color: var(--bad); }
@media (max-width: 32rem) { .weekly { padding: .75rem; font-size: 13px; }
  .weekly th, .weekly td { padding: .3rem .2rem; } }
"""  # fmt: skip
_PAGE = "body { margin: 0; background: #fff; }\n@media (prefers-color-scheme: dark) { body { background: #0d1117; } }\n"


def page(report: WeeklyReport) -> str:
    """A whole HTML document."""
    title = f"Search in {report.database}, week to {report.until:%Y-%m-%d}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_PAGE}{STYLE}</style>\n</head>\n<body>\n"
        f"<main>{content(report)}</main>\n</body>\n</html>\n"
    )


def content(report: WeeklyReport) -> str:
    """What the page has within its frame: an ``<article>`` of class ``weekly``."""
    parts = [
        f"<h1>Search in {escape(report.database)}</h1>",
        f'<p class="about">{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}, beside the seven days before.</p>',
        _measures(report),
        "<h2>Day by day</h2>",
        '<div class="charts">',
        *(plots.svg(chart, f"day{number}") for number, chart in enumerate(charts(report.days))),
        "</div>",
    ]
    for title, rows, columns in sections(report):
        parts += [f"<h2>{escape(title)}</h2>", _table(columns, rows)]
    return f'<article class="weekly">\n{chr(10).join(parts)}\n</article>'


def charts(days: Rows) -> list[Chart]:
    """Searches, shares, confidence and latency by day; a day without searches is a gap."""
    wanted = [
        ("searches", "count", [("searches", "searches")]),
        (
            "nothing found, nothing used",
            "share",
            [("nothing found", "miss_rate"), ("nothing used", "zero_click_rate")],
        ),
        ("confidence, used well", "share", [("confidence", "confidence"), ("used well", "strong_rate")]),
        ("latency", "ms", [("median", "latency_p50"), ("95 %", "latency_p95")]),
    ]
    return [_chart(days, *one) for one in wanted]


def _chart(days: Rows, title: str, unit: str, series: list[tuple[str, str]]) -> Chart:
    lines = [
        Line(name, [Dot(n, day[column], f"{day['starts_at']:%a %m-%d}: {formatted(day[column], unit)}")
                    for n, day in enumerate(days)])
        for name, column in series
    ]  # fmt: skip
    highest = max((dot.y for line in lines for dot in line.dots if dot.y is not None), default=0.0)
    last = len(days) - 1
    ticks = [(0, f"{days[0]['starts_at']:%m-%d}"), (last, f"{days[-1]['starts_at']:%m-%d}")] if days else []
    if last >= 7:
        ticks.insert(1, (last - 6, f"{days[-7]['starts_at']:%m-%d}"))
    told = "; ".join(f"{line.name} {_told(line, unit)}" for line in lines)
    top = 1.0 if unit == "share" else highest or 1.0
    label = {"share": "{:.0%}", "ms": "{:.0f} ms"}.get(unit, "{:,.0f}")
    return Chart(title, lines, f"{title} by day. {told}.", (0, last), (0, top), ticks, label.format)


def _told(line: Line, unit: str) -> str:
    known = [dot.y for dot in line.dots if dot.y is not None]
    if not known:
        return "is not known"
    return f"from {formatted(known[0], unit)} to {formatted(known[-1], unit)}, at most {formatted(max(known), unit)}"


def _measures(report: WeeklyReport) -> str:
    body = []
    for row in report.measures:
        name, value, before, change, told = report.line(row)
        judged = f' <span class="{told}">{escape(change)} {told}</span>' if told else escape(change)
        body.append(
            f'<tr><th scope="row">{escape(name)}</th><td class="number">{escape(value)}</td>'
            f'<td class="number">{escape(before)}</td><td class="number">{judged}</td></tr>'
        )
    head = '<th scope="col">measure</th>' + "".join(
        f'<th scope="col" class="number">{name}</th>' for name in ("seven days", "before", "change")
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _table(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    numeric = [name in ("searches", "unanswered", "more") for name in columns]
    classes = [' class="number"' if own else "" for own in numeric]
    head = "".join(
        f'<th scope="col"{own}>{escape(name)}</th>' for name, own in zip(columns, classes, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(f'<td{own}>{escape(visible(text))}</td>' for text, own in zip(row, classes, strict=True))}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
