"""Batches of a worker: how jobs are grouped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def groups(jobs: list[Any], sizes: dict[int, int], most_bytes: int) -> Iterator[list[Any]]:
    """Jobs in groups whose files have at most so many bytes together; a larger file is a group of its own."""
    group: list[Any] = []
    total = 0
    for job in jobs:
        size = sizes.get(job[1], 0)
        if group and total + size > most_bytes:
            yield group
            group, total = [], 0
        group.append(job)
        total += size
    if group:
        yield group
