"""Reads one file as text, or says why it is not indexed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pgcodesearch.indexing.decoding import Text, decode
from pgcodesearch.indexing.generated import generated_by
from pgcodesearch.indexing.notebooks import is_notebook, size_limit, without_outputs
from pgcodesearch.indexing.opening import read_file
from pgcodesearch.indexing.secrets import TooSlow, find_secret
from pgcodesearch.indexing.sieve import DEFAULT_MAX_BYTES, Found

_MINIFIED_LINE = 300
_MINIFIED_SUFFIXES = (".js", ".mjs", ".cjs", ".css", ".html", ".json", ".ts", ".svg", ".xml")
# Prose and code that people write have a sixth and more.
_MINIFIED_BLANKS = 0.13
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".html")
_SHORT_LINES = 5


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that is not indexed, and why; ``reason`` is one of skipped_file's."""

    reason: str
    detail: str


def read_source(found: Found, max_bytes: int = DEFAULT_MAX_BYTES) -> Text | Skip:
    """The file's text, or the reason to skip it; never raises for what a file may contain."""
    if found.skip:
        return Skip(found.skip, found.detail or "")
    most = size_limit(found.path, max_bytes)
    if found.size_bytes > most:
        return Skip("too large", f"{found.size_bytes} bytes, at most {max_bytes} are indexed")
    try:
        data = read_file(found.root, found.raw, found.identity, most + 1)
    except OSError as error:
        return Skip("unreadable", error.strerror or str(error))
    return decode_source(found.path, data, found.included, max_bytes)


def decode_source(
    path: str, data: bytes, included: bool = False, max_bytes: int = DEFAULT_MAX_BYTES
) -> Text | Skip:
    """The text of a file's bytes, or the reason to skip it; ``included`` files are not skipped on a guess.

    A notebook of more than ``max_bytes`` is read without its outputs.
    """
    shortened = len(data) > max_bytes and is_notebook(path)
    data = without_outputs(data) if shortened else data
    if len(data) > max_bytes:
        return Skip("too large", f"more than {max_bytes} bytes")
    if not data.strip():
        return Skip("empty", "no text")
    try:
        found = decode(data)
    except UnicodeError as error:
        return Skip("encoding", str(error))
    if found is None:
        return Skip("binary", "by its content")
    return (
        (None if included else _unwanted(path, found.text))
        or secret_skip(path, found.text)
        or replace(found, shortened=shortened)
    )


def secret_skip(path: str, text: str) -> Skip | None:
    """The skip of a text that holds a key or password, or takes too long: kind and line, never the secret."""
    try:
        finding = find_secret(path, text)
    except TooSlow as error:
        return Skip("secret", str(error))
    return Skip("secret", str(finding)) if finding else None


def _unwanted(path: str, text: str) -> Skip | None:
    line = generated_by(text)
    if line is not None:
        return Skip("generated", line)
    lines = text.count("\n") + 1
    if path.endswith(_MINIFIED_SUFFIXES) and len(text) > 5_000 and len(text) / lines > _MINIFIED_LINE:
        blanks = len(text) - len("".join(text.split()))
        if blanks < len(text) * _MINIFIED_BLANKS and not (path.endswith(_SCRIPTS) and _has_short_lines(text)):
            return Skip("minified", f"{len(text) // lines} characters a line on average")
    return None


def _has_short_lines(text: str) -> bool:
    """Does code of ordinary lines stand beside a long one, a literal of 100 KB? A licence is no code."""
    lines = (line.strip() for line in text.split("\n") if len(line) <= _MINIFIED_LINE)
    code = (line for line in lines if line and not line.startswith(("/", "*", "<!--", "#")))
    return sum(1 for _ in code) >= _SHORT_LINES
