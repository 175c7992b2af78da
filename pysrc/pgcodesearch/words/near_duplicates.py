"""Code that is nearly the same as other code, by shared runs of five tokens."""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

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


def overlap(one: str, other: str) -> float:
    """The share of shingles that two codes have in common (Jaccard); 1 where both have none."""
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second) if first or second else 1.0


class NearCopies:
    """Codes by key that can be asked for an earlier one much like another, at 512 bytes a code.

    MinHash (Broder 1997): two codes share an entry of their signature as often as they share shingles (Jaccard), and
    only those with a whole band in common are compared. Pairs above ``least`` are found nearly always, below 0.6 never.
    Code too short to have a signature counts only when it is the same up to white space and case.
    """

    BANDS, ROWS = 16, 4

    def __init__(self, least: float = 0.85) -> None:
        self.least = least
        random = np.random.default_rng(1)
        self._factors = random.integers(1, 2**32, (2, self.BANDS * self.ROWS), dtype=np.uint64)
        self._signatures: dict[str, np.ndarray] = {}
        self._buckets: dict[tuple[int, bytes], list[str]] = defaultdict(list)
        self._short: dict[str, str] = {}

    def find(self, code: str) -> str | None:
        """The key of an earlier code that is nearly this one."""
        own = shingles(code)
        if len(own) < LEAST_SHINGLES:
            return self._short.get(" ".join(_WORD.findall(code.lower())))
        signature = self._signature(own)
        for bucket in self._bands(signature):
            for key in self._buckets.get(bucket, ()):
                if float((self._signatures[key] == signature).mean()) >= self.least:
                    return key
        return None

    def add(self, key: str, code: str) -> None:
        """Put a code in; a key stands for one code."""
        own = shingles(code)
        if len(own) < LEAST_SHINGLES:
            self._short.setdefault(" ".join(_WORD.findall(code.lower())), key)
            return
        self._signatures[key] = signature = self._signature(own)
        for bucket in self._bands(signature):
            self._buckets[bucket].append(key)

    def _signature(self, own: set[int]) -> np.ndarray:
        """(64,) uint64: the least of each hash function over the shingles. Products wrap around, which hashes too."""
        values = np.fromiter(own, dtype=np.uint64, count=len(own))[:, None]
        mixed = (values * self._factors[0] + self._factors[1]) * np.uint64(0x9E3779B97F4A7C15)
        return np.asarray((mixed >> np.uint64(16)).min(axis=0))

    def _bands(self, signature: np.ndarray) -> list[tuple[int, bytes]]:
        return [
            (band, signature[band * self.ROWS : (band + 1) * self.ROWS].tobytes())
            for band in range(self.BANDS)
        ]
