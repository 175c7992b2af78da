"""Commits as git has them: which a commit reaches, what each says and changed; read by one or two `git log`."""

from __future__ import annotations

import secrets as random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pgcodesearch.indexing.git_command import Configuration, GitFailed, blocks, run
from pgcodesearch.indexing.git_drivers import ATTRIBUTES, CONFIGURATION
from pgcodesearch.indexing.git_patch import ChangedFile, read_patch, read_raw

MOST_FILES = 300
"""Files that are stored of one commit."""
MOST_PATCHED = 100
"""Of commits of more files the lines are not read: an import of a package, a new format."""
# What is read of one commit; a patch is mostly some kilobytes.
_MOST_BYTES = 16_000_000
_SHALLOW_BYTES = 10_000_000
_COMMON = (
    "log", "-z", "--no-walk=unsorted", "--stdin", "--raw", "--no-abbrev", "--relative", "--root", "--no-color",
    "--diff-merges=first-parent", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--no-show-signature",
    "--encoding=UTF-8", "--no-notes", "--no-mailmap", "-O/dev/null",
)  # fmt: skip
# A file of a megabyte is data: what changed in it is not compared.
_CONFIGURATION: Configuration = CONFIGURATION | {"core.bigFileThreshold": "1m"}


@dataclass
class HistoryCommit:
    """A commit; ``message`` in bytes, ``seconds`` since 1970, ``detail`` as in the table git_commit."""

    object_id: str
    parents: int
    author: bytes
    seconds: float
    message: bytes
    files: list[ChangedFile] = field(default_factory=list)
    file_count: int = 0
    detail: str = "paths"


def reached(root: Path, commit: str, most: int) -> dict[str, tuple[str, ...]] | None:
    """The newest ``most`` commits that a commit reaches and that changed the folder, with their parents; those come
    before their children. None where git does not say. Raises GitFailed."""
    prefix = run(root, "rev-parse", "--show-prefix")
    within = () if prefix is not None and not prefix.strip() else (".",)
    output = run(root, "rev-list", "--parents", f"--max-count={most}", commit, "--", *within)
    if output is None:
        return None
    lines = [line.split() for line in output.decode("ascii", "replace").splitlines()]
    return _in_order({line[0]: tuple(line[1:]) for line in lines if line})


def _in_order(parents: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Parents before children: clocks are wrong now and then, and git goes by them."""
    found: dict[str, tuple[str, ...]] = {}
    for newest in reversed(parents):
        waiting = [newest]
        while waiting:
            commit = waiting[-1]
            if commit in found:
                waiting.pop()
                continue
            before = [parent for parent in parents[commit] if parent in parents and parent not in found]
            if before:
                waiting.extend(before)
            else:
                found[commit] = parents[commit]
                waiting.pop()
    return found


def shallow_ends(root: Path) -> set[str]:
    """The commits at which a shallow clone ends: git shows all of their files as new."""
    output = run(root, "rev-parse", "--git-path", "shallow")
    if not output:
        return set()
    with suppress(OSError), (root / output.decode().rstrip("\n")).open("rb") as file:
        return set(file.read(_SHALLOW_BYTES).decode("ascii", "replace").split())
    return set()


def read_commits(root: Path, object_ids: Sequence[str], ends: set[str]) -> Iterator[HistoryCommit]:
    """The commits, in this order, with all that git tells of them. Raises GitFailed where it tells nothing.

    What a commit of many files changed in them is not looked at, nor what a partial clone lacks; its paths are told
    all the same.
    """
    commits = _messages(root, object_ids)
    wanted = [
        commit.object_id
        for commit in commits.values()
        if 0 < commit.file_count <= MOST_PATCHED and commit.object_id not in ends
    ]
    # A partial clone lacks contents: what was read until there stays.
    with suppress(GitFailed):
        for object_id, files in _patches(root, wanted):
            commits[object_id].files, commits[object_id].detail = files, "lines"
            commits[object_id].file_count = len(files)
    for object_id in ends & commits.keys():
        commits[object_id].files, commits[object_id].file_count = [], 0
        commits[object_id].detail = "message"
    for object_id in object_ids:
        if object_id in commits:
            yield commits[object_id]


def _messages(root: Path, object_ids: Sequence[str]) -> dict[str, HistoryCommit]:
    """Messages and paths. A file that only moved is told by its content's id, without a look at contents."""
    found: dict[str, HistoryCommit] = {}
    for record in _records(root, object_ids, "%P%x00%an%x00%at%x00%B", "-M100%"):
        object_id, parents, author, seconds, message, rest = record.split(b"\0", 5)
        commit = HistoryCommit(
            object_id.decode("ascii"), len(parents.split()), author, _number(seconds), message
        )
        commit.files, commit.file_count, _ = read_raw(rest, MOST_FILES)
        found[commit.object_id] = commit
    return found


def _patches(root: Path, object_ids: Sequence[str]) -> Iterator[tuple[str, list[ChangedFile]]]:
    """The files of each commit with lines and names."""
    for record in _records(
        root, object_ids, "", "-M", f"-l{MOST_PATCHED}", "-p", "-U0", "--inter-hunk-context=0"
    ):
        object_id, _, rest = record.split(b"\0", 2)
        files, _, patch = read_raw(rest, MOST_FILES)
        read_patch(files, patch)
        yield object_id.decode("ascii"), files


def _records(root: Path, object_ids: Sequence[str], fields: str, *arguments: str) -> Iterator[bytes]:
    """What git prints of each commit, from its id on. A message can't forge the mark between two: it is random."""
    if not object_ids:
        return
    mark = random.token_hex(16)
    given = "".join(f"{object_id}\n" for object_id in object_ids).encode()
    with tempfile.NamedTemporaryFile("w") as attributes:
        attributes.write(ATTRIBUTES)
        attributes.flush()
        yield from _split(
            blocks(
                root, *_COMMON, *arguments, f"--format=tformat:{mark}%H%x00{fields}%x00", given=given,
                configuration=_CONFIGURATION | {"core.attributesFile": attributes.name},
            ),
            mark.encode(),
        )  # fmt: skip


def _split(pieces: Iterator[bytes], mark: bytes) -> Iterator[bytes]:
    """What stands after each mark, cut to a bounded size."""
    held = bytearray()
    looked_at, began = 0, False
    for piece in pieces:
        held += piece
        while (place := held.find(mark, looked_at)) >= 0:
            if began:
                yield bytes(held[: min(place, _MOST_BYTES)])
            began, looked_at = True, 0
            del held[: place + len(mark)]
        looked_at = max(len(held) - len(mark), 0)
        if looked_at > _MOST_BYTES:
            del held[_MOST_BYTES:looked_at]
            looked_at = _MOST_BYTES
    if began:
        yield bytes(held[:_MOST_BYTES])


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
