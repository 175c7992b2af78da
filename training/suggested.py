"""What people might type to find a definition, as its documentation, comments and name suggest it, and its text."""

from __future__ import annotations

import random

from pgcodesearch.chunking import Chunk
from pgcodesearch.training.queries import comment_sentences, keywords, without_ceremony
from pgcodesearch.words.sentences import sentences

# What people type, where it is not the language's name.
SPOKEN = {"tsx": "typescript", "cpp": "c++", "csharp": "c#"}
# (share of the queries up to here, how they are put)
FORMS = [
    (0.30, "{language} {query}"),
    (0.42, "{query} in {language}"),
    (0.52, "how to {query} in {language}"),
    (0.62, "{language} how to {query}"),
    (0.68, "{query} {language}"),
    (1.00, "{query}"),
]
LONGEST_SENTENCE = 16  # words
WITHOUT_DOC, BARE_CODE = 0.25, 0.15


def as_typed(query: str, language: str | None, chance: random.Random) -> str:
    """The query as someone might type it, perhaps with the language's name."""
    drawn = chance.random()
    if not language:
        return query
    form = next(form for share, form in FORMS if drawn < share)
    return form.format(query=query, language=language)


def imperative(sentence: str) -> str:
    """Turn "checks if …" into "check if …": a first word in -s loses it."""
    first, _, rest = sentence.partition(" ")
    if len(first) > 4 and first.endswith("s") and not first.endswith("ss"):
        first = first[:-2] if first.endswith(("ches", "shes", "sses")) else first[:-1]
    return f"{first} {rest}".strip()


def queries_for(chunk: Chunk, language: str | None, chance: random.Random) -> list[str]:
    """At most three queries that the chunk's documentation, comments and name suggest."""
    language = SPOKEN.get(language or "", language)
    said, remarks = sentences(chunk.doc), comment_sentences(chunk.comments)
    name_words = chunk.texts[0].text.partition(": ")[2].partition("\n")[0]
    found = []
    if said:
        sentence = imperative(without_ceremony(said[0], chunk.name))
        found.append(as_typed(" ".join(sentence.split()[:LONGEST_SENTENCE]), language, chance))
        if words := keywords(said[0], name_words, chance):
            found.append(as_typed(words, language, chance))
    elif len(name_words.split()) >= 2:
        found.append(as_typed(name_words, language, chance))
    if remarks and chance.random() < 0.5:
        found.append(as_typed(without_ceremony(chance.choice(remarks), ""), language, chance))
    if len(found) < 2 and name_words:
        found.append(as_typed(name_words, language, chance))
    return found[:3]


def text_of(chunk: Chunk, chance: random.Random) -> str:
    """What the indexer embeds; sometimes without its documentation, sometimes the bare code."""
    if chunk.doc and chance.random() < WITHOUT_DOC:
        return chunk.texts[0].text.replace(chunk.doc, "", 1)
    return chunk.content if chance.random() < BARE_CODE else chunk.texts[0].text
