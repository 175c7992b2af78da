"""Tells files that a tool wrote by what their head says of them; a word in code, or of another file, says nothing."""

from __future__ import annotations

import re

_HEAD_CHARACTERS = 4_000
_HEAD_LINES = 40
# What opens a comment, and what closes those that have an end.
_LINE = re.compile(r"#|//+[!/]?|--|;+|%+|'(?!'')|\.\. |dnl\b|(?:@?rem)\b|!|\"(?!\"\")", re.IGNORECASE)
_BLOCK = {
    "/*": "*/",
    "<!--": "-->",
    "<#": "#>",
    "(*": "*)",
    "{-": "-}",
    '"""': '"""',
    "'''": "'''",
    "=begin": "=end",
}
# Lines of code that may stand before a comment that is about the whole file.
_BEFORE = re.compile(
    r"<\?(?:php|xml\b[^>]*\?>|hh)|<!doctype[^>]*>|['\"]use strict['\"];?|@charset [^;]*;", re.IGNORECASE
)

_START = r"(?:\A|(?<=[.!?:;>*=~-])\s+|\n\s*(?=(?-i:[A-Z@<])))[\s*=~_<-]*"
_MADE = r"(?:auto(?:matically)?[- ]?generated|machine[- ]generated)"
_BY = r"(?:by|from|with|using|via)\b"
_CLAIMS = re.compile(
    rf"{_START}(?:"
    rf"@generated\b|<?auto-?generated\s*/?>"
    rf"|{_MADE}\s+{_BY}"
    rf"|(?:this is an? )?{_MADE}\s+(?:\w+ )?(?:file|code|source)\b"
    rf"|this (?:\w+ )?(?:file|code|source|script|document) (?:is|was|has been) (?:\w+ )?@?{_MADE}"
    rf"|this (?:\w+ )?(?:file|code|source|script|document) (?:is|was|has been) (?:\w+ly )?@?generated (?:\w+ly )?{_BY}"
    rf"|code generated {_BY}"
    r")",
    re.IGNORECASE,
)
# These are claims only beside a warning not to edit.
_WEAK_CLAIMS = re.compile(rf"{_START}(?:generated\b|this \w+ (?:is|was) \w*\s?generated\b)", re.IGNORECASE)
_WARNING = re.compile(
    r"\bdo(?: not|n't) (?:edit|modify|change|touch)\b|\bnot (?:be |to be )?(?:edited|modified)\b|"
    r"\bwill be (?:lost|overwritten|discarded)\b|\bnot edit\b",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{|%[sdv]\b|\{[a-z_.]*\}|@@|\$\(")


def generated_by(text: str) -> str | None:
    """The line of a file's head that says a tool wrote it; None where nothing does."""
    head = _head_comment(text[:_HEAD_CHARACTERS])
    claim = _CLAIMS.search(head)
    if claim is None and _WARNING.search(head):
        claim = _WEAK_CLAIMS.search(head)
    if claim is None:
        return None
    line = _line_at(head, claim.end())
    # What a generator writes may stand in its template, with gaps to fill.
    return None if _TEMPLATE.search(line) else line


def _head_comment(text: str) -> str:
    """The comments before the first line of code, without what makes them comments."""
    found: list[str] = []
    closing = ""
    for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        line = line.strip().lstrip("\ufeff")
        if not closing:
            opening = next((mark for mark in _BLOCK if line.startswith(mark)), "")
            closing, line = _BLOCK.get(opening, ""), line.removeprefix(opening)
            marker = None if opening else _LINE.match(line)
            if line and not opening and not marker:
                if _BEFORE.fullmatch(line):
                    continue
                break
            line = line[marker.end() :] if marker else line
        if closing and closing in line:
            line, _, rest = line.partition(closing)
            closing = ""
            if rest.strip(" ;"):
                found.append(line)
                break
        found.append(line.strip().lstrip("*#/;-% ").rstrip())
    return "\n".join(found)


def _line_at(head: str, position: int) -> str:
    start = head.rfind("\n", 0, position - 1) + 1
    end = head.find("\n", position)
    return head[start : end if end >= 0 else len(head)].strip()[:200]
