"""Finds files that hold a key, token or password, before their text reaches a table.

The patterns are those of detect-secrets, and a few it lacks; only of detectors that name an issuer, because those for
entropy and keywords call every hash in a test a secret. Nothing is verified online. A placeholder is no secret:
documentation and tests are full of them. A line with ``pragma: allowlist secret`` is let through, as the library does.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

# A text without any of these holds no secret we know of; most texts are done with this.
_MARKERS = (
    "PRIVATE KEY", "PuTTY-User-Key-File", "AKIA", "ASIA", "ABIA", "ACCA", "A3T", "aws", "AWS", "ghp_", "gho_", "ghu_",
    "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941", "glcbt-", "glimt-",
    "glptt-", "glagent-", "gloas-", "xox", "hooks.slack.com", "k_live_", "_authToken", "pypi-AgE", "SG.", "AccountKey=",
    "T3BlbkFJ", "sk-ant-", "sq0csp-", "AIza", "eyJ", "-us", "npm_",
)  # fmt: skip
_LIBRARY = (
    ("AWS key", "aws", "AWSKeyDetector"),
    ("GitHub token", "github_token", "GitHubTokenDetector"),
    ("GitLab token", "gitlab_token", "GitLabTokenDetector"),
    ("Slack token", "slack", "SlackDetector"),
    ("Stripe key", "stripe", "StripeDetector"),
    ("npm token", "npm", "NpmDetector"),
    ("PyPI token", "pypi_token", "PypiTokenDetector"),
    ("SendGrid key", "sendgrid", "SendGridDetector"),
    ("Azure storage key", "azure_storage_key", "AzureStorageKeyDetector"),
    ("OpenAI key", "openai", "OpenAIDetector"),
    ("Square token", "square_oauth", "SquareOAuthDetector"),
    ("Mailchimp key", "mailchimp", "MailchimpDetector"),
)
# The library's pattern of a web token ends before the signature, that of a URL takes every placeholder.
_WEB_TOKEN = re.compile(r"eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,}")
_OWN = (
    ("Google API key", r"AIza[0-9A-Za-z_\-]{35}"),
    ("GitHub token", r"github_pat_[0-9A-Za-z_]{70,}"),
    ("Anthropic key", r"sk-ant-[0-9A-Za-z_\-]{40,}"),
    ("npm token", r"npm_[0-9A-Za-z]{36}"),
)
# A key's name alone stands in every program that reads keys; the key has lines of base64 after it.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|[\"'+,;]|[A-Za-z-]+: [^\n]*\n)*"
    r"[A-Za-z0-9+/=]{40,}|PuTTY-User-Key-File-[23]: \S[\s\S]{0,500}?Private-Lines: \d"
)
_URL = re.compile(r"://([^\s:/?#@'\"<>]{1,200}):([^\s:/?#@'\"<>]{1,200})@([A-Za-z0-9.\-]{1,200})")
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|changeme|redacted|your[_-]|xxxx|\*\*\*|\.\.\.|1234567|abcdefg|0{6}|Eby8vdM02x|secret|"
    r"passw|[{}$%<>]|test",
    re.IGNORECASE,
)
_LOCAL_HOST = re.compile(
    r"(?:localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|host$|db$|(?:.*\.)?example(?:\.|$)|.*\.(?:test|local|invalid)$)"
)
_ALLOWED_LINE = re.compile(r"pragma: ?(?:allow|white)list[ -]secret", re.IGNORECASE)
_PUBLIC_PATH = re.compile(
    r"(^|/)(tests?|testing|testdata|specs?|fixtures?|docs?|examples?|samples?)/|(^|/)test_|_test\.|\.(md|rst|txt)$"
)
_RUN = re.compile(r"[A-Za-z0-9+_]")
_LEAST_BITS = 3.0
_LEAST_PASSWORD_BITS = 2.5
_TEXT_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What kind of secret, and on which line (from 1); never the secret."""

    detector: str
    line: int

    def __str__(self) -> str:
        return f"{self.detector}, line {self.line}"


def find_secret(path: str, text: str) -> Finding | None:
    """The first secret of a file's text, None where there is none."""
    text = text[:_TEXT_LIMIT]
    has_marker = any(marker in text for marker in _MARKERS)
    if not has_marker and "://" not in text:
        return None
    found = [*(_with_marker(path, text) if has_marker else ()), *_urls(path, text)]
    return min(found, key=lambda finding: finding.line, default=None)


def _with_marker(path: str, text: str) -> Iterator[Finding]:
    for match in _PRIVATE_KEY.finditer(text):
        yield from _finding("private key", text, match)
    for name, pattern, is_real in _detectors():
        for match in pattern.finditer(text):
            # AWS's secret key is the group of a pattern that begins with a variable's name.
            group = match.lastindex or 0 if name == "AWS key" else 0
            if _stands_alone(text, *match.span(group)) and is_real(path, match.group(group)):
                yield from _finding(name, text, match)
                break


def _urls(path: str, text: str) -> Iterator[Finding]:
    if "://" not in text or _PUBLIC_PATH.search(path):
        return
    for match in _URL.finditer(text):
        user, password, host = match.groups()
        real = len(password) >= 8 and re.search(r"[0-9]", password) and re.search(r"[A-Za-z]", password)
        if (
            real
            and user != password
            and not _LOCAL_HOST.match(host)
            and _is_random(path, password, _LEAST_PASSWORD_BITS)
        ):
            yield from _finding("password in a URL", text, match)


def _finding(name: str, text: str, match: re.Match[str]) -> Iterator[Finding]:
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.start())
    if not _ALLOWED_LINE.search(text[start : end if end >= 0 else len(text)]):
        yield Finding(name, text.count("\n", 0, match.start()) + 1)


@cache
def _detectors() -> list[tuple[str, re.Pattern[str], Callable[[str, str], bool]]]:
    """Name, pattern, and whether a match is a real secret. The library loads slowly: only where a text has a marker."""
    found: list[tuple[str, re.Pattern[str], Callable[[str, str], bool]]] = []
    for name, module, plugin in _LIBRARY:
        detector = getattr(import_module(f"detect_secrets.plugins.{module}"), plugin)
        found += [(name, pattern, _is_random) for pattern in detector.denylist]
    found += [(name, re.compile(pattern), _is_random) for name, pattern in _OWN]
    return [*found, ("JSON web token", _WEB_TOKEN, _is_live_token)]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Not a piece of a longer run, such as base64 data or an identifier."""
    return not (_RUN.match(text[start - 1 : start]) or _RUN.match(text[end : end + 1]))


def _is_random(path: str, token: str, least_bits: float = _LEAST_BITS) -> bool:
    return not _PLACEHOLDER.search(token) and _bits_a_character(token) >= least_bits


def _is_live_token(path: str, token: str) -> bool:
    """A signed token with a header and claims; those of tests and documentation open nothing."""
    parts = token.split(".")
    if _PUBLIC_PATH.search(path):
        return False
    try:
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2]
        )
    except (ValueError, binascii.Error):
        return False
    if not isinstance(header, dict) or not isinstance(claims, dict) or "alg" not in header:
        return False
    return not _PLACEHOLDER.search(" ".join(value for value in claims.values() if isinstance(value, str)))


def _bits_a_character(token: str) -> float:
    counts = Counter(token)
    return -sum(count / len(token) * math.log2(count / len(token)) for count in counts.values())
