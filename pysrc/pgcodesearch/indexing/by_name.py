"""What a name alone says of a file or folder: nobody's source, or nothing that could be read as text."""

from __future__ import annotations

import os

# Folders that nobody writes source in, whoever made them.
_VENDORED = {"node_modules", "bower_components", "site-packages", "Pods", "Carthage"}
_CACHES = {
    "__pycache__", ".venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".gradle",
    ".idea", ".vs", ".eggs", ".terraform",
}  # fmt: skip
# These may as well be somebody's package: left out only where no git says which files there are.
_MAYBE_VENDORED = {"vendor", "third_party"}
_MAYBE_CACHES = {"venv", ".cache", "target"}
VERSION_CONTROL = {".git", ".hg", ".svn", ".bzr"}
# Formats that no text is in; all others are told by their content.
_BINARY_SUFFIXES = {
    ".7z", ".avi", ".bmp", ".bz2", ".dll", ".dylib", ".eot", ".exe", ".flac", ".gif", ".gz", ".ico", ".jar", ".jpeg",
    ".jpg", ".mp3", ".mp4", ".npz", ".onnx", ".otf", ".parquet", ".pdf", ".png", ".pyc", ".tgz", ".tif", ".tiff",
    ".ttf", ".wav", ".webm", ".webp", ".whl", ".woff", ".woff2", ".xz", ".zip", ".zst",
}  # fmt: skip
_LOCK_FILES = {
    "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "cargo.lock", "composer.lock",
    "gemfile.lock", "go.sum", "pipfile.lock", "npm-shrinkwrap.json",
}  # fmt: skip
_MINIFIED_SUFFIXES = (".min.js", ".min.css", ".min.mjs", ".js.map", ".css.map")
# The database's index takes no longer paths.
_LONGEST_PATH = 2_000

Reason = tuple[str, str]


def skip_by_name(path: str) -> Reason | None:
    """Reason and detail where a file's name alone rules it out."""
    name = path.rpartition("/")[2].lower()
    if os.path.splitext(name)[1] in _BINARY_SUFFIXES:
        return "binary", "by its suffix"
    if name in _LOCK_FILES:
        return "generated", "lock file"
    if name.endswith(_MINIFIED_SUFFIXES):
        return "minified", "by its suffix"
    return None


def skip_folder(name: str, in_git: bool = False) -> Reason | None:
    """Reason and detail where nothing in a folder of this name is indexed, unless git tracks it or it is asked for."""
    if name in _VENDORED or (not in_git and name in _MAYBE_VENDORED):
        return "vendored", "folder of third-party code"
    if name in _CACHES or name.endswith(".egg-info") or (not in_git and name in _MAYBE_CACHES):
        return "ignored", "folder of caches, environments or builds"
    return None


def unfit_path(raw: bytes) -> Reason | None:
    """Reason and detail where the database can't hold a path."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "path", "the name is not valid UTF-8"
    return ("path", f"longer than {_LONGEST_PATH} bytes") if len(raw) > _LONGEST_PATH else None


def shown_path(raw: bytes) -> str:
    """The path as text, for a record also of one that the database can't hold as it is."""
    path = raw.decode("utf-8", "backslashreplace")
    return path if len(raw) <= _LONGEST_PATH else f"{path[:200]}…{path[-200:]}"
