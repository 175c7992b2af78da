"""Tells objects that the process was forked: a child has the locks that its parent's other threads held, not them."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class ForkAware(Protocol):
    """Something with locks, queues or native threads."""

    def after_fork(self) -> None:
        """Make them anew; called in the child, before any of its code runs."""


_aware: weakref.WeakSet[ForkAware] = weakref.WeakSet()


def tell_after_fork(item: ForkAware) -> None:
    """Have ``item.after_fork`` called in every child process for as long as the item lives."""
    _aware.add(item)


def _tell() -> None:
    for item in list(_aware):
        item.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tell)
