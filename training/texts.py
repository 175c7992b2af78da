"""Texts to train on: code of unpacked packages and repositories, and what people typed or might type to find it.

    python -m pgcodesearch.training.texts --sources FOLDER --output texts.jsonl --exclude NAMES.txt \
        [--forbidden CODE.json …] [--commits 2500] [--jobs 2]

Distillation needs no labels, so a query need not have one right answer: it must only look like queries do. Sentences
and keywords of the documentation, comments, and names become imperatives, and two of three times name the language, as
web queries do ("python how to …", "… in go"). Where a source is a git work tree, what its commits say of the one or two
definitions that they changed are queries too; so is what the repository says of a definition elsewhere: the names of
tests, changelogs, sections of documentation, and what its only caller is documented to do (``said`` counts what people
wrote like that, which comes first, ``where`` says where). Packages under no permissive
licence, or whose licence is not known, are left out, as are copies: within a package and, at .95, of other packages.
Rows are shuffled: any first part of the file is a sample of the whole. ``OUTPUT.report.json`` counts what was taken and
what was not.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pgcodesearch.chunking import chunk_file
from pgcodesearch.indexing.git_command import GitFailed
from pgcodesearch.training.chunk_pairs import KINDS
from pgcodesearch.training.commit_texts import changes
from pgcodesearch.training.elsewhere import Found, Mention, mentions
from pgcodesearch.training.forbidden import read_forbidden
from pgcodesearch.training.licences import is_allowed, licences
from pgcodesearch.training.sources import read_exclusions, repositories, source_files
from pgcodesearch.training.suggested import queries_for, text_of
from pgcodesearch.words.near_duplicates import NearCopies, NearDuplicates

SHORTEST_CODE = 60  # characters
KEEP_UNDOCUMENTED = 0.25
MOST_TIMES = 3  # that commits, or mentions, ask for one definition
SAME_CODE = 0.95  # share of runs of five tokens


def read_chunks(repository: Path, exclusions: set[str], files: int) -> list[Found]:
    """The chunks of at most ``files`` files that are worth a query: definitions, and files as a whole."""
    return [
        Found(path, chunked.language, chunk)
        for path, content in source_files(repository, exclusions, files, seed=3)
        for chunked in [chunk_file(path, content)]
        for chunk in chunked.chunks
        if chunk.kind in (*KINDS, "module") and len(chunk.content) >= SHORTEST_CODE
    ]


def rows_of_chunks(
    name: str, found: Sequence[Found], forbidden: NearDuplicates, limit: int, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """Rows of at most ``limit`` definitions of a repository, none nearly like another or a forbidden one."""
    own, made = NearDuplicates(share=0.9), 0
    for item in found:
        chunk, language = item.chunk, item.language
        if made >= limit:
            return
        if chunk.kind not in KINDS:
            continue
        if not chunk.doc and not chunk.comments and chance.random() > KEEP_UNDOCUMENTED:
            continue
        if forbidden.holds_like(chunk.content) or own.holds_like(chunk.content):
            continue
        own.add(chunk.content)
        if queries := queries_for(chunk, language, chance):
            made += 1
            yield {"code": text_of(chunk, chance), "queries": queries, "group": name, "language": language}


def rows_of_mentions(
    repository: Path, found: Sequence[Found], exclusions: set[str], forbidden: NearDuplicates, files: int,
    chance: random.Random,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Rows of what a repository says of a definition or file elsewhere, each at most three times."""
    said: dict[int, list[Mention]] = {}
    for mention in mentions(repository, found, exclusions, files):
        said.setdefault(id(mention.found), []).append(mention)
    for told in said.values():
        item = told[0].found
        if forbidden.holds_like(item.chunk.content):
            continue
        queries = {mention.query: mention.where for mention in told}
        kept = chance.sample(sorted(queries), min(MOST_TIMES, len(queries)))
        yield {
            "code": text_of(item.chunk, chance), "queries": kept, "said": len(kept),
            "where": [queries[query] for query in kept], "group": repository.name, "language": item.language,
        }  # fmt: skip


def rows_of_changes(
    repository: Path, exclusions: set[str], forbidden: NearDuplicates, commits: int, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """Rows of the definitions that the newest ``commits`` commits of a work tree changed, each at most three times."""
    if not (repository / ".git").exists():
        return
    times: Counter[str] = Counter()
    for change in changes(repository, exclusions, commits):
        chunk = change.chunk
        if len(chunk.content) < SHORTEST_CODE or times[chunk.symbol] >= MOST_TIMES:
            continue
        if forbidden.holds_like(chunk.content):
            continue
        times[chunk.symbol] += 1
        own = queries_for(chunk, change.language, chance)[:1]
        yield {
            "code": text_of(chunk, chance), "queries": [*change.queries, *own], "said": len(change.queries),
            "where": ["commit"] * len(change.queries), "group": repository.name, "language": change.language,
        }  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """What one package gave: its rows, the licences found, and why nothing was taken where nothing was."""

    name: str
    licences: list[str]
    rows: list[dict[str, Any]]
    refused: str = ""


def take(folder: Path, exclusions: set[str], forbidden: NearDuplicates, options: argparse.Namespace) -> Taken:
    """The rows of one package or repository."""
    found = licences(folder)
    if not is_allowed(found):
        return Taken(folder.name, sorted(found), [], "licence" if found else "no licence found")
    chance = random.Random(f"{options.seed} {folder.name}")
    try:
        chunks = read_chunks(folder, exclusions, options.files)
        rows = list(rows_of_chunks(folder.name, chunks, forbidden, options.limit, chance))
        rows += rows_of_mentions(folder, chunks, exclusions, forbidden, options.files, chance)
        if options.commits:
            rows += rows_of_changes(folder, exclusions, forbidden, options.commits, chance)
    except GitFailed as error:
        return Taken(folder.name, sorted(found), [], str(error))
    return Taken(folder.name, sorted(found), rows)


_SHARED: dict[str, Any] = {}  # of a process: what is read once for all packages


def _take(folder: Path) -> Taken:
    return take(folder, _SHARED["exclusions"], _SHARED["forbidden"], _SHARED["options"])


def gather(options: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All rows, and the report of what was taken and what was left out."""
    _SHARED["exclusions"] = exclusions = read_exclusions(options.exclude)
    _SHARED["forbidden"], _SHARED["options"] = read_forbidden(options.forbidden), options
    folders = repositories(options.sources, exclusions)
    rows, refused, copies = [], {}, 0
    known, by_licence = NearCopies(SAME_CODE), Counter[str]()
    # A fork shares what was read once; nothing else runs in this process yet.
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool, _progress() as progress:
        for taken in progress.track(pool.imap(_take, folders), len(folders), description="packages"):
            if taken.refused:
                refused[taken.name] = taken.refused
                continue
            by_licence[" or ".join(taken.licences)] += 1
            for number, row in enumerate(taken.rows):
                # What a commit left is mostly nearly what is there now: only other packages' copies count.
                other = known.find(row["code"])
                if other is not None and not other.startswith(f"{taken.name}/"):
                    copies += 1
                    continue
                if other is None:
                    known.add(f"{taken.name}/{number}", row["code"])
                rows.append(row)
    random.Random(options.seed).shuffle(rows)
    kept = within(rows, options.language_limit)
    said = Counter(where for row in kept for where in row.get("where", ()))
    report = {
        "codes": len(kept), "queries": sum(len(row["queries"]) for row in kept),
        "said": dict(said.most_common()), "packages": len(folders) - len(refused),
        "languages": dict(Counter(row["language"] for row in kept).most_common()),
        "licences": dict(by_licence.most_common()), "refused": refused, "copies_of_other_packages": copies,
        "over_the_languages_limit": len(rows) - len(kept),
    }  # fmt: skip
    return kept, report


def within(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first ``most`` rows of each language; all of them with 0."""
    times: Counter[Any] = Counter()
    kept = []
    for row in rows:
        times[row["language"]] += 1
        if not most or times[row["language"]] <= most:
            kept.append(row)
    return kept


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                    console=Console(stderr=True))  # fmt: skip


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m pgcodesearch.training.texts", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--sources", type=Path, required=True, help="folder with a folder for each package")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--exclude", type=Path, required=True, help="names that may never be training data")
    parser.add_argument("--forbidden", type=Path, nargs="*", default=[], help="JSON of code, or folders")
    parser.add_argument("--files", type=int, default=200, help="of a package at most, drawn at random")
    parser.add_argument("--limit", type=int, default=700, help="definitions of a package at most")
    parser.add_argument("--commits", type=int, default=0, help="newest commits of a work tree that are read")
    parser.add_argument("--language-limit", type=int, default=0, help="codes of a language at most; 0: all")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rows, report = gather(options)
    with open(options.output, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    text = json.dumps(report, indent=1, ensure_ascii=False)
    options.output.with_suffix(".report.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
