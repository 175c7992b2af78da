"""What a question is after, by phrasings: one half was there while the patterns were written, the other held out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from support.databases import fresh_database

PHRASINGS = Path(__file__).parent / "phrasings"


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        yield made


def _asked(part: str) -> list[tuple[str, str, str]]:
    lines = (PHRASINGS / f"{part}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


@pytest.mark.parametrize("part", ["tune", "held"])
def test_phrasings(database, part):
    rows, right, given, wanted = _asked(part), Counter(), Counter(), Counter()
    wrong = []
    with database.connect() as connection:
        for intent, subject, query in rows:
            said = connection.execute("select * from codesearch.query_intent(%s)", [query]).fetchone()
            wanted[intent] += 1
            given[said[0]] += 1
            right[intent] += said[0] == intent
            if said[0] != intent or (intent != "history" and said[1].removesuffix("()") != subject):
                wrong.append((query, *said))
    for intent in wanted:
        assert right[intent] / wanted[intent] >= 0.9, (intent, wrong)
        assert right[intent] / given[intent] >= 0.9, (intent, wrong)
    assert len(wrong) <= len(rows) // 50, wrong


@pytest.mark.parametrize(
    ("query", "intent", "subject"),
    [
        ("  WHO calls  Session.send ??", "usages", "Session.send"),
        ("what breaks if I change `run`?", "impact", "run"),
        ("where is the class Cart defined", "definition", "Cart"),
        ("what is time", "general", "what is time"),
        ("who uses this", "general", "who uses this"),
        ("wer ruft Session.send auf", "general", "wer ruft Session.send auf"),
        ("что вызывает Session.send", "general", "что вызывает Session.send"),
        ("Session.send の定義", "general", "Session.send の定義"),
        ("who calls " + "x" * 400, "general", "who calls " + "x" * 400),
        ("where is a", "general", "where is a"),
        ("", "general", ""),
    ],
)
def test_what_it_is_about(database, query, intent, subject):
    assert database.rows("select * from codesearch.query_intent(%s)", [query]) == [(intent, subject)]


def test_every_intent_but_general_has_patterns(database):
    intents = {row[0] for row in database.rows("select unnest(codesearch.intents())")}
    assert {row[0] for row in database.rows("select intent from codesearch.intent_patterns()")} == intents - {
        "general"
    }
