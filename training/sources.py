"""The source files that pairs are taken from: which folders, which files, and which never."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

CODE_SUFFIXES = tuple(
    f".{suffix}"
    for suffix in re.findall(
        r"\w+",
        "py js mjs ts tsx go rs java c cc cpp h hpp cs rb php kt scala swift lua ex exs hs zig sh bash",
    )
)
LARGEST_FILE = 150_000  # bytes; what is longer is mostly generated or bundled
# Copies of other packages (which may be excluded ones), builds, and code that nobody searches for.
SKIPPED_PARTS = re.compile(
    r"^(_?vendor(ed)?|third[_-]?party|_internal_vendor|extern(al|s)?|node_modules|dist|build|bundles?|testdata"
    r"|fixtures|examples?|benchmarks?|generated|locale|data|min|.*dist-info)$",
    re.IGNORECASE,
)
SKIPPED_FILES = re.compile(r"(\.min\.|\.bundle\.|_pb2|\.pb\.|zz_generated|\.d\.ts$)")
_TEST_PARTS = re.compile(r"^(tests?|testing|__tests__|specs?)$", re.IGNORECASE)
_TEST_FILES = re.compile(r"(_test\.go$|\.test\.|\.spec\.)")


_DISTRIBUTION_PREFIX = re.compile(
    r"^(golang-(github|golang|google|gopkg)?-?|librust-|php-|ruby-|python3?-|node-|lib)"
)
_DISTRIBUTION_SUFFIX = re.compile(r"(-dev|-java|-perl)$")


def read_exclusions(path: Path) -> set[str]:
    """Names that may never be training data, one a line, ``owner/name`` or a package; # is a comment.

    Each is known by its whole name and by its last part, in lower case with - for _ and dots.
    """
    names: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        name = line.split("#")[0].strip()
        if name:
            names |= {plain_name(name), plain_name(name.rsplit("/", 1)[-1])}
    return names


def plain_name(name: str) -> str:
    """A name as it is compared: lower case, one spelling of separators."""
    return re.sub(r"[_.\s]+", "-", name.lower())


def repositories(root: Path, exclusions: set[str]) -> list[Path]:
    """The folders in ``root``, one a repository, without the excluded ones.

    A folder is named ``<registry>_<package>``; Debian's prefixes and suffixes are looked through.
    """
    return [
        folder
        for folder in sorted(root.iterdir())
        if folder.is_dir() and not is_excluded(folder.name, exclusions)
    ]


def is_excluded(folder_name: str, exclusions: set[str]) -> bool:
    """Does the folder ``<registry>_<package>`` hold an excluded package, under its own name or a distribution's?"""
    return is_excluded_name(folder_name.split("_", 1)[-1], exclusions)


def is_excluded_name(name: str, exclusions: set[str]) -> bool:
    """Is this the name of an excluded package: with an owner, a version, or a distribution's prefixes and suffixes?"""
    for part in {name, *name.split("/")}:
        plain = re.sub(r"[-@]v?[0-9].*$", "", plain_name(part).lstrip("@")) or plain_name(part)
        bare = _DISTRIBUTION_SUFFIX.sub("", _DISTRIBUTION_PREFIX.sub("", plain))
        if {plain_name(part), plain, bare, bare.split("-", 1)[-1]} & exclusions:
            return True
    return False


def is_excluded_path(path: str, exclusions: set[str]) -> bool:
    """Is a folder of the path, or the file itself, named like an excluded package: a copy of it?"""
    *folders, file = path.split("/")
    return any(
        {plain_name(part), re.sub(r"-v?[0-9].*$", "", plain_name(part))} & exclusions
        for part in (*folders, file.split(".")[0])
    )


def source_files(
    repository: Path, exclusions: set[str], limit: int, seed: int, tests: bool = False
) -> Iterator[tuple[str, str]]:
    """(path in the repository, content) of at most ``limit`` source files, or ``tests``, drawn at random.

    Folders named like an excluded package are copies of it and left out.
    """
    files = [path for path in sorted(repository.rglob("*")) if is_wanted(path, repository, exclusions, tests)]
    random.Random(f"{seed} {repository.name}").shuffle(files)
    taken = 0
    for path in files:
        if taken == limit:
            return
        try:
            content = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        longest = max(map(len, content.splitlines()), default=0)
        if longest < 1_000:  # longer lines: minified
            taken += 1
            yield path.relative_to(repository).as_posix(), content


def is_source_path(path: str, tests: bool = False) -> bool:
    """Is this, by its path in the repository, a source file that someone wrote for use; or, with ``tests``, a test?"""
    *folders, file = path.split("/")
    is_test = bool(_TEST_FILES.search(file)) or any(_TEST_PARTS.match(folder) for folder in folders)
    return (
        file.endswith(CODE_SUFFIXES)
        and is_test == tests
        and not SKIPPED_FILES.search(file)
        and not any(SKIPPED_PARTS.match(folder) for folder in folders)
    )


def is_wanted(path: Path, repository: Path, exclusions: set[str], tests: bool = False) -> bool:
    """Is this a source file that someone wrote, or with ``tests`` a test, of no excluded package?"""
    inside = path.relative_to(repository)
    if not is_source_path(inside.as_posix(), tests) or any(
        plain_name(part) in exclusions for part in inside.parts[:-1]
    ):
        return False
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_FILE
