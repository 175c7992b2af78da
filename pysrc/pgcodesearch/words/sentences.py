"""What a documentation comment says, as sentences in plain words."""

from __future__ import annotations

import re

from pgcodesearch.chunking.words import split_words

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an and any are as at be been but by can do does each for from given has have if in into is it its may
        new no not of on one only or other our out own same set so some such than that the their them then there
        these this those to up use used uses using via was we when where which while will with without you your
        returns return function method class object""",
    )
)
_TAG = re.compile(
    r"^\s*(@\w+|:\w+|\\\w+|Args?:|Parameters|Returns?:|Raises:|>>>|\.\. |---|===|```|# |\* )", re.MULTILINE
)
_MARKUP = re.compile(r":\w+:`~?|\{@\w+\s|[`*{}<>]|\]\([^)]*\)|\[")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])|\n\s*\n")
_CODE_LIKE = re.compile(
    r"[;{}=]|\(\)|->|https?:|copyright|licen[cs]e|todo|fixme|pylint|noqa|type:|eslint", re.IGNORECASE
)
# `name: …`, `name (type): …` and `name - …` explain a parameter; `Note: …` is about something else.
_ITEM = re.compile(r"^\W*\w+\s*(\([^()]*\)\s*)?(:|-\s|–)")
_ELSEWHERE = re.compile(
    r"^(see|inherit\w*|overrid\w*|implements?|alias|same as|deprecated|like|not implemented|\w*exception|resharper)\b",
    re.IGNORECASE,
)
_VISIBILITY = re.compile(r"^(public|private|protected|internal):\s+", re.IGNORECASE)  # TomDoc
_WORD = re.compile(r"\w+")
_LONGEST_DOC = 2_000  # what is asked stands at the beginning
_LEAST_WORDS = 4
_SENTENCES = 3  # of a text: what follows is seldom about the whole
_LONGEST_TEXT = 1_000


def plain_text(text: str) -> str:
    """Text without markup, on one line."""
    return " ".join(_MARKUP.sub("", text).split())


def split_sentences(doc: str) -> list[str]:
    """The sentences of a documentation comment before its tags and sections, as plain text, prose or not."""
    tag = _TAG.search(doc)
    prose = doc[: tag.start()] if tag else doc
    return [sentence for part in _SENTENCE_END.split(prose) if (sentence := plain_text(part))]


def sentences(doc: str) -> list[str]:
    """The sentences of a documentation comment before its tags and sections that are prose, as plain text."""
    return [sentence for sentence in split_sentences(doc) if is_prose(sentence)]


def documentation_text(doc: str) -> str:
    """The first sentences of a documentation comment that tell what is documented, as one text without markup.

    Empty where none is prose, or all are pointers to something else. At most 1,000 characters.
    """
    told = [
        sentence
        for sentence in (_VISIBILITY.sub("", said) for said in sentences(doc[:_LONGEST_DOC]))
        if not _ELSEWHERE.match(sentence) and not _ITEM.match(sentence)
    ]
    return " ".join(told[:_SENTENCES])[:_LONGEST_TEXT]


def is_prose(text: str) -> bool:
    """Between 3 and 40 words, mostly letters of the Latin alphabet, and no code."""
    words = text.split()
    letters = sum(character.isascii() and (character.isalpha() or character == " ") for character in text)
    return 3 <= len(words) <= 40 and letters >= 0.8 * len(text) and not _CODE_LIKE.search(text)


def content_words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case and in its order, without those that say nothing alone.

    Two sentences with the same ones ask the same.
    """
    return tuple(word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)


def documentation_query(doc: str, symbol: str) -> str | None:
    """The first sentence of a function's documentation as a query; None where it would be a poor one.

    Poor: no prose of four words, an item of a list (``name: what it is``), a pointer to something else
    (``See …``), or nothing that the function's own name does not say.
    """
    said = split_sentences(doc[:_LONGEST_DOC])
    query = _VISIBILITY.sub("", said[0]).replace("]", "").rstrip(" .:!?") if said else ""
    if len(query.split()) < _LEAST_WORDS or not is_prose(query):
        return None
    if _ITEM.match(query) or _ELSEWHERE.match(query) or 2 * query.count(",") >= len(query.split()):
        return None
    named = split_words(symbol).split()
    return query if any(not _stands_in(word, named) for word in content_words(query)) else None


def says(text: str, sentence: str) -> bool:
    """Does the text hold the sentence, word for word, whatever stands between the words?"""
    wanted, held = (" ".join(_WORD.findall(part.lower())) for part in (sentence, text))
    return f" {wanted} " in f" {held} "


def _stands_in(word: str, named: list[str]) -> bool:
    """Is the word one of a name's, in another form perhaps: parses, config for configuration?"""
    return any(word == name or _same_stem(word, name) for name in named)


def _same_stem(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and longer.startswith(shorter)
