"""How `pgcodesearch index` shows its progress: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from pgcodesearch.indexing.target import SyncResult
from pgcodesearch.terminal import say

_LABELS = {
    "chunk": ("searchable by words", "files"),
    "embed": ("searchable by meaning", "texts"),
    "history": ("reading history", "commits"),
}
_LINE_SECONDS = 10.0


class LineProgress:
    """Plain lines on standard error, at most one every few seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _LINE_SECONDS

    def __enter__(self) -> LineProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def read(self, result: SyncResult) -> None:
        """A line with the number of files seen."""
        self._say(f"reading: {result.seen} files")

    def advance(self, stage: str, done: int, total: int) -> None:
        """A line with the number of files, texts or commits done."""
        label, unit = _LABELS[stage]
        self._say(f"{label}: {done} of {total} {unit}")

    def count(self, label: str, done: int, total: int) -> None:
        """A line with how much is done of something else."""
        self._say(f"{label}: {done:,} of {total:,}")

    def step(self, what: str) -> None:
        """A line with what begins."""
        self._say(what)

    def _say(self, line: str) -> None:
        if time.monotonic() >= self._next:
            say(line, err=True)
            self._next = time.monotonic() + _LINE_SECONDS


class BarProgress:
    """A bar for each stage with its speed and the time left, on standard error."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        from pgcodesearch.cli._output import console

        class Speed(ProgressColumn):
            def render(self, task: Any) -> Text:
                speed = f"{task.speed:,.0f} {task.fields['unit']}/s" if task.speed else ""
                return Text(speed, style="progress.data.speed")

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn(),
            console=console(stderr=True), transient=True,
        )  # fmt: skip
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> BarProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def read(self, result: SyncResult) -> None:
        """Count files while their number is not known yet."""
        self._update("read", "reading", "files", result.seen, None)

    def advance(self, stage: str, done: int, total: int) -> None:
        """Move the stage's bar."""
        label, unit = _LABELS[stage]
        self._update(stage, label, unit, done, total)

    def count(self, label: str, done: int, total: int) -> None:
        """Move the bar of something else."""
        self._update(label, label, "", done, total)

    def step(self, what: str) -> None:
        """Show a bar without an end."""
        self._update(what, what, "", 0, None)

    def _update(self, key: str, label: str, unit: str, done: int, total: int | None) -> None:
        if key not in self._tasks:
            for task in self._tasks.values():
                self._bar.update(task, visible=False)
            self._tasks[key] = self._bar.add_task(label, total=total, unit=unit)
        self._bar.update(self._tasks[key], completed=done, total=total)


def make_progress(plain: bool) -> LineProgress | BarProgress:
    """Bars where standard error is a terminal and ``plain`` does not forbid them."""
    return LineProgress() if plain or not sys.stderr.isatty() else BarProgress()
