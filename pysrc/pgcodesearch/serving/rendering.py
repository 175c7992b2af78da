"""Templates, and what they say numbers, times and foreign text with."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from pgcodesearch import __version__
from pgcodesearch.terminal import visible

NAVIGATION = (
    ("/", "Search"),
    ("/status", "Status"),
    ("/reports", "Reports"),
    ("/judging", "Judging"),
    ("/evaluation", "Evaluation"),
    ("/training", "Training"),
)


def html(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page, or a part of one."""
    return HTMLResponse(_environment().get_template(template).render(**values), status)


def url(address: str, /, **parameters: Any) -> str:
    """An address with the parameters that are not None or empty."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return quote(address) + (f"?{urlencode(given)}" if given else "")


def cell(value: Any) -> str:
    """A value of a table as text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell(item)}" for name, item in value.items())
    return visible(str(value))


def when(value: datetime | None) -> str:
    """A time as this machine has it."""
    return "never" if value is None else f"{value.astimezone():%Y-%m-%d %H:%M}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pgcodesearch.serving"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "cell": cell, "when": when}
    environment.globals |= {"url": url, "navigation": NAVIGATION, "version": __version__}
    environment.globals["show"] = environment.get_template("macros.html").module
    return environment
