"""Commit messages as they are stored: text of bounded length without addresses, control characters and secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pgcodesearch.indexing.secrets import TooSlow, find_secret

_SUBJECT_CHARACTERS = 500
_BODY_CHARACTERS = 10_000
_AUTHOR_CHARACTERS = 200
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(128, 160)))
_TRAILER = re.compile(r"^[A-Za-z][A-Za-z-]*-by:.*@.*$|^cc:.*@.*$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?=[\w-]{1,64}\.)[\w.-]{1,255}")
# Direction and invisible characters, with which a text looks like another one.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Message:
    """A commit's message: its first line, and the rest."""

    subject: str
    body: str


def read_message(data: bytes) -> Message:
    """A message as it is stored. One that holds a key or password is not: what stands for it says why."""
    text = _text(data)
    text = _ADDRESS.sub("…", _TRAILER.sub("", text)).strip()
    try:
        finding = find_secret("COMMIT_EDITMSG", text)
    except TooSlow as error:
        return Message(f"(message not stored: {error})", "")
    if finding:
        return Message(f"(message not stored: {finding})", "")
    subject, _, body = text.partition("\n")
    return Message(
        subject.strip()[:_SUBJECT_CHARACTERS],
        re.sub(r"\n{3,}", "\n\n", body.strip())[:_BODY_CHARACTERS].rstrip(),
    )


def read_author(data: bytes) -> str:
    """A name without an address."""
    name = " ".join(_text(data).split())
    return _ADDRESS.sub(lambda found: found[0].partition("@")[0], name)[:_AUTHOR_CHARACTERS]


def _text(data: bytes) -> str:
    """git makes UTF-8 of what says its encoding; what does not is mostly that of western Windows."""
    data = data[: 4 * _BODY_CHARACTERS]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        cut_off = error.start > len(data) - 4 and len(data) == 4 * _BODY_CHARACTERS
        text = data[: error.start].decode() if cut_off else data.decode("cp1252", "replace")
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").translate(_CONTROLS))
