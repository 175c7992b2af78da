"""What a language model answered, as an order of what it was asked about: never anything else."""

from __future__ import annotations

from typing import Any

from pgcodesearch.reranking.completion import NoAnswer, read_json


def read_order(document: Any, count: int) -> list[int]:
    """The places 1 to ``count``, each once, best first, of the document that a chat completion is.

    Numbers that were not asked about and repeated ones are left out; what the answer leaves out keeps the search's
    order behind the others. Raises NoAnswer where the answer is no JSON array of numbers, or has none of these.
    """
    named = read_json(document, "array")
    if not isinstance(named, list) or any(type(number) is not int for number in named):
        raise NoAnswer("the model's answer is no JSON array of numbers")
    order = list(dict.fromkeys(number for number in named if 1 <= number <= count))
    if not order:
        raise NoAnswer("the model's answer names none of the results")
    return order + [place for place in range(1, count + 1) if place not in set(order)]
