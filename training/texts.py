"""Texts to distil on: code of unpacked packages, and what people might type to find it.

    python -m pgcodesearch.training.texts --sources FOLDER --output texts.jsonl --exclude NAMES.txt \
        [--forbidden CODE.json …]

Distillation needs no labels, so a query need not have one right answer: it must only look like queries do. Sentences
and keywords of the documentation, comments, and names become imperatives, and two of three times name the language, as
web queries do ("python how to …", "… in go"). Rows are shuffled: any first part of the file is a sample of the whole.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.training.chunk_pairs import KINDS
from pgcodesearch.training.forbidden import read_forbidden
from pgcodesearch.training.queries import comment_sentences, keywords, without_ceremony
from pgcodesearch.training.sources import read_exclusions, repositories, source_files
from pgcodesearch.words.near_duplicates import NearDuplicates
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
SHORTEST_CODE = 60  # characters
LONGEST_SENTENCE = 16  # words
KEEP_UNDOCUMENTED = 0.25
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


def texts_of_repository(
    repository: Path,
    exclusions: set[str],
    forbidden: NearDuplicates,
    files: int,
    limit: int,
    chance: random.Random,
) -> Iterator[dict[str, Any]]:
    """Rows of at most ``limit`` definitions of at most ``files`` files, none nearly like another or a forbidden one."""
    own, made = NearDuplicates(share=0.9), 0
    for path, content in source_files(repository, exclusions, files, seed=3):
        chunked = chunk_file(path, content)
        language = SPOKEN.get(chunked.language or "", chunked.language)
        for chunk in chunked.chunks:
            if made >= limit:
                return
            if chunk.kind not in KINDS or len(chunk.content) < SHORTEST_CODE:
                continue
            if not chunk.doc and not chunk.comments and chance.random() > KEEP_UNDOCUMENTED:
                continue
            if forbidden.holds_like(chunk.content) or own.holds_like(chunk.content):
                continue
            own.add(chunk.content)
            if queries := queries_for(chunk, language, chance):
                made += 1
                yield {
                    "code": text_of(chunk, chance),
                    "queries": queries,
                    "group": repository.name,
                    "language": chunked.language,
                }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m pgcodesearch.training.texts", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--exclude", type=Path, required=True, help="names that may never be training data")
    parser.add_argument("--forbidden", type=Path, nargs="*", default=[], help="JSON of code, or folders")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    exclusions, forbidden = read_exclusions(options.exclude), read_forbidden(options.forbidden)
    chance = random.Random(options.seed)
    rows = []
    for repository in repositories(options.sources, exclusions):
        # Most sources are Python, and its packages are documented best.
        files, limit = (200, 700) if repository.name.startswith("pypi_") else (50, 150)
        rows += list(texts_of_repository(repository, exclusions, forbidden, files, limit, chance))
    chance.shuffle(rows)
    options.output.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    print(f"{len(rows)} codes with {sum(len(row['queries']) for row in rows)} queries")


if __name__ == "__main__":
    main()
