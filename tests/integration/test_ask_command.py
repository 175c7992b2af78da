"""pgcodesearch ask and impact: a line for each place with its reason, JSON, and what they say of an empty answer."""

import pytest

from support.commands import call, call_json
from support.databases import fresh_database
from support.histories import commit_row, store_history
from support.indexing import chunk_all, upsert


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            upsert(connection, "a.py", "def keep_it(x):\n    return x\n")
            upsert(
                connection, "b.py", "from a import keep_it\n\n\ndef run():\n    keep_it(1)\n    keep_it(2)\n"
            )
            upsert(connection, "c.py", "RED = '\x1b[31m'\n")
        chunk_all(made)
        with made.connect() as connection:
            store_history(connection, "demo", commit_row("Keep \x1b[31m it", "a.py", "c.py"))
        yield made


def test_a_question_and_its_reasons(database):
    result = call(database, "ask", "who", "calls", "keep_it")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith(" 1  b.py:5  run  call 9")
    assert lines[1] == "      calls keep_it, lines 5, 6"
    assert lines[-1].startswith("demo: ")


def test_the_intent_can_be_said(database):
    assert "a.py:1  keep_it  definition" in call(database, "ask", "--intent", "definition", "keep_it").output
    assert "no results" in call(database, "ask", "--intent", "usages", "absent").output
    assert call(database, "ask", "--intent", "fate", "keep_it").exit_code == 2
    shown = call(database, "ask", "--intent", "history", "keep").output
    assert "\x1b" not in shown
    assert "of 2023-11-14 by Ada" in shown


def test_what_has_to_change(database):
    found = call_json(database, "impact", "keep_it")
    assert [(one["path"], one["role"]) for one in found["results"]] == [
        ("a.py", "definition"), ("b.py", "call"), ("b.py", "import"), ("c.py", "history"),
    ]  # fmt: skip
    assert found["freshness"][0]["repository"] == "demo"
    assert len(call_json(database, "impact", "keep_it", "--per-file", "1")["results"]) == 3
    assert "c.py:1" in call(database, "impact", "a.py:1", "--task", "keep it").output
    assert call_json(database, "ask", "what breaks if I change keep_it")["results"] == found["results"]
    assert "no results" in call(database, "impact", "absent").output
    assert call(database, "impact").exit_code == 2
    assert call(database, "impact", "keep_it", "--repository", "absent").exit_code == 1
