"""What a client was shown, so that what it opens next is known as a result that was used."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pgcodesearch.searching import Hit, HopHit

# A long session shows thousands of chunks; one that was shown before these is hardly opened because of it.
_REMEMBERED = 2_000
_SESSIONS = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A chunk as a search showed it."""

    chunk_id: int
    query_id: int
    repository: str
    path: str
    start_line: int
    end_line: int


@dataclass
class Session:
    """One client's searches. ``shared`` where several clients can't be told apart: then a chunk that more than one
    search showed is nobody's."""

    shared: bool = False
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    _shown: OrderedDict[int, Shown | None] = field(default_factory=OrderedDict)
    _opened: OrderedDict[tuple[int, int], None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str | None:
        """What the database calls it; None where several clients would be taken for one."""
        return None if self.shared else self.key

    def show(self, hits: Iterable[Hit | HopHit]) -> None:
        """Remember what a search showed; the latest search that showed a chunk counts."""
        with self._lock:
            for hit in hits:
                if hit.query_id is None:
                    continue
                another = self.shared and hit.chunk_id in self._shown
                self._shown.pop(hit.chunk_id, None)
                self._shown[hit.chunk_id] = None if another else _shown(hit, hit.query_id)
            while len(self._shown) > _REMEMBERED:
                self._shown.popitem(last=False)

    def opened_chunk(self, chunk_id: int) -> Shown | None:
        """The search that showed a chunk, the first time that it is opened."""
        with self._lock:
            return self._first(self._shown.get(chunk_id))

    def opened_lines(self, repository: str, path: str, first: int, last: int) -> Shown | None:
        """The same for lines of a file: of the chunks that were shown, the one that has most of them."""
        with self._lock:
            candidates = [
                (min(last, shown.end_line) - max(first, shown.start_line), shown)
                for shown in self._shown.values()
                if shown and (shown.repository, shown.path) == (repository, path)
            ]
            overlap, shown = max(candidates, key=lambda pair: pair[0], default=(-1, None))
            return self._first(shown if overlap >= 0 else None)

    def repository_of(self, path: str) -> str | None:
        """The repository of the file of a path that was shown last."""
        with self._lock:
            shown = (one for one in reversed(self._shown.values()) if one and one.path == path)
            return next((one.repository for one in shown), None)

    def _first(self, shown: Shown | None) -> Shown | None:
        if shown is None or (shown.query_id, shown.chunk_id) in self._opened:
            return None
        self._opened[shown.query_id, shown.chunk_id] = None
        while len(self._opened) > _REMEMBERED:
            self._opened.popitem(last=False)
        return shown


def _shown(hit: Hit | HopHit, query_id: int) -> Shown:
    return Shown(hit.chunk_id, query_id, hit.repository, hit.path, hit.start_line, hit.end_line)


class Sessions:
    """The sessions of a server, by what its transport calls them; the oldest are forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._anybody = Session(shared=True)

    def session(self, name: str | None) -> Session:
        """The session of a name; the one that all share who have none."""
        if name is None:
            return self._anybody
        session = self._known.pop(name, None) or Session()
        self._known[name] = session
        while len(self._known) > _SESSIONS:
            self._known.popitem(last=False)
        return session
