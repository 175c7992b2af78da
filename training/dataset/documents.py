"""README and other Markdown as queries: a sentence, or a heading, about code that its section names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from pgcodesearch.chunking import chunk_file
from pgcodesearch.training.dataset.definitions import Definitions
from pgcodesearch.training.dataset.rows import Definition
from pgcodesearch.words.sentences import is_prose, sentences

Answer = TypeVar("Answer")
_NAMED = re.compile(r"`([A-Za-z_][\w.]*(?:::\w+)*)(?:\([^`]*\))?`")
_FENCE = re.compile(r"^```.*?^```\s*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def document_queries(definitions: Definitions) -> Iterator[tuple[str, Definition]]:
    """(query, definition it names) of all Markdown files of the repository."""
    for file in definitions.markdown:
        yield from named_in(file.path, file.content, definitions.unique)


def named_in(path: str, content: str, unique: Callable[[str], Answer | None]) -> Iterator[tuple[str, Answer]]:
    """(query, what it names) of the sentences of a Markdown file that name one thing in backquotes, and of the headings
    of sections that do. ``unique`` gives the one thing of a name, always the same object."""
    for section in chunk_file(path, content).chunks:
        if section.kind != "block":
            continue
        text = _LINK.sub(r"\1", _FENCE.sub("", section.content))
        named: dict[int, Answer] = {}
        for paragraph in re.split(r"\n\s*\n|^\s*[-*] ", text, flags=re.MULTILINE):
            for sentence in re.split(r"(?<=[.!?])\s+", paragraph):
                answers = _named(sentence, unique)
                named |= {id(answer): answer for answer in answers}
                if len(answers) == 1 and (query := _plain(sentence)):
                    yield query, answers[0]
        if len(named) == 1 and is_prose(section.name):
            yield section.name, next(iter(named.values()))


def _named(sentence: str, unique: Callable[[str], Answer | None]) -> list[Answer]:
    """What is named in backquotes, each once."""
    names = [name.replace("::", ".") for name in _NAMED.findall(sentence)]
    found = {id(item): item for name in names if (item := unique(name)) is not None}
    return list(found.values())


def _plain(sentence: str) -> str:
    """The sentence with names bare and without markup; empty where it is no prose."""
    said = sentences(_NAMED.sub(r"\1", sentence.lstrip("#> -*")))
    return said[0] if len(said) == 1 and len(said[0].split()) >= 4 else ""
