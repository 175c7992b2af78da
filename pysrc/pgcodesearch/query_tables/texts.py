"""What is said and named in an index, as people would ask for it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from pgcodesearch.chunking.words import split_words
from pgcodesearch.words.sentences import content_words, split_sentences

_LONGEST = 400  # characters
_SENTENCES = 3
_QUESTIONS = (
    "where is {}", "where are {}", "how is {}", "how does {} work", "how to {}", "what {}", "code that {}",
    "which function {}", "where do we {}", "find {}", "{} implementation", "when is {}", "where does it {}",
    "function to {}", "how can i {}", "why is {}", "example of {}",
)  # fmt: skip
# As people ask the web: with the language, in any place.
_LANGUAGES = (
    "python", "python", "python", "python", "java", "javascript", "typescript", "go", "golang", "rust", "c++", "c#",
    "c", "ruby", "php", "kotlin", "scala", "swift", "bash", "sql", "haskell", "elixir", "lua",
)  # fmt: skip
_OF_THE_WEB = (
    "{language} {}", "how to {} in {language}", "{language} how to {}", "{} {language}", "{} in {language}",
    "{language} function to {}", "{language} code to {}", "how do i {} using {language}", "{language} get {}",
    "{language} check if {}",
)  # fmt: skip


def asked(sources: Iterable[tuple[str, str]], seed: int = 1) -> Iterator[str]:
    """Queries made of ``(kind, content)`` rows of ``codesearch.query_texts``, drawn by the seed.

    Documentation gives its first sentences, their words that matter and questions made of them; a name gives itself,
    as it is typed and in words. Some are given twice.
    """
    draw = random.Random(seed)
    for kind, content in sources:
        if kind == "documentation":
            for sentence in split_sentences(content)[:_SENTENCES]:
                yield from _of_sentence(sentence[:_LONGEST].rstrip(" .:!?"), draw)
        elif kind == "name":
            yield from _of_name(content[:_LONGEST], draw)
        else:
            yield content[:_LONGEST]


def _of_sentence(sentence: str, draw: random.Random) -> Iterator[str]:
    words = content_words(sentence)
    if not words:
        return
    lower = sentence[0].lower() + sentence[1:]
    kept = sorted(draw.sample(range(len(words)), draw.randint(min(2, len(words)), min(len(words), 6))))
    few = " ".join(words[place] for place in kept)
    yield sentence
    if draw.random() < 0.5:
        yield draw.choice(_QUESTIONS).format(lower)
    if len(words) > 2 and draw.random() < 0.6:
        yield few
    if draw.random() < 0.5:
        asked_with = few if draw.random() < 0.7 else lower
        yield draw.choice(_OF_THE_WEB).format(asked_with, language=draw.choice(_LANGUAGES))


def _of_name(name: str, draw: random.Random) -> Iterator[str]:
    words = split_words(name)
    if not words:
        return
    yield name if draw.random() < 0.5 else name.replace("::", ".").rsplit(".", 1)[-1]
    if " " in words and draw.random() < 0.5:
        yield words
    if draw.random() < 0.3:
        yield draw.choice(_QUESTIONS).format(words if draw.random() < 0.5 else name)
    elif " " in words and draw.random() < 0.3:
        yield draw.choice(_OF_THE_WEB).format(words, language=draw.choice(_LANGUAGES))
