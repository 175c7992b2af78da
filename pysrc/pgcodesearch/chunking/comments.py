"""Comment and docstring text without its markers."""

from __future__ import annotations

import re
import textwrap

_MAX_CHARS = 20_000  # what a comment says after that is in the content only
_STRING = re.compile(r"^[A-Za-z~]{0,3}(\"\"\"|'''|\"|'|`)(.*?)\1?$", re.DOTALL)
_OPEN = re.compile(r"^\s*(?:/\*+!?|<!--|\{-\s*\|?|--\[=*\[|=begin\b.*|#\|)")
_CLOSE = re.compile(r"(?:\*+/|-->|-\}|\]=*\](?:--)?|=end\b|\|#)\s*$")
_LINE = re.compile(r"^[ \t]*(?://[/!]?|#+|--+(?: ?[|^])?|;+|%+|\*+(?!\w))[ \t]?")
_RULE = re.compile(r"^[\W_]{3,}$")
_LICENCE = re.compile(
    r"copyright|licen[cs]ed? (?:under|to)|spdx-license|all rights reserved|permission is hereby granted", re.I
)


_TAG = re.compile(
    r"</?(?:summary|remarks|returns|param|typeparam|paramref|exception|example|value|para|see|seealso|inheritdoc|"
    r"c|code|p|pre|ul|ol|li|b|i|em|br|tt)\b(?:\s+(?:name|cref)=\"([^\"]*)\")?[^<>]*>"
)
_DIRECTIVE = re.compile(
    r"^(?:!|-\*-|frozen_string_literal|tslint:|eslint|jshint|istanbul |c8 ignore|prettier-ignore|@ts-|@flow|nolint|"
    r"noqa|type: ?ignore|pylint:|mypy:|rubocop:|shellcheck |clang-format |NOLINT|go:|\+build|vim?:|coding[:=]|"
    r"swiftlint:)"
)


def strip_docstring(text: str) -> str:
    """The inside of a string literal, dedented."""
    match = _STRING.match(text.strip())
    return _dedent(match.group(2) if match else text)


def strip_comment(text: str) -> str:
    """A comment of any of the supported languages without markers, rules of dashes and outer blank lines."""
    text = text[:_MAX_CHARS].replace("\r", "")
    opened = _OPEN.match(text)
    if opened:
        text = _CLOSE.sub("", text[opened.end() :])
    lines = [_LINE.sub("", line).rstrip() for line in text.split("\n")]
    kept = ("" if _RULE.match(line) else line for line in lines if not _DIRECTIVE.match(line.lstrip()))
    return _TAG.sub(lambda tag: f"{tag.group(1)} " if tag.group(1) else "", "\n".join(kept)).strip()


def is_licence(text: str) -> bool:
    """True for licence headers, which are the same in every file and describe none."""
    return _LICENCE.search(text) is not None


def _dedent(text: str) -> str:
    head, newline, rest = text.replace("\r", "").partition("\n")
    return (head.strip() + newline + textwrap.dedent(rest)).strip()
