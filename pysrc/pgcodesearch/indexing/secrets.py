"""Finds files that hold a key, token or password, before their text reaches a table.

Nothing is verified online. A placeholder is no secret: documentation and tests are full of them. A line with
``pragma: allowlist secret`` is let through.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

# RE2 reads a text once, whatever the text is: Python's own engine can take hours for one that was made for it.
import re2

from pgcodesearch.indexing.secret_places import PLACES, Place
from pgcodesearch.indexing.secret_rules import PRIVATE_KEY, RULES, WEB_TOKEN, Rule
from pgcodesearch.indexing.secret_values import bits_a_character, is_secret

SECONDS = 5.0
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|changeme|redacted|your[_-]|x{4}|\*{3}|\.{3}|1234567|abcdefg|0{6}|Eby8vdM02x|"
    r"[{}$%<>]",
    re.IGNORECASE,
)
_ALLOWED_LINE = re.compile(rb"pragma: ?(?:allow|white)list[ -]secret", re.IGNORECASE)
_TEST_PATH = (
    r"(^|/)(tests?|testing|testdata|specs?|fixtures?|mocks?|__tests__|examples?|samples?|cassettes)/|(^|/)(test_|conftest)|"
    r"[._-](test|spec)s?\."
)
_IN_TESTS = re.compile(_TEST_PATH, re.IGNORECASE)
_PUBLIC_PATH = re.compile(_TEST_PATH + r"|(^|/)docs?/|\.(md|rst|txt)$", re.IGNORECASE)
_RUN = re.compile(rb"[A-Za-z0-9+_]")
_TEXT_LIMIT = 20_000_000


class TooSlow(Exception):
    """the scan of a text takes longer than its time"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What kind of secret, and on which line (from 1); never the secret."""

    detector: str
    line: int

    def __str__(self) -> str:
        return f"{self.detector}, line {self.line}"


def find_secret(path: str, text: str, seconds: float | None = None) -> Finding | None:
    """The first secret of a file's text, None where there is none; raises TooSlow after ``seconds`` (SECONDS)."""
    seconds = SECONDS if seconds is None else seconds
    data = text[:_TEXT_LIMIT].encode("utf-8", "surrogatepass")
    deadline = time.monotonic() + seconds
    found = []
    for finding in _findings(path, data):
        if time.monotonic() > deadline:
            raise TooSlow(f"not scanned for secrets within {seconds:g} s")
        if finding is not None:
            found.append(finding)
    return min(found, key=lambda finding: finding.line, default=None)


def _findings(path: str, data: bytes) -> Iterator[Finding | None]:
    """Findings; and None now and then, so that the caller can look at the clock."""
    keywords, formats, places = _compiled_rules()
    present = set(keywords.Match(data) or ())
    for rule, pattern, wanted in formats:
        if present & wanted:
            yield from _issued(rule, pattern, data)
    if b"PRIVATE KEY" in data or b"PuTTY-User-Key-File" in data:
        yield from (_finding("private key", data, match) for match in _compile(PRIVATE_KEY).finditer(data))
    if b"eyJ" in data and not _PUBLIC_PATH.search(path):
        for match in _compile(WEB_TOKEN).finditer(data):
            yield _finding("JSON web token", data, match) if _is_live_token(match) else None
    for place, pattern, wanted in places:
        if present & wanted and place.is_in(path) and not _IN_TESTS.search(path):
            yield from _placed(place, pattern, data)


def _issued(rule: Rule, pattern: Any, data: bytes) -> Iterator[Finding | None]:
    for match in pattern.finditer(data):
        group = next((number for number in range(1, pattern.groups + 1) if match.group(number)), 0)
        yield _finding(rule.name, data, match) if _is_real(rule, data, match.span(group)) else None


def _is_real(rule: Rule, data: bytes, span: tuple[int, int]) -> bool:
    if not _stands_alone(data, *span):
        return False
    token = data[slice(*span)].decode("utf-8", "replace")
    return not _PLACEHOLDER.search(token) and bits_a_character(token) >= rule.least_bits


def _placed(place: Place, pattern: Any, data: bytes) -> Iterator[Finding | None]:
    for match in pattern.finditer(data):
        found = match.groupdict().items()
        groups = {name.decode(): value.decode("utf-8", "replace") for name, value in found if value}
        yield _finding(place.kind, data, match) if is_secret(groups) else None


def _finding(name: str, data: bytes, match: Any) -> Finding | None:
    """None on a line that is let through."""
    start = data.rfind(b"\n", 0, match.start()) + 1
    end = data.find(b"\n", match.start())
    line = data[start : end if end >= 0 else len(data)]
    return None if _ALLOWED_LINE.search(line) else Finding(name, data.count(b"\n", 0, match.start()) + 1)


@cache
def _compiled_rules() -> tuple[Any, list[tuple[Rule, Any, set[int]]], list[tuple[Place, Any, set[int]]]]:
    """The set of all keywords, which is matched in one pass; and rules and places with the numbers of theirs."""
    options = re2.Options()
    options.case_sensitive = False
    options.literal = True
    options.max_mem = 64 << 20  # beyond it a match is missed
    keywords = re2.Set.SearchSet(options)
    numbers: dict[str, int] = {}

    def numbered(words: tuple[str, ...]) -> set[int]:
        for word in words:
            if word not in numbers:
                numbers[word] = keywords.Add(word.encode())
        return {numbers[word] for word in words}

    formats = [(rule, _compile(rule.pattern), numbered(rule.keywords)) for rule in RULES]
    places = [(place, _compile(place.pattern), numbered(place.keywords)) for place in PLACES]
    keywords.Compile()
    return keywords, formats, places


@cache
def _compile(pattern: str) -> Any:
    options = re2.Options()
    # Bytes in and out, so that nothing is converted for each match; what is not ASCII is in no pattern.
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return re2.compile(pattern.encode(), options)


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Not a piece of a longer run, such as base64 data or an identifier."""
    return not (_RUN.match(data[max(start - 1, 0) : start]) or _RUN.match(data[end : end + 1]))


def _is_live_token(match: Any) -> bool:
    """A signed token with a header and claims; those of tests and documentation open nothing."""
    try:
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))) for part in match.group(1, 2)
        )
    except (ValueError, binascii.Error, RecursionError):
        return False
    if not isinstance(header, dict) or not isinstance(claims, dict) or "alg" not in header:
        return False
    texts = " ".join(value for value in claims.values() if isinstance(value, str))
    return not re.search(_PLACEHOLDER.pattern + "|test", texts, re.IGNORECASE)
