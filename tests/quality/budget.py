"""What an answer of so many tokens holds: codesearch.pack beside a fixed number of chunks, those that are sure, and
ripgrep and reading whole files.

    python tests/quality/budget.py --database URL [--data FOLDER] [--packages FOLDER] [--only dev --only judged]

The database has the judged repositories indexed, as ``run.py`` leaves it. For each judged query:

- recall: share of the judged places that the answer has code of, by half of the lines of the shorter, as in
  evaluations; of a class the lines of its members are not there; ``named`` counts those, too, that a signature in
  the answer names with their lines,
- held: share of answers that have code of a place of grade 3, or of the best grade there is,
- tokens: of an answer, by codesearch.token_count; ``goodput``: share of the answers' lines that were judged to answer.

The reader with ripgrep looks for every word of the query, ranks files by the words they have, the rarer the more, and
reads them whole from the best on; the last one as far as there is room.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import psycopg
from datasets import JudgedSet, dev_set, judged_sets

from pgcodesearch.database import connect
from pgcodesearch.evaluating import JudgedQuery
from pgcodesearch.searching import pack

ROOT = Path(__file__).resolve().parents[2]
Connection = psycopg.Connection[Any]
Lines = tuple[str, frozenset[int]]  # of one file


@dataclass
class Answer:
    """Lines of code that were given, lines that were only named, and what both took."""

    tokens: int
    code: list[Lines] = field(default_factory=list)
    named: list[Lines] = field(default_factory=list)


def main() -> None:
    options = _options()
    sets = {
        "dev": lambda: dev_set(options.data, options.packages),
        "judged": lambda: (judged_sets(options.data, options.packages) or [None])[0],
    }
    with connect(options.database, autocommit=True) as connection:
        for name in options.only:
            judged = sets[name]()
            if judged is None:
                print(f"no judged queries of {name} in {options.data}")
                continue
            with exported(connection, judged) as folders:
                rows = table(connection, judged, folders, options.tokens)
            print(f"\n{name}: {len(_answerable(judged))} queries\n\n{rows}", flush=True)


def table(connection: Connection, judged: JudgedSet, folders: dict[str, Path], packs: list[int]) -> str:
    """Markdown: a row for each way to an answer."""
    ways: dict[str, Callable[[JudgedQuery], Answer]] = {
        f"pack, {tokens:,}": lambda query, tokens=tokens: packed(connection, query, tokens)
        for tokens in packs
    }
    ways["10 chunks"] = lambda query: found(connection, query, 10)
    ways["20 chunks"] = lambda query: found(connection, query, 20)
    ways["adaptive"] = lambda query: found(connection, query, 20, "adaptive")
    ways |= {
        f"ripgrep and files, {tokens:,}": lambda query, tokens=tokens: read(
            connection, query, folders, tokens
        )
        for tokens in (2000, 10_000, 100_000)
    }
    rows = ["| | recall | named | held | tokens | goodput |", "|---|---|---|---|---|---|"]
    for label, way in ways.items():
        answers = [(query, way(query)) for query in _answerable(judged)]
        rows.append(f"| {label} | {' | '.join(measures(answers))} |")
    return "\n".join(rows)


def measures(answers: list[tuple[JudgedQuery, Answer]]) -> list[str]:
    """The columns of a row."""
    best = [
        [place for place in query.relevant if place.grade == max(other.grade for other in query.relevant)]
        for query, _ in answers
    ]
    shown = sum(len(lines) for _, answer in answers for _, lines in answer.code)
    useful = sum(_judged_lines(query, answer) for query, answer in answers)
    return [
        f"{mean(_share(query.relevant, answer.code) for query, answer in answers):.3f}",
        f"{mean(_share(query.relevant, answer.code + answer.named) for query, answer in answers):.3f}",
        f"{mean(_share(own, answer.code) > 0 for own, (_, answer) in zip(best, answers, strict=True)):.3f}",
        f"{mean(answer.tokens for _, answer in answers):,.0f}",
        f"{useful / max(shown, 1):.3f}",
    ]


def packed(connection: Connection, query: JudgedQuery, tokens: int) -> Answer:
    found = pack(connection, query.query, tokens=tokens, repository=query.repository, log=False)
    answer = Answer(found.total_tokens)
    for piece in found.pieces:
        target = answer.code if piece.form == "code" else answer.named
        target += chunk_lines(connection, piece.chunk_ids)
    return answer


def found(connection: Connection, query: JudgedQuery, k: int, mode: str = "hybrid") -> Answer:
    """The best k chunks, however long; in mode adaptive those of them that are sure."""
    rows = connection.execute(
        "select s.chunk_id, codesearch.token_count(c.content)"
        " from codesearch.search(%s, %s, repository => %s, mode => %s, log => false) s"
        " join codesearch.chunk c using (chunk_id)",
        (query.query, k, query.repository, mode),
    ).fetchall()
    return Answer(sum(row[1] for row in rows), chunk_lines(connection, [row[0] for row in rows]))


def chunk_lines(connection: Connection, chunk_ids: list[int]) -> list[Lines]:
    """The lines that chunks have code of: without those of members that are chunks of their own."""
    rows = connection.execute(
        "select v.path, c.start_line, c.end_line, array(select array[n.start_line, n.end_line] from codesearch.chunk n"
        " where n.version_id = c.version_id and n.level = 0 and n.chunk_id <> c.chunk_id"
        " and n.start_line >= c.start_line and n.end_line <= c.end_line"
        " and n.end_line - n.start_line < c.end_line - c.start_line)"
        " from codesearch.chunk c join codesearch.file_version v using (version_id) where c.chunk_id = any(%s)",
        (chunk_ids,),
    ).fetchall()
    return [
        (path, frozenset({*range(start, end + 1)}.difference(*(range(a, b + 1) for a, b in members))))
        for path, start, end, members in rows
    ]


def read(connection: Connection, query: JudgedQuery, folders: dict[str, Path], tokens: int) -> Answer:
    """Whole files from the best on, the last as far as there is room."""
    assert query.repository is not None
    folder, left, answer = folders[query.repository], tokens, Answer(0)
    for path in ranked_files(connection, query.query, folder):
        taken, lines = _size(connection, folder / path)
        if taken > left:
            lines = int(lines * left / taken)
            taken = left
        if lines:
            answer.code.append((path, frozenset(range(1, lines + 1))))
        answer.tokens += taken
        left -= taken
        if left <= 0:
            break
    return answer


@cache
def ranked_files(connection: Connection, query: str, folder: Path) -> list[str]:
    """Files that have words of the query, those with the rarer ones first."""
    (words,) = connection.execute(
        "select array(select distinct w[1] from regexp_matches(%s, '\\w{2,}', 'g') w where codesearch.tokenize(w[1])"
        " && codesearch.query_terms(%s))",
        (query, query),
    ).fetchone() or ([],)
    files = sum(1 for path in folder.rglob("*") if path.is_file())
    scores: Counter[str] = Counter()
    for word in words:
        printed = subprocess.run(
            ["rg", "--no-config", "--no-ignore", "--hidden", "-i", "-F", "-l", "-e", word, "."],
            cwd=folder, capture_output=True, text=True,
        ).stdout  # fmt: skip
        having = [line.removeprefix("./") for line in printed.splitlines()]
        for path in having:
            scores[path] += math.log(1 + files / len(having))  # type: ignore[assignment]
    return sorted(scores, key=lambda path: (-scores[path], path))


@contextmanager
def exported(connection: Connection, judged: JudgedSet) -> Iterator[dict[str, Path]]:
    """The indexed files of the judged repositories as folders, for ripgrep to look in."""
    with tempfile.TemporaryDirectory() as root:
        folders = {name: Path(root) / str(number) for number, name in enumerate(judged.repositories)}
        for name, folder in folders.items():
            folder.mkdir()
            for path, content in connection.execute(
                "select path, content from codesearch.repository_file where repository = %s and is_default",
                (name,),
            ):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(content, encoding="utf-8")
        yield folders


def _answerable(judged: JudgedSet) -> list[JudgedQuery]:
    return [query for query in judged.queries if query.relevant]


def _share(places: Any, shown: list[Lines]) -> float:
    return mean(any(_has(lines, place, path) for path, lines in shown) for place in places)


def _has(lines: frozenset[int], place: Any, path: str) -> bool:
    judged = range(place.start_line, place.end_line + 1)
    shared = len(lines.intersection(judged)) if path == place.path else 0
    return shared > 0 and 2 * shared >= min(len(lines), len(judged))


def _judged_lines(query: JudgedQuery, answer: Answer) -> int:
    return sum(
        any(p.path == path and p.start_line <= line <= p.end_line for p in query.relevant)
        for path, lines in answer.code
        for line in lines
    )


@cache
def _size(connection: Connection, file: Path) -> tuple[int, int]:
    """Its tokens and lines."""
    text = file.read_text(encoding="utf-8")
    row = connection.execute("select codesearch.token_count(%s)", (text,)).fetchone()
    assert row is not None
    return int(row[0]), text.count("\n") + 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    environment = os.environ.get
    data = ROOT.parent / "shared" / "eval"
    parser.add_argument("--database", required=True)
    parser.add_argument("--data", type=Path, default=Path(environment("PGCODESEARCH_EVAL_DATA", data)))
    parser.add_argument(
        "--packages", type=Path, default=ROOT / "quality-results" / "work" / "packages",
        help="folder of the unpacked packages",
    )  # fmt: skip
    parser.add_argument("--tokens", type=int, action="append", help="of pack; default: 1000, 2000 and 4000")
    parser.add_argument("--only", action="append", choices=["dev", "judged"])
    options = parser.parse_args()
    options.tokens = options.tokens or [1000, 2000, 4000]
    options.only = options.only or ["dev", "judged"]
    return options


if __name__ == "__main__":
    main()
