"""Walks a tree of files: what could be indexed, and what is skipped by name alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec

VENDORED_FOLDERS = {
    "node_modules",
    "bower_components",
    "vendor",
    "third_party",
    "site-packages",
    "Pods",
    "Carthage",
}
IGNORED_FOLDERS = {
    ".git", ".hg", ".svn", ".bzr", "__pycache__", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis", ".gradle", ".idea", ".vs", ".eggs", ".cache", ".terraform", "target",
}  # fmt: skip
BINARY_SUFFIXES = {
    ".7z", ".a", ".avi", ".bin", ".bmp", ".bz2", ".class", ".dat", ".db", ".dll", ".dylib", ".eot", ".exe", ".flac",
    ".gif", ".gz", ".ico", ".jar", ".jpeg", ".jpg", ".lib", ".mo", ".mp3", ".mp4", ".npy", ".npz", ".o", ".obj",
    ".onnx", ".otf", ".parquet", ".pdf", ".pickle", ".pkl", ".png", ".pyc", ".pyd", ".so", ".sqlite", ".tar",
    ".tgz", ".tif", ".tiff", ".ttf", ".wasm", ".wav", ".webm", ".webp", ".whl", ".woff", ".woff2", ".xz", ".zip",
    ".zst",
}  # fmt: skip
GENERATED_NAMES = {
    "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "cargo.lock", "composer.lock",
    "gemfile.lock", "go.sum", "pipfile.lock", "npm-shrinkwrap.json",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A file below the root. ``skip`` is the reason where its name, type or size alone rules it out."""

    path: str  # relative to the root, with '/'
    full: bytes  # for open(): names need not be valid UTF-8
    size_bytes: int
    modified_ns: int
    skip: str | None = None
    detail: str | None = None


def walk(root: Path, exclude: tuple[str, ...] = ()) -> Iterator[Found]:
    """Every file below ``root`` in path order, honouring .gitignore at every depth; links are never followed.

    ``exclude``: more patterns in .gitignore's language. Files that .gitignore or ``exclude`` name are left out
    without a record; unreadable folders are reported as skipped. Raises FileNotFoundError, NotADirectoryError.
    """
    if not root.exists():
        raise FileNotFoundError(f"there is no folder {root}")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder")
    rules = [("", pathspec.GitIgnoreSpec.from_lines(exclude))] if exclude else []
    yield from _walk_folder(os.fsencode(root), "", rules)


def find(root: Path, path: str, exclude: tuple[str, ...] = ()) -> Found | None:
    """What ``walk`` would say of one path; None where there is no file, or ``walk`` would leave it out."""
    rules = [("", pathspec.GitIgnoreSpec.from_lines(exclude))] if exclude else []
    folder, prefix = os.fsencode(root), ""
    parts = path.split("/")
    for depth, part in enumerate(parts):
        try:
            with os.scandir(folder) as entries:
                listed = [entry for entry in entries if entry.name in (os.fsencode(part), b".gitignore")]
        except OSError:
            return None
        rules = _with_gitignore(folder, prefix, rules, listed)
        entry = next((entry for entry in listed if entry.name == os.fsencode(part)), None)
        is_last = depth == len(parts) - 1
        if entry is None or entry.is_dir(follow_symlinks=False) == is_last:
            return None
        here = prefix + _decode(entry.name)
        if _ignored(here if is_last else here + "/", rules):
            return None
        if is_last:
            return _found(entry, here)
        if left_out_folder(part) or part in VENDORED_FOLDERS:
            return None
        folder, prefix = entry.path, here + "/"
    return None


def left_out_folder(name: str) -> bool:
    """Whether a folder is left out by its name alone: caches, environments, the insides of version control."""
    return name in IGNORED_FOLDERS or name.endswith(".egg-info")


def _walk_folder(
    folder: bytes, prefix: str, rules: list[tuple[str, pathspec.GitIgnoreSpec]]
) -> Iterator[Found]:
    pending = [(folder, prefix, rules)]
    while pending:
        folder, prefix, rules = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(prefix or ".", folder, 0, 0, "unreadable", error.strerror)
            continue
        rules = _with_gitignore(folder, prefix, rules, listed)
        folders = []
        for entry in listed:
            path = prefix + _decode(entry.name)
            is_folder = entry.is_dir(follow_symlinks=False)
            if _ignored(path + "/" if is_folder else path, rules):
                continue
            if is_folder:
                name = path.rsplit("/", 1)[-1]
                if left_out_folder(name):
                    continue
                if name in VENDORED_FOLDERS:
                    yield Found(path + "/", entry.path, 0, 0, "vendored", "folder of third-party code")
                    continue
                folders.append((entry.path, path + "/", rules))
            else:
                yield _found(entry, path)
        pending.extend(reversed(folders))


def _found(entry: os.DirEntry[bytes], path: str) -> Found:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Found(path, entry.path, 0, 0, "unreadable", error.strerror)
    skip, detail = _skip_by_name(entry, path)
    return Found(path, entry.path, status.st_size, status.st_mtime_ns, skip, detail)


def _skip_by_name(entry: os.DirEntry[bytes], path: str) -> tuple[str | None, str | None]:
    if entry.is_symlink():
        return "symlink", "links are not followed"
    if not entry.is_file(follow_symlinks=False):
        return "not a file", "pipe, socket or device"
    try:
        entry.name.decode("utf-8")
    except UnicodeDecodeError:
        return "path", "the name is not valid UTF-8"
    return skip_by_name(path)


def skip_by_name(path: str) -> tuple[str | None, str | None]:
    """Reason and detail where a file's name alone rules it out, else None twice."""
    name = path.rsplit("/", 1)[-1].lower()
    if os.path.splitext(name)[1] in BINARY_SUFFIXES:
        return "binary", "by its suffix"
    if name in GENERATED_NAMES:
        return "generated", "lock file"
    if name.endswith((".min.js", ".min.css", ".min.mjs", ".js.map", ".css.map")):
        return "minified", "by its suffix"
    return None, None


def _with_gitignore(
    folder: bytes,
    prefix: str,
    rules: list[tuple[str, pathspec.GitIgnoreSpec]],
    listed: list[os.DirEntry[bytes]],
) -> list[tuple[str, pathspec.GitIgnoreSpec]]:
    if not any(entry.name == b".gitignore" and entry.is_file(follow_symlinks=False) for entry in listed):
        return rules
    try:
        with open(os.path.join(folder, b".gitignore"), encoding="utf-8", errors="replace") as file:
            return [*rules, (prefix, pathspec.GitIgnoreSpec.from_lines(file))]
    except (OSError, ValueError):
        return rules


def _ignored(path: str, rules: list[tuple[str, pathspec.GitIgnoreSpec]]) -> bool:
    # The deepest file that says something decides, as in git.
    for prefix, spec in reversed(rules):
        verdict = spec.check_file(path[len(prefix) :]).include
        if verdict is not None:
            return verdict
    return False


def _decode(name: bytes) -> str:
    return name.decode("utf-8", errors="backslashreplace")
