"""Code that is nearly the same as other code, by shared runs of five tokens."""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable

SHINGLE = 5
LEAST_SHINGLES = 8  # shorter code is too common to say anything
_WORD = re.compile(r"\w+|[^\w\s]")


class NearDuplicates:
    """A set of codes that can be asked whether it holds one nearly like another.

    Nearly: at least ``share`` of the asked code's shingles occur in one code of the set.
    """

    def __init__(self, share: float = 0.6) -> None:
        self.share = share
        self._owners: dict[int, list[int]] = defaultdict(list)
        self._size = 0

    def add(self, code: str) -> None:
        """Put a code into the set."""
        for shingle in shingles(code):
            self._owners[shingle].append(self._size)
        self._size += 1

    def update(self, codes: Iterable[str]) -> None:
        """Put several codes into the set."""
        for code in codes:
            self.add(code)

    def holds_like(self, code: str) -> bool:
        """Is there a code in the set that shares most of this one's shingles?"""
        own = shingles(code)
        if len(own) < LEAST_SHINGLES:
            return False
        counts: Counter[int] = Counter()
        for shingle in own:
            counts.update(self._owners.get(shingle, ()))
        return bool(counts) and counts.most_common(1)[0][1] >= self.share * len(own)


def shingles(code: str) -> set[int]:
    """Hashes of all runs of five tokens, white space and case ignored."""
    tokens = _WORD.findall(code.lower())
    return {
        zlib.crc32(" ".join(tokens[start : start + SHINGLE]).encode())
        for start in range(max(len(tokens) - SHINGLE + 1, 0))
    }
