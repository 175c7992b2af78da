"""Worker processes as users start them, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Command:
    """A running ``pgcodesearch`` command; what it prints goes to a file."""

    def __init__(self, *arguments: str, cwd: Path | None = None) -> None:
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed with the process)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pgcodesearch", *arguments],
            stdout=self._output, stderr=subprocess.STDOUT, cwd=cwd, env=os.environ, start_new_session=True,
        )  # fmt: skip

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read()

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 60) -> int:
        """End it as a user would; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it and its children, whatever their state."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._output.close()


@contextmanager
def running(*arguments: str, cwd: Path | None = None) -> Iterator[Command]:
    """A command that runs beside the test and is gone afterwards."""
    command = Command(*arguments, cwd=cwd)
    try:
        yield command
    finally:
        command.kill()


def wait_until(
    condition: Callable[[], object], what: str, seconds: float = 90, command: Command | None = None
) -> float:
    """Wait for something to become true, and say how long it took; fails after long enough to be sure."""
    began = time.monotonic()
    while not condition():
        if command is not None and command.process.poll() is not None:
            raise AssertionError(
                f"{what}: the command ended with {command.process.returncode}\n{command.output}"
            )
        if time.monotonic() - began > seconds:
            raise AssertionError(f"{what}: not after {seconds} s\n{command.output if command else ''}")
        time.sleep(0.02)
    return time.monotonic() - began
