"""Opens what is below a folder without following a link: one that is swapped in after a look leads nowhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Changed(OSError):
    """what is there now is not what was found there"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file it is, whatever it is called."""

    device: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """The identity of a file whose status is known."""
        return cls(status.st_dev, status.st_ino)


@contextmanager
def opened_folder(root: bytes, path: bytes = b"") -> Iterator[int]:
    """A descriptor of the folder at ``path`` below ``root``. Raises OSError: also for a link on the way."""
    descriptor = os.open(root, _FOLDER)
    try:
        for part in filter(None, path.split(b"/")):
            if part in (b".", b".."):
                raise Changed(f"no name of a folder: {part!r}")
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def read_file(root: bytes, path: bytes, expected: Identity | None, most: int) -> bytes:
    """At most ``most`` bytes of the regular file at ``path`` below ``root``; never waits for a pipe or a device.

    Raises Changed where that is no regular file, or another one than ``expected``; OSError.
    """
    folder, _, name = path.rpartition(b"/")
    with opened_folder(root, folder) as parent:
        descriptor = os.open(name, _FILE, dir_fd=parent)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or (expected and Identity.of(status) != expected):
            raise Changed("replaced while it was read")
        return file.read(most)
