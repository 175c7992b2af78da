"""Batches of a worker: how jobs are grouped, and vectors as the database takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


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


def array_literal(embeddings: np.ndarray) -> str:
    """A halfvec[] as text without a type, which the function's argument gives: its schema need not be known."""
    return (
        "{" + ",".join('"[' + ",".join(f"{x:.6g}" for x in row) + ']"' for row in embeddings.tolist()) + "}"
    )
