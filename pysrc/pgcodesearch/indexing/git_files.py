"""Which files there are below a folder, as git has it; asked of git itself, so that every rule is git's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pgcodesearch.indexing.git_command import refusal, run, without_filters

_SUBMODULE = b"160000"


@dataclass
class GitFiles:
    """Paths below the folder, as bytes with '/'. ``dirty`` are those that differ from the commit, None where git does
    not say; of ``vouched`` it watches the content. ``repositories`` are others' work trees, which git leaves alone.
    """

    is_top: bool
    tracked: set[bytes] = field(default_factory=set)
    vouched: set[bytes] = field(default_factory=set)
    submodules: set[bytes] = field(default_factory=set)
    untracked: set[bytes] = field(default_factory=set)
    repositories: set[bytes] = field(default_factory=set)
    dirty: set[bytes] | None = None
    ignored_files: int = 0
    ignored_folders: list[bytes] = field(default_factory=list)


def list_git_files(folder: Path) -> GitFiles | None:
    """What git tracks, what it would add and what it ignores; None outside of git.

    A folder that the work tree around it ignores (an environment, a build) is outside of git too. Raises GitFailed.
    """
    where = run(folder, "rev-parse", "--is-inside-work-tree", "--show-prefix")
    inside, _, prefix = (where or b"").partition(b"\n")
    prefix = prefix.removesuffix(b"\n")
    if inside != b"true" or (prefix and run(folder, "check-ignore", "-q", ".") is not None):
        return None
    index = run(folder, "ls-files", "-v", "-s", "-z", "--", ".")
    if index is None:
        return None
    found = GitFiles(is_top=not prefix)
    _read_index(found, index)
    _read_status(found, folder, prefix)
    return found


def why_silent(folder: Path) -> str | None:
    """Why git says nothing of a folder that is in a work tree; None where there is none."""
    if not any((place / ".git").exists() for place in (folder, *folder.parents)):
        return None
    return refusal(folder)


def _read_index(found: GitFiles, output: bytes) -> None:
    for entry in filter(None, output.split(b"\0")):
        description, _, path = entry.partition(b"\t")
        tag, mode, _ = description.split(b" ", 2)
        if not _is_proper(path):
            continue
        if mode == _SUBMODULE:
            found.submodules.add(path)
            continue
        found.tracked.add(path)
        # The others are those that git was told to overlook.
        if tag == b"H":
            found.vouched.add(path)


def _read_status(found: GitFiles, folder: Path, prefix: bytes) -> None:
    output = run(
        folder, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames",
        "--ignore-submodules=all", "--", ".", configuration=without_filters(folder),
    )  # fmt: skip
    if output is None:
        # A commit whose objects are missing: git still knows what it would add.
        output = run(folder, "ls-files", "-o", "--exclude-standard", "-z", "--", ".") or b""
        _take_untracked(found, filter(None, output.split(b"\0")))
        return
    entries = [(entry[:2], entry[3:].removeprefix(prefix)) for entry in output.split(b"\0") if entry]
    ignored = [path for state, path in entries if state == b"!!"]
    found.ignored_folders = [path for path in ignored if path.endswith(b"/")]
    found.ignored_files = len(ignored) - len(found.ignored_folders)
    _take_untracked(found, (path for state, path in entries if state == b"??"))
    found.dirty = {path for state, path in entries if state != b"!!"}


def _take_untracked(found: GitFiles, paths: Iterable[bytes]) -> None:
    for path in filter(_is_proper, paths):
        (found.repositories if path.endswith(b"/") else found.untracked).add(path)


def _is_proper(path: bytes) -> bool:
    """Whether a path stays below the folder and out of git's own: an index may have been made by anybody."""
    parts = path.removesuffix(b"/").split(b"/")
    return not any(part in (b"", b".", b"..") or part.lower() == b".git" for part in parts)
