"""Where passwords and tokens stand that no format tells: beside a telling name, in a URL, in a file for them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Place(NamedTuple):
    """A pattern in RE2's language, whose groups are those of :func:`pgcodesearch.indexing.secret_values.is_secret`."""

    kind: str
    keywords: tuple[str, ...]  # as in Rule
    pattern: str
    files: re.Pattern[str] | None = None  # where not in any

    def is_in(self, path: str) -> bool:
        """Whether files of this path are looked at."""
        return self.files is None or self.files.search(path) is not None


_WORDS = ("pass", "pw", "secret", "token", "credential", "key")
_SECRET = (
    r"(?:password|passwd|passphrase|passwort|pwd|\bpw|_pw|\bpass|_pass|dbpass|secret|token|credential|(?:api|access|auth|account|private|encryption|"
    r"signing|master|session|app|secret|client|shared|license)[_-]?(?:key|secret))"
)
# DB_PASSWORD, apiKeys, client-secret-prod, token_v2
_NAME = (
    rf"(?P<name>[\w.-]{{0,60}}{_SECRET}s?(?:[_-][A-Za-z]{{1,12}}|(?-i:[A-Z][a-z]{{1,10}}))?[_-]?\d{{0,3}})"
)
_QUOTED = r"[bfru]?[\"'`](?P<value>[^\s\"'`]{8,200})[\"'`]"
_LINE = r"(?im)^[ \t>-]{0,20}(?:(?:export|set|env|arg)[ \t]{1,3})?"
_LINE_END = r"[ \t]{0,5}(?:#[^\n]*)?\r?$"
_HOST = r"@(?P<host>[A-Za-z0-9.\-]{1,200})"

_SETTINGS = re.compile(
    r"(^|/)[^./]*$|(^|/)\.[^/.]*$|\.(env|ini|cfg|conf|config|cnf|properties|ya?ml|toml|tfvars|tfstate|md|mdx|rst|adoc|txt|text|"
    r"org|sh|bash|zsh|fish|ps1|bat|service|desktop|netrc|npmrc|pypirc|credentials)$|(^|/)(Dockerfile|\.env)[^/]*$",
    re.IGNORECASE,
)
_NOTES = re.compile(r"(^|/)[^./]*$|\.(md|mdx|rst|adoc|txt|text|org|log)$", re.IGNORECASE)
_ENVIRONMENT = re.compile(
    r"(^|/)\.?env(\.(?!example|sample|template|dist|tpl|defaults|test|ci)[^/.]+)*$|(^|/)(?!example|sample)[^/]*\.env$",
    re.IGNORECASE,
)
PLACES = (
    # In programs and settings
    Place("password", _WORDS,
          rf"(?i){_NAME}[\"']?\s{{0,10}}(?::\s{{0,3}}[\w.\[\], |]{{1,30}}=|:=|=>|[:=])\s{{0,10}}{_QUOTED}"),
    Place("password", _WORDS, rf"(?i){_NAME}[\"']\s{{0,3}}(?:,|\svalue=)\s{{0,3}}{_QUOTED}"),
    Place("password", _WORDS, rf"(?i)<{_NAME}>\s{{0,5}}(?P<value>[^\s<>]{{8,200}})\s{{0,5}}</"),
    Place("password", _WORDS,
          rf"{_LINE}{_NAME}[ \t]{{0,10}}[:=][ \t]{{0,10}}(?P<value>[^\s\"'`#;,]{{8,200}})[;,]?{_LINE_END}", _SETTINGS),
    Place("password", _WORDS, rf"(?i)\s--{_NAME}[=\s][\"']?(?P<value>[^\s\"'`]{{8,200}})", _SETTINGS),
    Place("password", ("password", "pwd"),
          r"(?i)\b(?:server|host|hostaddr|data source|user id|uid|user|dbname|database|initial catalog)\s{0,2}="
          r"[^\n\"']{1,200}?\b(?:password|pwd)\s{0,2}=\s{0,2}(?P<value>[^\s;\"'&]{8,100})"),
    Place("token", ("authorization",),
          r"(?i)authorization[\"']?\s{0,3}[:=,]\s{0,3}[\"'`]?(?:bearer|basic|token)\s{1,3}(?P<token>[\w.~+/=-]{16,400})"),
    # In sentences
    Place("password", ("pass", "pw"),
          r"(?i)\b(?:password|passwort|passphrase|passwd|pwd|pw)\b(?: {1,3}[A-Za-z()]{1,20}){0,4}? {0,3}"
          r"(?:\bis\b|\bist\b|:|=)\s{0,3}[\"'`*]{0,3}(?P<value>[^\s\"'`*,;/]{8,100})", _NOTES),
    # In URLs
    Place("password in a URL", ("://",),
          rf"://(?P<user>[^\s:/?#@'\"<>]{{0,200}}):(?P<password>[^\s/?#@'\"<>]{{1,200}}){_HOST}"),
    Place("token in a URL", ("://",), rf"https?://(?P<token>[A-Za-z0-9_\-]{{20,200}}){_HOST}"),
    Place("token in a URL", ("://",),
          r"(?i)://[^\s\"'<>]{1,300}?[?&][\w.-]{0,20}(?:token|key|secret|sig|signature|auth|password|passwd|pwd)="
          r"(?P<token>[\w.~%+/-]{16,400})"),
    # In files that are for secrets
    Place("password", (*_WORDS, "_key"),
          rf"{_LINE}[\w.-]{{0,60}}(?:{_SECRET}|_key)[\w.-]{{0,20}}[ \t]{{0,5}}=[ \t]{{0,5}}"
          rf"(?P<weak>[^\s#]{{4,200}}|\"[^\"\n]{{4,200}}\"|'[^'\n]{{4,200}}'){_LINE_END}", _ENVIRONMENT),
    Place("password", ("password",), r"(?i)\bpassword\s{1,5}(?P<weak>\S{4,100})", re.compile(r"(^|/)[._]?netrc$")),
    Place("password", (":",), r"(?m)^[^:\s#]{1,200}:[^:\s]{0,20}:[^:\s]{1,100}:[^:\s]{1,100}:(?P<weak>[^\n]{4,100})$",
          re.compile(r"(^|/)\.?pgpass(\.conf)?$")),
    Place("password", ("$", "{sha}"),
          r"(?m)^[^:\s]{1,100}:(?P<weak>\$(?:apr1|2[aby]|5|6|y)\$[^\s:]{10,200}|\{SHA\}\S{20,40})",
          re.compile(r"(^|/)\.?htpasswd$")),
    Place("password", ("_auth",), r"(?i)_auth(?:token)?\s{0,3}=\s{0,3}[\"']?(?P<weak>[\w+/=-]{16,400})",
          re.compile(r"(^|/)\.npmrc$")),
    Place("password", ("auth",), r"\"auth\":\s{0,3}\"(?P<weak>[A-Za-z0-9+/=]{12,400})\"",
          re.compile(r"\.docker(/config\.json|cfg)$")),
)  # fmt: skip
