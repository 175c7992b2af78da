"""A text file of somebody else's, replaced in one step: links, permissions and owner stay."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 64 * 1024 * 1024


def read_text(file: Path) -> str:
    """The file's text, empty where there is none. Raises OSError, UnicodeDecodeError."""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise OSError("it is no regular file")
        with open(file, encoding="utf-8", newline="") as opened:
            text = opened.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        if file.is_symlink():
            raise OSError("it is a link to a file that is missing") from None
        return ""
    if len(text) > _MOST_BYTES:
        raise OSError("it is too large")
    return text


def replace_text(file: Path, before: str, after: str) -> None:
    """Put a new text in the place of the one that was read; whoever reads meanwhile gets one of the two.

    A link stays one: what it points to is replaced. Raises OSError, too where the file changed since it was read.
    """
    target = Path(os.path.realpath(file))
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as written:
            written.write(after)
            written.flush()
            with suppress(FileNotFoundError):
                known = os.stat(target)
                with suppress(PermissionError):
                    os.fchown(written.fileno(), known.st_uid, known.st_gid)
                os.fchmod(written.fileno(), stat.S_IMODE(known.st_mode))
            os.fsync(written.fileno())
        if read_text(file) != before:
            raise OSError("it was changed by another program meanwhile; try again")
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
