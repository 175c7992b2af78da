"""Varied copies of real code: more than there is of it, with words, terms and vectors of their own.

In a copy half of the words give way to words that are about as frequent, so that the lengths of posting lists stay as
they are in real code, and one in fifty to a word that no other copy has, so that the vocabulary grows as it does with
code of other authors. A word is renamed alike in all of a copy: it stays a program.
"""

from __future__ import annotations

import builtins
import collections
import keyword
import re
import zlib
from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]?[a-z]{3,}")
_BAND = 64  # words of one frequency
_KEPT = {
    word.lower() for word in [*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "init", "args"]
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Renamer:
    """Knows the words of a corpus by their frequency."""

    def __init__(self, texts: Iterable[str]) -> None:
        counted: collections.Counter[str] = collections.Counter()
        for text in texts:
            counted.update(word.lower() for word in _WORD.findall(text))
        self._words = [word for word, _ in counted.most_common() if word not in _KEPT]
        self._places = {word: place for place, word in enumerate(self._words)}

    def renamed(self, text: str, copy: int) -> str:
        """The text as copy number ``copy`` has it; copy 0 is the text itself."""
        if copy == 0:
            return text
        known: dict[str, str] = {}

        def other(match: re.Match[str]) -> str:
            word = match.group()
            if word not in known:
                made = self._other(word.lower(), copy)
                known[word] = made.capitalize() if word[0].isupper() else made
            return known[word]

        return _WORD.sub(other, text)

    def _other(self, word: str, copy: int) -> str:
        if word in _KEPT:
            return word
        drawn = zlib.crc32(f"{copy} {word}".encode())
        if drawn % 50 == 0:
            return word + _LETTERS[copy % 26] + _LETTERS[drawn // 50 % 26] + _LETTERS[copy // 26 % 26]
        place = self._places.get(word)
        if place is None or zlib.crc32(f"{copy} {place // _BAND}".encode()) % 2:
            return word
        # All words of a band move on by a step that is the copy's: two never become one.
        start = place - place % _BAND
        return self._words[start + (place - start + copy) % min(_BAND, len(self._words) - start)]
