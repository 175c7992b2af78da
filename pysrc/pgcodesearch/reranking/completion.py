"""What a language model answered, as JSON, and what that took: for every question that is asked of one."""

from __future__ import annotations

import json
import re
from typing import Any

# Models that think aloud do it first; many put what is JSON into a fence.
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)```\s*", re.DOTALL)
_MOST_TOKENS = 100_000_000


class NoAnswer(Exception):
    """The answer is not what was asked for."""


def read_json(document: Any, wanted: str) -> Any:
    """The JSON that the text of a chat completion is; raises NoAnswer, which names what is ``wanted``."""
    content = _THOUGHT.sub("", _content(document), count=1).strip()
    if fenced := _FENCE.fullmatch(content):
        content = fenced[1]
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise NoAnswer(f"the model's answer is no JSON {wanted}") from None


def used_tokens(document: Any) -> int | None:
    """What the service says that question and answer took; None where it says nothing that can be."""
    usage = document.get("usage") if isinstance(document, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if type(total) is int and 0 <= total <= _MOST_TOKENS else None


def _content(document: Any) -> str:
    try:
        content = document["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise NoAnswer("the service's answer is no chat completion") from None
    if not isinstance(content, str):
        raise NoAnswer("the service's answer has no text")
    return content
