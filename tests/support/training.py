"""A training run that ends in the middle, as one that is killed does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Killed(Exception):
    """Where the run was ended."""


def kill_at(step: int) -> Callable[[dict[str, Any]], None]:
    """What is told of each step, to end at this one."""

    def told(record: dict[str, Any]) -> None:
        if record["step"] == step and "loss" in record:
            raise Killed

    return told
