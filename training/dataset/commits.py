"""Commit messages as queries: the subject of a commit that touched one or two functions describes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.indexing.git import Commit, changed_lines, file_at, history
from pgcodesearch.training.chunk_pairs import KINDS
from pgcodesearch.training.dataset.definitions import Definitions
from pgcodesearch.training.dataset.rows import Definition
from pgcodesearch.words.sentences import is_prose

MOST_DEFINITIONS = 2
_MOST_PATHS = 6
_PREFIX = re.compile(r"^(\[[^\]]*\]|\w+(\([^)]*\))?!?:|[A-Z]+-\d+:?)\s+")
_SUFFIX = re.compile(r"\s*(\(?#\d+\)?|\([a-z]+/[^)]*\))\s*$")
# Subjects that say that something changed, not what.
_EMPTY = re.compile(
    r"^(merge|revert|bump|release)\b|^(wip|prepare|version|changelog|typo|lint|format|reformat|black|ruff|isort|flake8"
    r"|clean ?up|cosmetic|update|minor|misc|fix(ed|es)?( (bug|typo|test|tests|ci|build|lint|docs?|it|issue))?"
    r"|address review|review|refactor(ing)?|test|tests|add tests?|todo)\b[\s.!]*(\S+\s*){0,2}$",
    re.IGNORECASE,
)


def commit_queries(definitions: Definitions, root: Path, limit: int) -> Iterator[tuple[str, Definition]]:
    """(query, definition it changed) of those of the newest ``limit`` commits that are about one or two definitions."""
    if not root.is_dir():
        return
    for commit in history(root, limit):
        subject = plain_subject(commit.subject)
        # Files that hold no definition (documentation, settings) and excluded or test files do not count.
        paths = [path for path in commit.paths if path in definitions.by_file]
        if not subject or not paths or len(commit.paths) > _MOST_PATHS:
            continue
        symbols = [
            (path, symbol) for path in paths for symbol in changed_symbols(root, commit, path)
        ]  # fmt: skip
        if 1 <= len(symbols) <= MOST_DEFINITIONS:
            found = [definitions.at(path, symbol) for path, symbol in symbols]
            yield from ((subject, item) for item in found if item is not None)


def plain_subject(subject: str) -> str:
    """A commit's subject without its type and ticket; empty where it says nothing."""
    text = subject.strip()
    while (shorter := _SUFFIX.sub("", _PREFIX.sub("", text))) != text:
        text = shorter
    text = text.rstrip(" .")
    if _EMPTY.match(text) or not is_prose(text) or len(text) < 20:
        return ""
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def changed_symbols(root: Path, commit: Commit, path: str) -> list[str]:
    """The innermost definitions of a file that a commit changed, as the file was then."""
    content = file_at(root, commit.object_id, path)
    if content is None:
        return []
    changed = innermost(chunk_file(path, content).chunks, changed_lines(root, commit.object_id, path))
    return list(dict.fromkeys(chunk.symbol for chunk in changed))


def innermost(chunks: Iterable[Chunk], lines: Iterable[tuple[int, int]]) -> list[Chunk]:
    """The innermost definitions that have a line of one of the ranges (first, last), each once."""
    definitions = [chunk for chunk in chunks if chunk.kind in KINDS]
    found: dict[tuple[int, str], Chunk] = {}
    for first, last in lines:
        touched = [chunk for chunk in definitions if chunk.start_line <= last and chunk.end_line >= first]
        inner = [chunk for chunk in touched if chunk.kind != "class"] or touched
        found |= {(chunk.start_line, chunk.symbol): chunk for chunk in inner}
    return list(found.values())
