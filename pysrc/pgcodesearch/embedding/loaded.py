"""Models that a process has loaded: its threads share them, as the shipped one takes 70 MB and 0.2 s."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from pgcodesearch.embedding.forks import tell_after_fork

Loaded = TypeVar("Loaded")
KEPT = 4


class _Slot:
    def __init__(self) -> None:
        self.loading = threading.RLock()
        self.content: Any = None


class LoadedModels:
    """The last few that were asked for. One thread loads a model, others that want the same wait for it.

    One that is dropped lives on with those who have it.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._lock = threading.RLock()
        tell_after_fork(self)

    def after_fork(self) -> None:
        """What is loaded stays; what a thread of the parent was about to load is loaded here when it is asked for."""
        self._lock = threading.RLock()
        for slot in self._slots.values():
            slot.loading = threading.RLock()

    def get(self, key: Hashable, load: Callable[[], Loaded]) -> Loaded:
        """What ``load`` gave for this key. Where it raises, or gives None, the next to ask loads."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._kept:
                self._slots.popitem(last=False)
        with slot.loading:
            if slot.content is None:
                slot.content = load()
            content: Loaded = slot.content
            return content

    def has(self, key: Hashable) -> bool:
        """Whether :meth:`get` would give what is loaded already."""
        with self._lock:
            slot = self._slots.get(key)
        return slot is not None and slot.content is not None

    def forget(self) -> None:
        """Load each anew the next time it is asked for."""
        with self._lock:
            self._slots.clear()
