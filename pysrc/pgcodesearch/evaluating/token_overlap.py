"""How closely the returned lines cover the judged ones, by their tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pgcodesearch.evaluating.judgments import Place

_TOKEN = re.compile(r"\w+|[^\w\s]")

ReadLines = Callable[[str], Sequence[str] | None]


def tokens_of(text: str) -> set[str]:
    """Words and single punctuation marks of a piece of source."""
    return set(_TOKEN.findall(text))


def intersection_over_union(a: set[str], b: set[str]) -> float:
    """Shared tokens over all tokens of two sets; 0 for two empty ones."""
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def token_overlap(results: Sequence[Place], relevant: Sequence[Place], read_lines: ReadLines) -> float | None:
    """Mean over the judged places of the best token IoU among the results in the same file (0 where none is).

    ``read_lines`` gives a file's lines by path, or None for a file that is not indexed. None when no judged
    place could be read: then nothing is known, which is not 0.
    """
    best: list[float] = []
    for place in relevant:
        truth = _text(place, read_lines)
        if truth is None:
            continue
        expected = tokens_of(truth)
        texts = (_text(result, read_lines) for result in results if result.path == place.path)
        best.append(max((intersection_over_union(tokens_of(t), expected) for t in texts if t), default=0.0))
    return sum(best) / len(best) if best else None


def _text(place: Place, read_lines: ReadLines) -> str | None:
    lines = read_lines(place.path)
    return None if lines is None else "\n".join(lines[place.start_line - 1 : place.end_line])
