"""Code as lines of HTML: coloured by Pygments, names marked, the query's words too, and nothing that hides itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from markupsafe import Markup
from pygments.token import STANDARD_TYPES, Name, Token

from pgcodesearch.terminal import visible

if TYPE_CHECKING:
    from pygments.lexer import Lexer

# More of a line says nothing to a reader, and a browser lays it out as long.
_LINE_CHARACTERS = 2_000
_KEPT_CHARACTERS = 4_000
_WORD = re.compile(r"\w{3,}")
_MARKED_WORDS = 50
_IDENTIFIER = re.compile(r"[^\W\d]\w*[?!]?")


def code_lines(text: str, path: str, marked: re.Pattern[str] | None = None) -> list[Markup]:
    """The lines of a text (``\\n`` ends one) as HTML; names are ``<span class="name">``.

    The lexer goes by the path alone; ``marked`` has one group (:func:`marked_words`). What a browser would obey or not
    show (directions, zero width, control characters) stands as an escape.
    """
    # Strings, and Markup at the end: joining what is known as HTML already is a third of the time of an answer.
    lines: list[list[str]] = [[]]
    room = _LINE_CHARACTERS
    for kind, value in _tokens(text, path):
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
                room = _LINE_CHARACTERS
            part = part.removesuffix("\r")
            if part and room > 0:
                shown = part[:room]
                lines[-1].append(_token(kind, shown, marked))
                if len(part) > len(shown):
                    lines[-1].append('<span class="cut">…</span>')
            room -= len(part)
    return [Markup("".join(line)) for line in lines]


def _tokens(text: str, path: str) -> Iterable[tuple[object, str]]:
    file = PurePosixPath(path)
    name = f"x{file.suffix.lower()}" if file.suffix else file.name
    return _kept_tokens(text, name) if len(text) <= _KEPT_CHARACTERS else _lexed(text, name)


@lru_cache(maxsize=1_000)
def _kept_tokens(text: str, name: str) -> list[tuple[object, str]]:
    """While somebody types, most results are those of the letter before."""
    return list(_lexed(text, name))


def _lexed(text: str, name: str) -> Iterator[tuple[object, str]]:
    lexer = _lexer(name)
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


def _token(kind: object, value: str, marked: re.Pattern[str] | None) -> str:
    inner = _plain(value) if marked is None else _with_marks(value, marked)
    named = _classes(kind)
    if named.startswith("n") and kind in Name and _IDENTIFIER.fullmatch(value):
        named += " name"
    return f'<span class="{named}">{inner}</span>' if named else inner


@lru_cache(maxsize=512)
def _classes(kind: object) -> str:
    return str(STANDARD_TYPES.get(kind, ""))


def _with_marks(value: str, marked: re.Pattern[str]) -> str:
    pieces = marked.split(value)
    return "".join(
        f"<mark>{_plain(piece)}</mark>" if number % 2 else _plain(piece)
        for number, piece in enumerate(pieces)
    )


def _plain(value: str) -> str:
    if value.isprintable():
        return escape(value, quote=False)
    return "".join(
        escape(character, quote=False)
        if character == "\t" or character.isprintable() or (shown := visible(character)) == character
        else f'<span class="esc">{shown}</span>'
        for character in value
    )


@lru_cache(maxsize=256)
def marked_words(query: str, stop_words: frozenset[str] = frozenset()) -> re.Pattern[str] | None:
    """What is marked of a query: its words, with or without an s, where a word or a part of a name begins."""
    words = {word.removesuffix("s") for word in _WORD.findall(query.lower()) if word not in stop_words}
    if not words:
        return None
    longest = sorted(words, key=len, reverse=True)[:_MARKED_WORDS]
    return re.compile(f"({'|'.join(map(_anywhere, longest))})")


def _anywhere(word: str) -> str:
    """As a word, in capitals, and as a part of a camelCase name."""
    lower, upper, title = (re.escape(form) for form in (word, word.upper(), word.capitalize()))
    return f"(?<![^\\W\\d_])(?:{lower}s?|{upper}S?)|{title}s?"
