"""Tells a password or token from a placeholder, a label and an address on this machine."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

# What stands for a value that is elsewhere, or that the reader has to put in.
_STAND_IN = re.compile(
    r"example|sample|dummy|fake|placeholder|change[_-]?(?:me|it|this)|replace|redacted|removed|hidden|your|insert|todo|fixme|"
    r"x{4}|\*{3}|\.{3}|-{4}|_{4}|12345|abcd|0{4}|Eby8vdM02x",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    rf"{_STAND_IN.pattern}|1234|2345|secret|passw|passphrase|token|test|demo|mock|foo|bar|default|undefined|env|config|vault|"
    r"lorem|qwert|none|null|true|false|[<>{}()\[\]$%]|^[@&!*#/.~\\]|://|\\[ux\d]",
    re.IGNORECASE,
)
# In a file that is for secrets any value is one, if it is none of these.
_EMPTY = re.compile(
    r"\$\{.*\}|\$\w+|<.*>|\{\{.*|%\w+%|\d{1,6}|[x*.-]*|[/~.].*|\w+://.*|(?:my|some|the)?[_-]?(?:secret|password|passwd|pass|token|key|"
    r"value|test|dev|admin|root|user|postgres|none|null|true|false|yes|no|on|off|local\w*)s?(?:[_-]?(?:key|here|value|password|"
    r"secret))?\d{0,3}",
    re.IGNORECASE,
)
_OTHER_NAME = re.compile(
    r"public|csrf|xsrf|page|cursor|continuation|cancel|hash|digest|checksum|regex|pattern|field|label|name$|type$|file$|path$|"
    r"url$|uri$|id$",
    re.IGNORECASE,
)
# a.b.c, some-label-2, SOME_NAME: identifiers and words, even where digits are in them.
_LABEL = re.compile(
    r"[A-Za-z_]\w*(?:[.:/-]+[A-Za-z_]\w*)+$|[a-z]+(?:[_-]?[a-z]+)*[_-]?\d{0,4}$|[A-Z]+(?:_[A-Z0-9]+)*$"
)
_LOCAL_HOST = re.compile(
    r"localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|host$|db$|(?:.*\.)?example(?:\.|$)|.*\.(?:test|local|invalid)$|.*sentry"
)


def is_secret(groups: dict[str, str]) -> bool:
    """Whether what was found in a place is a secret.

    Groups: ``weak`` (in a file for secrets: anything but a placeholder), ``token`` or ``password`` in a URL with its
    ``user`` and ``host``, ``value`` beside a ``name`` (it must look like a password).
    """
    if _LOCAL_HOST.match(groups.get("host", "")):
        return False
    if "weak" in groups:
        weak = groups["weak"].strip("\"'")
        return not (_EMPTY.fullmatch(weak) or _STAND_IN.search(weak))
    if "token" in groups:
        # Web tokens are looked at by themselves: those of documentation open nothing.
        return not groups["token"].startswith("eyJ") and _is_random(groups["token"], 16, 3.3)
    if "password" in groups:
        return groups["password"] != groups.get("user") and _is_random(groups["password"], 8, 2.5)
    return not _OTHER_NAME.search(groups.get("name", "")) and _is_password(groups["value"])


def bits_a_character(text: str) -> float:
    """Entropy of the characters, 0 for one that is repeated."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def _is_random(value: str, length: int, least_bits: float) -> bool:
    if len(value) < length or _PLACEHOLDER.search(value) or bits_a_character(value) < least_bits:
        return False
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _is_password(value: str) -> bool:
    """Digits among letters, or many kinds of characters: 'hunter2abc9', 'Winter2024!', and no 'oauth2_token'."""
    if not _is_random(value, 8, 2.75) or _LABEL.fullmatch(value):
        return False
    kinds = [_kind(c) for c in value]
    changes = sum("digit" in (left, right) and left != right for left, right in pairwise(kinds))
    return changes >= 3 or len({*kinds} - {"separator"}) >= 3


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "capital" if character.isupper() else "letter"
    return "separator" if character in "-_.:/" else "sign"
