"""Merge conflicts that were committed or not yet resolved: markers, and the two sides between them."""

from __future__ import annotations

from dataclasses import dataclass

from .preprocessor import blank


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rows of one conflict, 0-based: its markers, and what diff3 puts between the sides."""

    start: int
    base: int  # the row of ``|||||||``; that of ``=======`` without one
    middle: int
    end: int

    @property
    def ours(self) -> tuple[int, int]:
        """Rows of the first side, both included."""
        return self.start + 1, self.base - 1

    @property
    def theirs(self) -> tuple[int, int]:
        """Rows of the second side, both included."""
        return self.middle + 1, self.end - 1


def find_conflicts(rows: list[str]) -> list[Conflict]:
    """Conflicts whose three markers stand in order."""
    found, start, base, middle = [], -1, -1, -1
    for row, text in enumerate(rows):
        mark = text[:7]
        if mark == "<<<<<<<" and text[7:8] in ("", " ", "\r"):
            start, base, middle = row, -1, -1
        elif start >= 0 and middle < 0 and mark == "|||||||" and text[7:8] in ("", " ", "\r"):
            base = row
        elif start >= 0 and middle < 0 and text.rstrip() == "=======":
            middle = row
        elif middle >= 0 and mark == ">>>>>>>" and text[7:8] in ("", " ", "\r"):
            found.append(Conflict(start, base if base >= 0 else middle, middle, row))
            start, base, middle = -1, -1, -1
    return found


def without_sides(data: bytes, conflicts: list[Conflict], side: str = "") -> bytes:
    """The source with markers and bases blank, and with one side too (`ours` or `theirs`) where it is named."""
    rows = data.split(b"\n")
    for conflict in conflicts:
        gone = {conflict.start, *range(conflict.base, conflict.middle + 1), conflict.end}
        if side:
            first, last = conflict.ours if side == "ours" else conflict.theirs
            gone.update(range(first, last + 1))
        for row in gone:
            rows[row] = blank(rows[row])
    return b"\n".join(rows)
