"""Training, validation and test: whole repositories, so that no held-out query is about code that was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

SPLITS = ("train", "validation", "test")
_LEAST_REPOSITORIES = 3


@dataclass(frozen=True)
class Split:
    """``by`` is repository, file or nothing (all is for training); files are dealt out by their path alone."""

    by: str
    held_out: float
    seed: int
    repositories: Mapping[str, str] = field(default_factory=dict)

    def of(self, repository: str, path: str) -> str:
        """train, validation or test."""
        if self.by == "repository":
            return self.repositories[repository]
        if self.by == "nothing":
            return "train"
        place = _number(f"{self.seed} {repository}/{path}")
        return "train" if place >= self.held_out else SPLITS[1 if place < self.held_out / 2 else 2]


def make_split(sizes: Mapping[str, int], held_out: float, seed: int) -> Split:
    """Deal out repositories of these sizes in an order that only names and seed decide.

    Held out are whole repositories, up to ``held_out`` of all there is, half for validation and half for test, but at
    least one for each. Fewer than three repositories are split by file instead.
    """
    if held_out == 0:
        return Split("nothing", held_out, seed)
    if len(sizes) < _LEAST_REPOSITORIES:
        return Split("file", held_out, seed)
    order = sorted(sizes, key=lambda name: _number(f"{seed} {name}"))
    room = held_out / 2 * sum(sizes.values())
    places = dict.fromkeys(order, "train")
    for split in ("test", "validation"):
        free = [name for name in order if places[name] == "train"]
        taken = 0
        for name in free[: len(free) - 1]:
            if taken + sizes[name] <= room:
                places[name] = split
                taken += sizes[name]
        if not taken:
            places[min(free, key=lambda name: (sizes[name], free.index(name)))] = split
    return Split("repository", held_out, seed, places)


def _number(key: str) -> float:
    """A number from 0 to 1 that looks random and is always the same for a key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
