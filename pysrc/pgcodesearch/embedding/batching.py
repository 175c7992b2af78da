"""Callers in several threads share runs of the graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from pgcodesearch.embedding.forks import tell_after_fork

# Padded tokens of a call that shares. What is longer has nothing to gain: with 4 and 16 callers on two cores texts of
# 24 and 48 tokens took 0.8 of the CPU that they take apart, of 96 and 200 tokens 0.9 to 1.0, and four callers had to
# wait longer for them.
SHORT_TOKENS = 64
# What a run costs beyond its tokens, counted in tokens: measured 20 to 44.
TOKENS_OF_A_RUN = 32
# Padded tokens of a shared run: beyond this a token gets no cheaper.
SHARED_TOKENS = 256

Rows = Sequence[list[int]]


class _Call:
    """A caller's rows. ``leader`` is the call that runs them: None while they wait, itself for one that leads."""

    __slots__ = ("alone", "asleep", "leader", "rows", "vectors", "width")

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.width = max(map(len, rows))
        self.leader: _Call | None = None
        self.vectors: np.ndarray | None = None
        self.alone = False
        self.asleep = threading.Lock()
        self.asleep.acquire()

    def wake(self) -> None:
        """Have its thread look what became of it; under the lock of all calls, and as often as one likes."""
        if self.asleep.locked():
            self.asleep.release()

    @property
    def tokens(self) -> int:
        """Padded tokens."""
        return len(self.rows) * self.width


class SharedRuns:
    """Runs ``embed`` for callers in any thread, short calls together.

    A few callers lead: each runs its rows and those of all that wait, as far as they are of similar length. When one is
    done, the first of those that came meanwhile leads the next run, so a caller waits for a run that is on, and for
    those that came before it and are of another length. There is no thread and no timer: a lone caller runs at once.
    A call of more than ``SHORT_TOKENS`` padded tokens runs at once by itself, and no short one waits for it.

    An exception reaches the callers whose rows cause it: where a shared run fails, each call is run on its own. What
    ends a caller (KeyboardInterrupt) ends that one alone, and another leads.
    """

    def __init__(self, embed: Callable[[Rows, bool], np.ndarray], at_once: int = 1) -> None:
        """``embed``: rows of token ids, and whether other callers are present → one vector for each row.
        ``at_once``: shared runs at the same time."""
        self._embed = embed
        self._at_once = at_once
        self.after_fork()
        tell_after_fork(self)

    def after_fork(self) -> None:
        """Forget the callers: a child process has none of them."""
        self._lock = threading.Lock()
        self._calls: list[_Call] = []  # in order of arrival, until they leave
        self._inside: set[int] = set()

    def run(self, rows: Rows) -> np.ndarray:
        """Vectors of rows of token ids (at least one), float32 (len(rows), dimension); raises what ``embed`` does."""
        call, thread = _Call(rows), threading.get_ident()
        # A signal handler's call must not wait for the one that it interrupted.
        if call.tokens > SHORT_TOKENS or thread in self._inside:
            return self._embed(rows, False)
        try:
            self._inside.add(thread)
            self._enter(call)
            while call.vectors is None:
                if call.leader is call:
                    self._lead(call)
                else:
                    call.asleep.acquire()
            return call.vectors
        finally:
            # Ctrl-C may come here too, and others wait for this: it can be repeated.
            try:
                self._leave(call)
            except BaseException:
                self._leave(call)
                raise
            finally:
                self._inside.discard(thread)

    def _enter(self, call: _Call) -> None:
        with self._lock:
            self._calls.append(call)
            self._appoint()

    def _lead(self, call: _Call) -> None:
        batch, beside_others = self._take(call)
        try:
            vectors = self._embed([row for item in batch for row in item.rows], beside_others)
        except Exception:
            if len(batch) == 1:
                raise
            for item in batch:
                item.alone = True
            return
        start = 0
        for item in batch:
            item.vectors = vectors[start : start + len(item.rows)]
            start += len(item.rows)

    def _take(self, call: _Call) -> tuple[list[_Call], bool]:
        batch, count, width, tokens = [call], len(call.rows), call.width, call.tokens
        with self._lock:
            waiting = [] if call.alone else [item for item in self._calls if item.leader is None]
            for item in waiting:
                padded = (count + len(item.rows)) * max(width, item.width)
                # Padding must cost less than another run does.
                most = min(tokens + item.tokens + TOKENS_OF_A_RUN, SHARED_TOKENS)
                if padded <= most and not item.alone:
                    item.leader = call
                    batch.append(item)
                    count, width = count + len(item.rows), max(width, item.width)
                    tokens += item.tokens
            beside_others = any(item is not call and item.vectors is None for item in self._calls)
        return batch, beside_others

    def _leave(self, call: _Call) -> None:
        with self._lock:
            if call in self._calls:
                self._calls.remove(call)
            mine = [item for item in self._calls if item.leader is call]
            for item in mine:
                if item.vectors is None:
                    item.leader = None
            self._appoint()  # before those that are done have the interpreter
            for item in mine:
                if item.vectors is not None:
                    item.wake()

    def _appoint(self) -> None:
        """Let as many lead as may at once."""
        leading = [item for item in self._calls if item.leader is item]
        waiting = [item for item in self._calls if item.leader is None]
        while waiting and len(leading) < self._at_once:
            item = waiting.pop(0)
            item.leader = item
            leading.append(item)
        for item in leading:
            item.wake()
