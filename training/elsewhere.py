"""What a repository says of a definition elsewhere than beside it: names of tests that call it, lines of changelogs,
sections of its documentation, and what the only function that calls it is documented to do.

A mention counts where one definition of the repository alone has the name, and the test, line or section is about few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.chunking.words import split_words
from pgcodesearch.training.chunk_pairs import KINDS
from pgcodesearch.training.dataset.documents import named_in
from pgcodesearch.training.queries import without_ceremony
from pgcodesearch.training.sources import LARGEST_FILE, source_files
from pgcodesearch.words.sentences import is_prose, plain_text, sentences

_SHORTEST_NAME, _SHORTEST_WORD = 4, 7  # where a name is one word, it may be of another matter
_LEAST_WORDS = 4
_ROOM = frozenset({"", "doc", "docs", "documentation", "guide", "guides"})
_CHANGELOG = re.compile(r"^(change(s|log)?|history|news|release[-_ ]?notes)(\.(md|rst|txt))?$", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(md|markdown|rst)$", re.IGNORECASE)
# The title of a case where it is a string, as JavaScript, Ruby and Kotlin have it.
_TITLE = re.compile(r"""\b(?:it|test|specify|should)\s*\(?\s*(["'`])((?:(?!\1)[^\n]){12,120})\1""")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_OF_TESTS = re.compile(r"^((it|test|tests|testing|spec|should|can|that)\s+)+|\s+(test|tests|spec)$")
_TICKET = re.compile(r"\(?\[?#\d+\]?(\([^)]*\))?\)?|\(?:(issue|pr|pull|user|gh):`[^`]*`\)?")
_AUTHOR = re.compile(r"\(?(\bby )?\[?@[\w-]+\]?(\[\]|\([^)]*\))?\)?")
_WORD = re.compile(r"^[A-Za-z]?[a-z]+$")
_LINK = re.compile(r"\]\((?:\./)?([\w./-]+\.\w+)\)")


@dataclass(frozen=True)
class Found:
    """A chunk of a repository's file."""

    path: str
    language: str | None
    chunk: Chunk


@dataclass(frozen=True)
class Mention:
    """A query and what it asks for; ``where``: test, changelog, documentation or caller."""

    found: Found
    query: str
    where: str


def mentions(repository: Path, found: Sequence[Found], exclusions: set[str], files: int) -> Iterator[Mention]:
    """What is said elsewhere of the definitions and whole files that were ``found``; of at most ``files`` tests."""
    named = _named(found)
    yield from _of_tests(repository, named, exclusions, files)
    for path, text in _documents(repository):
        where = "changelog" if _CHANGELOG.match(path.name) else "documentation"
        told = _AUTHOR.sub("", _TICKET.sub("", text))
        # reStructuredText's sections, lists and names look like Markdown's.
        said = named_in("page.md", told, lambda name: named.get(name.rsplit(".", 1)[-1]))
        yield from (Mention(item, query.strip(" .,:;"), where) for query, item in said)
        yield from _of_links(text, path.parent.relative_to(repository).as_posix(), found)
    yield from _of_callers(named, found)


def _named(found: Iterable[Found]) -> dict[str, Found]:
    """Definitions by their name, where one alone has it."""
    by_name: dict[str, list[Found]] = {}
    for item in found:
        name = item.chunk.name
        shortest = _SHORTEST_WORD if _WORD.match(name) else _SHORTEST_NAME
        if item.chunk.kind in KINDS and len(name) >= shortest and not name.startswith("__"):
            by_name.setdefault(name, []).append(item)
    return {name: items[0] for name, items in by_name.items() if len(items) == 1}


def _of_tests(
    repository: Path, named: dict[str, Found], exclusions: set[str], files: int
) -> Iterator[Mention]:
    for path, content in source_files(repository, exclusions, files, seed=5, tests=True):
        for title, calls in _cases(path, content):
            words = _OF_TESTS.sub("", title.lower())
            if len(words.split()) >= _LEAST_WORDS and (item := _meant(words, calls, named)):
                yield Mention(item, words, "test")


def _cases(path: str, content: str) -> Iterator[tuple[str, Iterable[str]]]:
    """The words of each test's name, and what it calls."""
    titles = list(_TITLE.finditer(content))
    ends = [title.start() for title in titles[1:]] + [len(content)]
    for title, end in zip(titles, ends, strict=False):
        yield title[2], _CALL.findall(content[title.end() : end])
    if not titles:
        for chunk in chunk_file(path, content).chunks:
            if chunk.kind in ("function", "method") and "test" in chunk.name.lower():
                yield split_words(chunk.name), chunk.calls


def _meant(words: str, calls: Iterable[str], named: dict[str, Found]) -> Found | None:
    """Of what a test calls that of whose name it has most words, two or all of them; None where two have as many."""
    shares = sorted(((_shared(words, name), name) for name in set(calls) & named.keys()), reverse=True)
    if not shares or shares[0][0] < 2 or (len(shares) > 1 and shares[1][0] == shares[0][0]):
        return None
    return named[shares[0][1]]


def _shared(words: str, name: str) -> int:
    """How many words of a name there are among others; two where it is of one."""
    own = set(split_words(name).split())
    shared = len(own & set(words.lower().split()))
    return max(2, shared) if shared == len(own) else shared


def _documents(repository: Path) -> Iterator[tuple[Path, str]]:
    """Changelogs and pages of the first folder and of one for documentation."""
    for path in sorted([*repository.glob("*"), *repository.glob("*/*")]):
        folder = path.parent.relative_to(repository).as_posix().removeprefix(".")
        if folder.lower() not in _ROOM or not (_CHANGELOG.match(path.name) or _DOCUMENT.search(path.name)):
            continue
        if path.is_file() and not path.is_symlink():
            with open(path, encoding="utf-8", errors="replace") as file:
                yield path, file.read(LARGEST_FILE)


def _of_links(text: str, folder: str, found: Sequence[Found]) -> Iterator[Mention]:
    """Lines that link to a file of the repository, and say what is in it."""
    files = {item.path: item for item in found if item.chunk.kind == "module"}
    for line in text.splitlines():
        targets = {(Path(folder) / target).as_posix() for target in _LINK.findall(line)} & files.keys()
        said = _plain(line.lstrip(" -*+|"))
        if len(targets) == 1 and said:
            yield Mention(files[targets.pop()], said, "documentation")


def _of_callers(named: dict[str, Found], found: Iterable[Found]) -> Iterator[Mention]:
    """What has no documentation is a part of what the only function that calls it does."""
    callers: dict[str, list[Chunk]] = {}
    for item in found:
        if item.chunk.kind in ("function", "method"):
            for name in set(item.chunk.calls) & named.keys():
                callers.setdefault(name, []).append(item.chunk)
    for name, chunks in callers.items():
        said = sentences(chunks[0].doc)[:1]
        if len(chunks) != 1 or not said or chunks[0].name == name or named[name].chunk.doc:
            continue
        if _shared(said[0], name):
            yield Mention(named[name], without_ceremony(said[0], chunks[0].name), "caller")


def _plain(text: str) -> str:
    """A line as a query; empty where it is no prose of four words."""
    said = plain_text(text.replace("()", "").replace("**", "")).strip(" .:")
    return said if len(said.split()) >= _LEAST_WORDS and is_prose(said) else ""
