"""Code as lines of HTML: coloured by Pygments, names marked, the query's words too, and nothing that hides itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from markupsafe import Markup, escape
from pygments.token import STANDARD_TYPES, Name, Token

from pgcodesearch.terminal import visible

if TYPE_CHECKING:
    from pygments.lexer import Lexer

# More of a line says nothing to a reader, and a browser lays it out as long.
_LINE_CHARACTERS = 2_000
_WORD = re.compile(r"\w{3,}")
_IDENTIFIER = re.compile(r"[^\W\d]\w*[?!]?")


def code_lines(text: str, path: str, query: str = "") -> list[Markup]:
    """The lines of a text (``\\n`` ends one) as HTML; names are ``<span class="name">``.

    The lexer goes by the path alone. What a browser would obey or not show (directions, zero width, control
    characters) stands as an escape.
    """
    wanted = _words(query)
    lines: list[list[Markup]] = [[]]
    room = _LINE_CHARACTERS
    for kind, value in _tokens(text, path):
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
                room = _LINE_CHARACTERS
            part = part.removesuffix("\r")
            if part and room > 0:
                shown = part[:room]
                lines[-1].append(_token(kind, shown, wanted))
                if len(part) > len(shown):
                    lines[-1].append(Markup('<span class="cut">…</span>'))
            room -= len(part)
    return [Markup("").join(line) for line in lines]


def _tokens(text: str, path: str) -> Iterator[tuple[object, str]]:
    file = PurePosixPath(path)
    lexer = _lexer(f"x{file.suffix.lower()}" if file.suffix else file.name)
    if lexer is None:
        yield Token.Text, text
        return
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        yield kind, value


@lru_cache(maxsize=512)
def _lexer(name: str) -> Lexer | None:
    """By a file's name; looking at the code too would load several languages to compare."""
    from pygments.lexers import find_lexer_class_for_filename

    found = find_lexer_class_for_filename(name)
    return found() if found else None


def _token(kind: object, value: str, wanted: re.Pattern[str] | None) -> Markup:
    inner = Markup("").join(_pieces(value, wanted))
    classes = [STANDARD_TYPES.get(kind, "")]
    if kind in Name and _IDENTIFIER.fullmatch(value):
        classes.append("name")
    named = " ".join(filter(None, classes))
    return Markup('<span class="{}">{}</span>').format(named, inner) if named else inner


def _pieces(value: str, wanted: re.Pattern[str] | None) -> Iterator[Markup]:
    if wanted is None:
        yield _plain(value)
        return
    for number, piece in enumerate(wanted.split(value)):
        if piece:
            yield Markup("<mark>{}</mark>").format(_plain(piece)) if number % 2 else _plain(piece)


def _plain(value: str) -> Markup:
    if value.isprintable():
        return escape(value)
    return Markup("").join(
        escape(character)
        if character == "\t" or character.isprintable() or (shown := visible(character)) == character
        else Markup('<span class="esc">{}</span>').format(shown)
        for character in value
    )


@lru_cache(maxsize=256)
def _words(query: str) -> re.Pattern[str] | None:
    words: Sequence[str] = sorted(set(_WORD.findall(query)), key=len, reverse=True)[:50]
    return re.compile(f"({'|'.join(map(re.escape, words))})", re.IGNORECASE) if words else None
