"""What a language model answered, as an order of what it was asked about: never anything else."""

from __future__ import annotations

import json
import re
from typing import Any

# Models that think aloud do it first; many put what is JSON into a fence.
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)```\s*", re.DOTALL)
_MOST_TOKENS = 100_000_000


class NoOrder(Exception):
    """The answer has no order in it."""


def read_order(document: Any, count: int) -> list[int]:
    """The places 1 to ``count``, each once, best first, of the document that a chat completion is.

    Numbers that were not asked about and repeated ones are left out; what the answer leaves out keeps the search's
    order behind the others. Raises NoOrder where the answer is no JSON array of numbers, or has none of these.
    """
    content = _content(document)
    content = _THOUGHT.sub("", content, count=1).strip()
    if fenced := _FENCE.fullmatch(content):
        content = fenced[1]
    try:
        named = json.loads(content)
    except (ValueError, RecursionError):
        raise NoOrder("the model's answer is no JSON array") from None
    if not isinstance(named, list) or any(type(number) is not int for number in named):
        raise NoOrder("the model's answer is no JSON array of numbers")
    order = list(dict.fromkeys(number for number in named if 1 <= number <= count))
    if not order:
        raise NoOrder("the model's answer names none of the results")
    return order + [place for place in range(1, count + 1) if place not in set(order)]


def used_tokens(document: Any) -> int | None:
    """What the service says that question and answer took; None where it says nothing that can be."""
    usage = document.get("usage") if isinstance(document, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if type(total) is int and 0 <= total <= _MOST_TOKENS else None


def _content(document: Any) -> str:
    try:
        content = document["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise NoOrder("the service's answer is no chat completion") from None
    if not isinstance(content, str):
        raise NoOrder("the service's answer has no text")
    return content
