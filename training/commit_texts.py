"""What people wrote of a change, with the definitions that it changed: git's history as queries.

A subject is written by someone who knows the code for people who will look for the change: nearer to a question than
documentation is (SweRank, Reddy et al. 2025, takes bug reports with the functions that mended them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.indexing.git_command import objects
from pgcodesearch.indexing.git_history import HistoryCommit, reached, read_commits, shallow_ends
from pgcodesearch.indexing.messages import read_message
from pgcodesearch.training.dataset.commits import MOST_DEFINITIONS, innermost, plain_subject
from pgcodesearch.training.sources import LARGEST_FILE, is_excluded_path, is_source_path
from pgcodesearch.words.sentences import is_prose, sentences

_MOST_FILES = 8  # of a commit, tests and documentation with them
_AT_ONCE = 400  # commits that are read by one git
_LONGEST_SENTENCE = 40  # words


@dataclass(frozen=True)
class Change:
    """One definition as a commit left it, and what the commit says: its subject, and a sentence of its body if any."""

    chunk: Chunk
    language: str | None
    queries: list[str]


def changes(root: Path, exclusions: set[str], most: int) -> Iterator[Change]:
    """Of the newest ``most`` commits those that changed one or two definitions; merges are left out.

    ``root`` is a work tree: nothing that the repository names is executed. Raises GitFailed.
    """
    commits = reached(root, "HEAD", most)
    if not commits:
        return
    ids, ends = [name for name, parents in commits.items() if len(parents) == 1], shallow_ends(root)
    for start in range(0, len(ids), _AT_ONCE):
        for commit in read_commits(root, ids[start : start + _AT_ONCE], ends):
            yield from _of_commit(root, commit, exclusions)


def _of_commit(root: Path, commit: HistoryCommit, exclusions: set[str]) -> Iterator[Change]:
    message = read_message(commit.message)
    subject = plain_subject(message.subject)
    files = [file for file in commit.files
             if file.lines and file.status in "AM" and is_source_path(file.path)
             and not is_excluded_path(file.path, exclusions)]  # fmt: skip
    if not subject or commit.file_count > _MOST_FILES or not 1 <= len(files) <= MOST_DEFINITIONS:
        return
    contents = objects(root, [f"{commit.object_id}:{file.path}" for file in files])
    found: list[tuple[Chunk, str | None]] = []
    for file, content in zip(files, contents, strict=True):
        if content is None or len(content) > LARGEST_FILE:
            return
        try:
            chunked = chunk_file(file.path, content.decode())
        except UnicodeDecodeError:
            return
        found += [(chunk, chunked.language) for chunk in innermost(chunked.chunks, file.lines or [])]
        if len(found) > MOST_DEFINITIONS:
            return
    said = [subject, *_sentence(message.body)]
    yield from (Change(chunk, language, said) for chunk, language in found)


def _sentence(body: str) -> list[str]:
    """The first sentence of a message's body that says something, at most 40 words of it."""
    for sentence in sentences(body)[:3]:
        words = sentence.split()
        if len(words) >= 5 and is_prose(sentence):
            return [" ".join(words[:_LONGEST_SENTENCE]).rstrip(" .:")]
    return []
