"""README and other Markdown as queries: a sentence, or a heading, about code that its section names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgcodesearch.chunking import chunk_file
from pgcodesearch.training.dataset.database import SourceFile
from pgcodesearch.training.dataset.definitions import Definitions
from pgcodesearch.training.dataset.rows import Definition
from pgcodesearch.words.sentences import is_prose, sentences

_NAMED = re.compile(r"`([A-Za-z_][\w.]*(?:::\w+)*)(?:\([^`]*\))?`")
_FENCE = re.compile(r"^```.*?^```\s*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def document_queries(definitions: Definitions) -> Iterator[tuple[str, Definition]]:
    """(query, definition it names) of all Markdown files of the repository."""
    for file in definitions.markdown:
        yield from _file_queries(file, definitions)


def _file_queries(file: SourceFile, definitions: Definitions) -> Iterator[tuple[str, Definition]]:
    for section in chunk_file(file.path, file.content).chunks:
        if section.kind != "block":
            continue
        text = _LINK.sub(r"\1", _FENCE.sub("", section.content))
        named: dict[str, Definition] = {}
        for paragraph in re.split(r"\n\s*\n|^\s*[-*] ", text, flags=re.MULTILINE):
            for sentence in re.split(r"(?<=[.!?])\s+", paragraph):
                answers = _named(sentence, definitions)
                named |= {answer.key: answer for answer in answers}
                if len(answers) == 1 and (query := _plain(sentence)):
                    yield query, answers[0]
        if len(named) == 1 and is_prose(section.name):
            yield section.name, next(iter(named.values()))


def _named(sentence: str, definitions: Definitions) -> list[Definition]:
    """The definitions whose names stand in backquotes, each once."""
    names = [name.replace("::", ".") for name in _NAMED.findall(sentence)]
    found = {item.key: item for name in names if (item := definitions.unique(name))}
    return list(found.values())


def _plain(sentence: str) -> str:
    """The sentence with names bare and without markup; empty where it is no prose."""
    said = sentences(_NAMED.sub(r"\1", sentence.lstrip("#> -*")))
    return said[0] if len(said) == 1 and len(said[0].split()) >= 4 else ""
