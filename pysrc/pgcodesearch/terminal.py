"""What a terminal is sent. Names, code, commits and errors come from others, and may hold codes that it would obey."""

from __future__ import annotations

import json
import re
import sys
import unicodedata

# Control characters, format characters (directions, zero width), line and paragraph ends of Unicode, half characters.
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}
_LINE_END = re.compile(r"\r\n?|\n")


def visible(text: str) -> str:
    """The text on one line, with what a terminal would obey or not show as an escape: ``\\x1b``, ``\\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _UNSEEN else c for c in text)


def visible_lines(text: str) -> str:
    """The same of each line; lines may end as on any system."""
    return "\n".join(map(visible, _LINE_END.split(text)))


def code_lines(text: str) -> str:
    """The same of code, with tabs as spaces."""
    return "\n".join(visible(line.expandtabs(4)) for line in _LINE_END.split(text))


def say(*lines: str, err: bool = False) -> None:
    """Print each text as one line, on standard output or error."""
    stream = sys.stderr if err else sys.stdout
    print(*map(visible, lines), sep="\n", file=stream, flush=True)


def say_code(text: str) -> None:
    """Print code on standard output, its lines and tabs as they are."""
    print(code_lines(text), flush=True)


def visible_json(text: str) -> str:
    """JSON or JSON Lines that mean the same, with what a terminal would obey or not show as JSON's escapes."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(_json_escape(c) if c != "\n" and unicodedata.category(c) in _UNSEEN else c for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _json_escape(character: str) -> str:
    # json leaves DEL as it is.
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
