"""Printing the rows of codesearch.ask and codesearch.impact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from pgcodesearch.cli._output import console
from pgcodesearch.cli._search import freshness_line, location, nothing_found, roots
from pgcodesearch.terminal import say, visible

if TYPE_CHECKING:
    from pgcodesearch.searching import AnsweredPlace, Freshness


def print_places(
    places: Sequence[AnsweredPlace], states: Sequence[Freshness], repository: str | None
) -> None:
    """A line for each place, its reason below it, and what the answer was found in."""
    folders, output = roots(states), console()
    for place in places:
        line = Text(f"{place.rank:>2}  ", style="dim")
        shown = place.lines[0] if place.lines else place.start_line or 1
        line.append_text(location(place.path, shown, folders.get(place.repository)))
        line.append(f"  {visible(place.symbol or '')}", style="cyan")
        line.append(f"  {place.role}")
        if place.confidence is not None:
            line.append(f" {place.confidence:.0%}", style="dim")
        if len(states) > 1:
            line.append(f"  {visible(place.repository)}", style="dim")
        output.print(line, soft_wrap=True)
        more = f", lines {', '.join(map(str, place.lines[:10]))}" if len(place.lines) > 1 else ""
        said = f"{place.text}: " if place.role == "change" else ""
        output.print(Text(f"      {visible(said + place.reason)}{more}", style="dim"), soft_wrap=True)
    if not places:
        say(nothing_found({"repository": repository}))
    output.print(Text(freshness_line(states), style="dim"), soft_wrap=True)
