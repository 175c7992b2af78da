"""A chunk's own words as queries, each with the text of the chunk that is to answer it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pgcodesearch.chunking import Chunk
from pgcodesearch.training.queries import comment_sentences, keywords, without_ceremony
from pgcodesearch.words.sentences import sentences

KINDS = ("function", "method", "class")
# Some documents keep the docstring their query was taken from. Without any, the model unlearns to read
# docstrings, and real code has them; with all, it learns nothing but to match a sentence with itself.
KEEP_DOC = 0.45
KEEP_COMMENT = 0.4
QUERY_MIX = {"docstring": 0.4, "keywords": 0.35, "comment": 0.25}


def queries_of_chunk(chunk: Chunk, shuffle: random.Random) -> Iterator[tuple[str, str, str]]:
    """At most two (source, query, text to embed) of a chunk; the sources, keys of QUERY_MIX, are drawn by it."""
    said, remarks = sentences(chunk.doc), comment_sentences(chunk.comments)
    kinds = list(QUERY_MIX)
    for kind in dict.fromkeys(shuffle.choices(kinds, weights=[QUERY_MIX[kind] for kind in kinds], k=2)):
        if kind == "comment" and remarks:
            remark = shuffle.choice(remarks)
            yield kind, without_ceremony(remark, ""), text_with_comment(chunk, remark, shuffle)
        elif kind == "docstring" and said:
            sentence = said[0] if len(said) == 1 or shuffle.random() < 0.75 else said[1]
            query = sentence if shuffle.random() < 0.25 else without_ceremony(sentence, chunk.name)
            yield kind, query, text_with_doc(chunk, shuffle)
        elif kind == "keywords" and said:
            name_words = chunk.texts[0].text.partition(": ")[2].partition("\n")[0]
            if query := keywords(said[0], name_words, shuffle):
                yield kind, query, text_with_doc(chunk, shuffle)


def text_with_doc(chunk: Chunk, shuffle: random.Random) -> str:
    """The whole text, in some cases the summary, with the documentation in KEEP_DOC of them."""
    if shuffle.random() > KEEP_DOC:
        return chunk.texts[0].text.replace(chunk.doc, "", 1)
    last = chunk.texts[-1]
    return last.text if last.role == "summary" and shuffle.random() < 0.2 else chunk.texts[0].text


def text_with_comment(chunk: Chunk, remark: str, shuffle: random.Random) -> str:
    """The first text that has the comment (a window of a long body, or the whole)."""
    start = remark[:30]
    windows = [text.text for text in chunk.texts if text.role == "window" and start in text.text]
    text = windows[0] if windows else chunk.texts[0].text
    if shuffle.random() < KEEP_COMMENT:
        return text
    return "\n".join(line for line in text.splitlines() if start not in line)
