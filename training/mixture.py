"""A loss as a sum of others: ``0.7 infonce + 0.3 margin_ranking``."""

from __future__ import annotations

from collections.abc import Sequence

from pgcodesearch.errors import TrainingError


def parse_mixture(text: str, known: Sequence[str]) -> dict[str, float]:
    """Weight of each loss of a mixture, in the order they are written; a name alone has weight 1.

    One loss should lead and others have a tenth to a third of its weight: equal ones pull against each other.
    Raises TrainingError for a name that is not known or there twice, and for a weight that is not above 0.
    """
    weights: dict[str, float] = {}
    for part in text.split("+"):
        number, _, name = part.strip().rpartition(" ")
        if name not in known:
            raise TrainingError(
                f"loss {name or text!r} is unknown: use one of {', '.join(known)}",
                hint="or several with weights: 0.7 infonce + 0.3 margin_ranking",
            )
        try:
            weight = float(number) if number.strip() else 1.0
        except ValueError:
            weight = 0.0
        if not 0 < weight < float("inf"):
            raise TrainingError(f"loss {text!r}: the weight {number.strip()!r} is not above 0")
        if name in weights:
            raise TrainingError(f"loss {text!r} has {name} twice")
        weights[name] = weight
    return weights
