"""Runs git in a work tree that may be anybody's: nothing that the repository itself names is executed.

git reads the repository's own configuration, and much of that names programs: filters, a file system monitor, hooks,
external diffs, a transport for objects that a partial clone lacks. Each is switched off here, by name or by kind, and
every call has a limit of time and of bytes. The user's own configuration counts: excludes files, safe.directory.
"""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pgcodesearch.database.errors import CodeSearchError

SECONDS = 300.0
_IDLE_SECONDS = 8.0
MOST_BYTES = 512 * 1024 * 1024

_USERS_OWN = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES")
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
Configuration = dict[str, str | None]
_CONFIGURATION: Configuration = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "off",
    "core.untrackedCache": "false",
    "log.showSignature": "false",
    "safe.bareRepository": "explicit",
    "status.submoduleSummary": "false",
}


class GitFailed(CodeSearchError):
    """git did not answer within the limits"""

    default_hint = "see what `git status` does in that folder; with .git moved away it is indexed without git"


def run(root: Path, *arguments: str, configuration: Configuration | None = None) -> bytes | None:
    """What git prints; None where it refuses, fails or is not installed. ``configuration`` is added to what this module
    sets, or takes it back (None). Raises GitFailed at the limits.
    """
    with _started(root, arguments, configuration) as output:
        if output is None:
            return None
        data = output.rest(MOST_BYTES)
        return data if output.succeeded() else None


def refusal(root: Path) -> str | None:
    """Why git does not list the folder's files, in its own words; None where it does. Raises GitFailed."""
    with _started(root, ("ls-files", "-s", "--", "."), errors=True) as output:
        if output is None:
            return "git is not installed"
        text = output.rest(MOST_BYTES).decode("utf-8", "backslashreplace")
        if output.succeeded():
            return None
    said = re.findall(r"^(?:fatal|error): (.*)", text, re.MULTILINE)
    if said and "dubious ownership" in said[0]:
        return f"{said[0]}; allow it with: git config --global --add safe.directory {root}"
    return said[0] if said else "git failed"


def objects(root: Path, object_ids: Sequence[str]) -> Iterator[bytes | None]:
    """The bytes of each object, None for one that git lacks, through one process. Raises GitFailed."""
    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(f"{object_id}\n" for object_id in object_ids).encode())
        wanted.seek(0)
        with _started(root, ("cat-file", "--batch"), given=wanted) as output:
            for _ in object_ids:
                answer = output.line().split() if output else []
                found = output.exactly(int(answer[2]) + 1)[:-1] if output and len(answer) == 3 else None
                yield found


def blocks(
    root: Path, *arguments: str, given: bytes = b"", configuration: Configuration | None = None
) -> Iterator[bytes]:
    """What git prints, as it comes; ``given`` is what it reads. Raises GitFailed where it fails or at the limits."""
    with tempfile.TemporaryFile() as wanted:
        wanted.write(given)
        wanted.seek(0)
        with _started(root, arguments, configuration, given=wanted) as output:
            if output is None:
                raise GitFailed("git is not installed")
            yield from output.blocks()
            if not output.succeeded():
                raise GitFailed(f"git {arguments[0]} failed in {root}")


class _Output:
    """What a process prints, read with a limit on the time without an answer."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        assert process.stdout is not None
        self._process = process
        self._descriptor = process.stdout.fileno()
        self._root = root
        self._held = bytearray()
        self._used = -1.0
        self._ready = select.poll()
        self._ready.register(self._descriptor)

    def succeeded(self) -> bool:
        """Wait for the end; whether the process says that all went well."""
        try:
            return self._process.wait(SECONDS) == 0
        except subprocess.TimeoutExpired:
            raise self._too_slow() from None

    def rest(self, most: int) -> bytes:
        """All that is printed until the end."""
        deadline = time.monotonic() + SECONDS
        while self._fill(deadline):
            if len(self._held) > most:
                raise GitFailed(f"git's answer for {self._root} is over {most} bytes")
        return bytes(self._held)

    def blocks(self) -> Iterator[bytes]:
        """All that is printed until the end, piece by piece."""
        while self._fill(time.monotonic() + SECONDS):
            yield self._take(len(self._held))

    def line(self) -> bytes:
        """The next line, empty at the end."""
        deadline = time.monotonic() + SECONDS
        while b"\n" not in self._held and self._fill(deadline):
            pass
        return self._take(self._held.find(b"\n") + 1 or len(self._held))

    def exactly(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer at the end."""
        deadline = time.monotonic() + SECONDS
        while len(self._held) < size and self._fill(deadline):
            pass
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _fill(self, deadline: float) -> bool:
        while not self._ready.poll(max(0.0, min(deadline - time.monotonic(), _IDLE_SECONDS)) * 1000):
            if time.monotonic() >= deadline or self._is_idle():
                raise self._too_slow()
        data = os.read(self._descriptor, 1 << 20)
        self._held += data
        return bool(data)

    def _is_idle(self) -> bool:
        """Whether git sleeps, and did since the last look: it opened a pipe, say, that nobody writes to."""
        import psutil

        try:
            process = psutil.Process(self._process.pid)
            used, before = sum(process.cpu_times()[:4]), self._used
            self._used = used
            return process.status() == psutil.STATUS_SLEEPING and used == before
        except psutil.Error:
            return False

    def _too_slow(self) -> GitFailed:
        return GitFailed(f"git did not answer for {self._root} in time")


@contextmanager
def _started(
    root: Path, arguments: Iterable[str], configuration: Configuration | None = None,
    given: IO[bytes] | int = subprocess.DEVNULL, errors: bool = False,
) -> Iterator[_Output | None]:  # fmt: skip
    """A git process; with its children it is gone at the end, whatever happens."""
    try:
        process = subprocess.Popen(
            ["git", "--no-pager", "-C", str(root), *arguments],
            stdin=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
            env=_users_own() | _ENVIRONMENT | _as_environment(_CONFIGURATION | (configuration or {})),
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        yield None
        return
    with process:
        try:
            _limit_work(process)
            yield _Output(process, root)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _limit_work(process: subprocess.Popen[bytes]) -> None:
    """End the process after its time also where this one is killed before: patterns can keep git at work for ever."""
    if hasattr(resource, "prlimit"):  # Linux
        seconds = max(1, int(SECONDS))
        with suppress(OSError):
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))


def _users_own() -> dict[str, str]:
    # Set inside hooks, git's other variables would make it look at another repository than the folder's.
    return {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _USERS_OWN
    }


def _as_environment(configuration: Configuration) -> dict[str, str]:
    """Configuration that has the last word, whatever characters a name has."""
    given = [(name, value) for name, value in configuration.items() if value is not None]
    found = {"GIT_CONFIG_COUNT": str(len(given))}
    for number, (name, value) in enumerate(given):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def without_filters(root: Path) -> Configuration:
    """Configuration under which no filter of the repository runs when git compares files with what it has stored."""
    names = run(root, "config", "--name-only", "-z", "--get-regexp", r"^filter\.") or b""
    found: Configuration = {}
    for name in names.decode("utf-8", "surrogateescape").split("\0"):
        driver, _, variable = name.rpartition(".")
        if variable in ("clean", "smudge", "process", "required"):
            found |= {f"{driver}.{program}": "" for program in ("clean", "smudge", "process")}
            found[f"{driver}.required"] = "false"
    return found
