"""pgcodesearch grep: lines that a terminal can open, JSON, and what it says of an answer that is empty or cut."""

import pytest

from support.commands import call, call_json
from support.databases import fresh_database
from support.indexing import chunk_all, upsert


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            upsert(connection, "a.py", "def keep(x):\n    return keep(x)  # \x1b[31mred (1)\n")
            upsert(connection, "b.py", "KEEP = 1\n")
            chunk_all(made)
        yield made


def test_each_occurrence_is_a_line(database):
    result = call(database, "grep", "keep")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("a.py:1:5  def keep(x):")
    assert lines[1].startswith("a.py:2:12  return keep(x)")
    assert "\x1b" not in result.output
    assert "b.py" not in result.output
    assert "b.py:1:1  KEEP = 1" in call(database, "grep", "-i", "keep").output


def test_json_says_whether_it_is_all(database):
    found = call_json(database, "grep", "-F", "keep(x)")
    assert [(row["path"], row["line"], row["symbol"]) for row in found["occurrences"]] == [
        ("a.py", 1, "keep"), ("a.py", 2, "keep"),
    ]  # fmt: skip
    assert found["complete"] is True
    cut = call_json(database, "grep", "-F", "keep(x)", "-k", "1")
    assert len(cut["occurrences"]) == 1
    assert cut["complete"] is False
    assert "more than 1: " in call(database, "grep", "keep", "-k", "1").output


def test_nothing_found_is_no_failure(database):
    result = call(database, "grep", "absent", "--path", "*.rs")
    assert result.exit_code == 0
    assert "no results: nothing passes --path *.rs" in result.output


def test_a_wrong_pattern_has_a_mend(database):
    result = call(database, "grep", "keep(")
    assert result.exit_code == 1
    assert "error: invalid regular expression" in result.output
    assert "hint: " in result.output
    assert call(database, "grep").exit_code == 2
