"""How well search_changes finds commits: entries of a changelog are asked, and right is each commit whose message names
the same issue or pull request.

    pgcodesearch index PATH --repository NAME
    python tests/quality/history.py NAME PATH/CHANGES.md

prints a row for each mode. Numbers are taken out of the queries, because they would give the answer away.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from pathlib import Path
from typing import Any

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.searching import Client

_NUMBER = r"#(\d+)|\{(?:issue|pr)\}`(\d+)`|:(?:issue|pr):`(\d+)`"
_MOST_RIGHT = 12


def entries(text: str) -> list[tuple[str, set[str]]]:
    """(words, issue numbers) of each entry of a changelog."""
    found = []
    for entry in re.findall(r"^[-*] +(.+?)(?=^[-*] |^#|\n\n|\Z)", text, re.MULTILINE | re.DOTALL):
        numbers = {"".join(groups) for groups in re.findall(_NUMBER, entry)}
        words = " ".join(re.sub(rf"\(?(?:{_NUMBER})\)?", "", entry).split())
        if numbers and 20 < len(words) < 400:
            found.append((words, numbers))
    return found


def questions(
    connection: psycopg.Connection[Any], repository: str, changelog: str
) -> list[tuple[str, set[str]]]:
    """(words, hashes of the commits that are right) of the entries that a few commits answer."""
    naming: dict[str, set[str]] = {}
    for number, commit in connection.execute(
        "select distinct m[1], encode(g.hash, 'hex') from codesearch.git_commit g"
        " join codesearch.repository r using (repository_id),"
        " regexp_matches(g.subject || ' ' || g.body, '#(\\d+)', 'g') m where r.name = %s",
        (repository,),
    ):
        naming.setdefault(number, set()).add(commit)
    found = []
    for words, numbers in entries(changelog):
        right = set().union(*(naming.get(number, set()) for number in numbers))
        if 0 < len(right) <= _MOST_RIGHT:
            found.append((words, right))
    return found


def main() -> None:
    """Ask, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", help="as it is indexed")
    parser.add_argument("changelog", type=Path)
    parser.add_argument("--database", help="default: the embedded server")
    given = parser.parse_args()
    with connect(given.database, autocommit=True) as connection:
        asked = questions(connection, given.repository, given.changelog.read_text(encoding="utf-8"))
        client = Client(connection=connection)
        print(f"| {len(asked)} queries | MRR@10 | hit@10 | p50 ms |\n|---|---|---|---|")
        for mode in ("lexical", "vector", "hybrid"):
            ranks, times = [], []
            for words, right in asked:
                began = time.perf_counter()
                hits = client.search_changes(words, repository=given.repository, mode=mode)
                times.append(1000 * (time.perf_counter() - began))
                ranks.append(next((hit.rank for hit in hits if hit.hash in right), 0))
            mrr = statistics.mean(1 / rank if rank else 0 for rank in ranks)
            found = statistics.mean(rank > 0 for rank in ranks)
            print(f"| {mode} | {mrr:.3f} | {found:.3f} | {statistics.median(times):.0f} |", flush=True)


if __name__ == "__main__":
    main()
