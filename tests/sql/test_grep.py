"""Every occurrence: what ripgrep finds in the same files, page after page, and no more than the caller sees."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from pgcodesearch.indexing import Worker
from pgcodesearch.searching import grep, grep_all
from support.corpus import REPOSITORIES
from support.databases import Database, fresh_database
from support.indexing import chunk_all, upsert
from support.tenants import SECRET, fill_tenants, temporary_roles

ROOT = Path(__file__).parents[2]
needs_ripgrep = pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")

# (pattern, literal, ignore_case)
PATTERNS = [
    ("Future", True, False),
    ("future", True, True),
    ("uture", True, False),
    ("raise ValueError(", True, False),
    ("raise ValueError(", True, True),
    ("    return self._loop.", True, False),
    ("if not isinstance(", True, False),
    ("e\\", True, False),
    (r"raise ValueError\(", False, False),
    (r"def _\w+\(self, \w+\):$", False, False),
    (r"^class \w+", False, False),
    (r"^\s*$", False, False),
    (r"[A-Z]{4,}_[A-Z]+", False, False),
    (r"(\w)\1\1", False, False),
    (r"(?:self\.)+_loop", False, False),
    (r"import (\w+)$", False, False),
    (r"except .* as (e|exc)?:", False, True),
    (r"(?i)cancellederror", False, False),
    (r"\s+#\s*(type|TODO).*", False, False),
    (r"^x*", False, False),
    (r"[^\x00-\x7f]+", False, False),
    ("no such text anywhere", True, False),
]


@pytest.fixture(scope="module")
def words(words_template):
    return Database(words_template)


def _ripgrep(folder, pattern, literal, ignore_case):
    arguments = ["--pcre2"] if r"\1" in pattern else []
    arguments += ["--fixed-strings"] * literal + ["--ignore-case"] * ignore_case
    printed = subprocess.run(
        ["rg", "--no-config", "--no-ignore", "--hidden", "--crlf", "--json", *arguments, "-e", pattern, "."],
        cwd=folder, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for event in map(json.loads, printed.splitlines()):
        if event["type"] != "match":
            continue
        data = event["data"]
        line = data["lines"]["text"].encode()
        for found in data["submatches"]:
            column = len(line[: found["start"]].decode()) + 1
            yield data["path"]["text"].removeprefix("./"), data["line_number"], column, found["match"]["text"]


def _all(connection, pattern, literal=False, ignore_case=False, **options):
    return [
        (found.path, found.line, found.start_column, found.match)
        for found in grep_all(connection, pattern, literal=literal, ignore_case=ignore_case, **options)
    ]


@needs_ripgrep
@pytest.mark.parametrize("asked", PATTERNS, ids=lambda asked: asked[0])
def test_what_ripgrep_finds(words, corpus_tree, asked):
    with words.connect() as connection:
        for repository in REPOSITORIES:
            found = _all(connection, *asked, repository=repository, seconds=600)
            assert found == sorted(found, key=lambda row: row[:3])
            assert {*found} == {*_ripgrep(corpus_tree / repository, *asked)}
            assert len(found) == len({*found})


def test_all_files_of_the_corpus_are_read(words, corpus_tree):
    """So that the comparison above leaves none out."""
    stored = {row[0] for row in words.rows("select path from codesearch.source_file")}
    on_disk = {
        p for r in REPOSITORIES for p in (corpus_tree / r).rglob("*") if p.is_file() and p.stat().st_size
    }
    assert {p.relative_to(corpus_tree / r).as_posix() for r in REPOSITORIES for p in on_disk
            if p.is_relative_to(corpus_tree / r)} == stored  # fmt: skip


_LEFT_OUT = """
select f.path, w.word from codesearch.source_file f
cross join lateral (select distinct m.found[1] as word from regexp_matches(f.content,
    '(?<=[ (,.])[A-Za-z][A-Za-z0-9_]{2,63}(?=[ (),.:])', 'g') as m(found) order by 1) w
where hashtext(w.word) %% %s = 0
  and f.version_id <> all(codesearch.versions_with(array[w.word], codesearch.scope_of(null)))"""


def test_the_index_leaves_out_no_file_that_has_the_word(words):
    """Of every word that a file has whole: that version is among those that are read."""
    assert words.rows(_LEFT_OUT, (25,)) == []
    assert words.value(
        "select cardinality(codesearch.versions_with('{CancelledError}', codesearch.scope_of(null)))"
        " between 1 and (select count(*) / 2 from codesearch.file_version)"
    ), "the index spares reading most files"


@pytest.mark.parametrize("folder", ["chunking_samples", "chunking_dialects"])
def test_nor_does_it_in_any_language(database, folder):
    with database.connect() as connection:
        for file in sorted((ROOT / "tests" / "unit" / folder).iterdir()):
            if file.suffix != ".ipynb" and file.is_file():
                upsert(connection, file.name, file.read_text(encoding="utf-8"))
        chunk_all(database)
        assert connection.execute("select count(*) > 3 from codesearch.source_file").fetchone()[0]
        assert connection.execute(_LEFT_OUT, (1,)).fetchall() == []


@pytest.mark.parametrize(
    ("pattern", "literal", "expected"),
    [
        ("raise ValueError(", True, ["ValueError"]),
        (r"raise ValueError\(", False, ["ValueError"]),
        (r"raise \w+ from err\y", False, ["from"]),
        (r"raise \w*foo bar\d?baz [x]", False, []),
        (r"raise \w*foo bar\d?baz.*qux", False, []),
        (r"a \(* foo\)?bar foo\.bar\.", False, ["bar", "foo"]),
        (r"a from foo, bar baz", False, ["bar", "foo", "from"]),
        (r"raise (Value|Type)Error ", False, []),
        (r"a foo? bar* baz+ qux_x ", False, ["qux_x"]),
        (r"a foo *b", False, []),
        (r"(?i) foo ", False, []),
        ("***= foo ", False, []),
        ("a_foo_b", True, []),
        (" foo<", True, []),
        (" " + "x" * 65 + " ", True, []),
        ("é foo\u0338 bar ", True, ["bar"]),
    ],
)
def test_only_words_that_a_match_has_whole_are_looked_up(words, pattern, literal, expected):
    found = words.value("select codesearch.whole_words(%s, %s)", (pattern, literal))
    assert sorted(found) == expected


@pytest.fixture
def database(server_url):
    with fresh_database(server_url) as made:
        yield made


def test_what_the_index_does_not_know_is_read(database):
    """A notebook's metadata, the end of a huge chunk, a change that waits, and long words."""
    notebook = {
        "cells": [],
        "metadata": {"note": "see frobnicate, please"},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    huge = "# " + " ".join(f"w{number}" for number in range(50_000)) + " see frobnicate, please\n"
    with database.connect() as connection:
        upsert(connection, "a.ipynb", json.dumps(notebook))
        upsert(connection, "huge.py", huge)
        upsert(connection, "long.py", "x = '" + "y" * 100 + " see frobnicate, " + "z_" * 50 + "'\n")
        upsert(connection, "other.py", "def other():\n    pass\n")
        upsert(connection, "pending.py", "x = 1\n")
        chunk_all(database)
        upsert(connection, "pending.py", "# see frobnicate, now\n")
        upsert(connection, "new.py", "# see frobnicate, now\n")
        found = list(grep_all(connection, "see frobnicate,", literal=True))
        assert [row.path for row in found] == ["a.ipynb", "huge.py", "long.py", "new.py", "pending.py"]
        assert {row.path for row in found if row.chunk_id is None} == {"new.py", "pending.py"}
        assert len(found[1].line_text) <= 300
        assert "see frobnicate," in found[1].line_text, "of a long line, what is around the match"
        assert [row.path for row in grep_all(connection, "z_z_$|z_'$")] == ["long.py"]


def test_where_text_counts_nothing_the_index_is_not_asked(database):
    with database.connect() as connection:
        connection.execute("select codesearch.change_setting('lexical.weight.text', '0')")
        upsert(connection, "a.py", "x = 1\n\n# see frobnicate, now\n")
        chunk_all(database)
        assert len(_all(connection, "see frobnicate,", True)) == 1


def test_lines_columns_and_chunks(database):
    with database.connect() as connection:
        upsert(
            connection, "a.py",
            "class Jar:\r\n    def get(self):\r\n        return 'é', get(get)\r\n\r\nx = 'get'\r\n",
        )  # fmt: skip
        chunk_all(database)
        found = list(grep_all(connection, r"\mget\M", kind="method"))
        assert [(row.line, row.start_column, row.symbol) for row in found] == [
            (2, 9, "Jar.get"), (3, 21, "Jar.get"), (3, 25, "Jar.get"),
        ]  # fmt: skip
        assert found[0].line_text == "    def get(self):"
        assert [row.line for row in grep_all(connection, r"'$")] == [5], "the end of a line has no \\r"
        assert [row.line for row in grep_all(connection, "^$")] == [4], "there is no line after the last end"
        assert len(list(grep_all(connection, "GET", ignore_case=True, kind="module"))) == 4


def test_matches_are_those_of_a_line(database):
    with database.connect() as connection:
        upsert(connection, "a.py", "foo\nbar\n\n  baz\n")
        assert _all(connection, r"foo\s*bar") == []
        assert _all(connection, r"^foo(?!\s)") == [("a.py", 1, 1, "foo")], "the end of a line is no blank"
        assert _all(connection, r"\A\s+baz\Z") == [("a.py", 4, 1, "  baz")]
        assert [row[2:] for row in _all(connection, "b*", path="a.py")] == [
            (1, ""), (2, ""), (3, ""), (4, ""), (1, "b"), (3, ""), (4, ""), (1, ""), (1, ""), (2, ""), (3, "b"),
            (5, ""), (6, ""),
        ], "an empty match right behind another is none"  # fmt: skip
        assert _all(connection, r"[^x]+") == [
            ("a.py", 1, 1, "foo"), ("a.py", 2, 1, "bar"), ("a.py", 4, 1, "  baz"),
        ]  # fmt: skip


def test_marks_in_the_text_are_text(database):
    marks = "".join(map(chr, range(64976, 65008)))
    with database.connect() as connection:
        upsert(connection, "a.py", f"x = '{marks}a{marks}'\n")
        assert _all(connection, "a") == [("a.py", 1, 38, "a")]
        assert len(_all(connection, "[\ufdd0-\ufdef]")) == 64


def test_pages_join_to_the_whole(words):
    with words.connect() as connection:
        whole = _all(connection, "self", k=1000)
        for k in (1, 7, 100):
            pages, after = [], None
            while len(pages) < 20:
                page = grep(connection, "self", k=k, after=after)
                assert len(page.occurrences) <= k
                pages += [(row.path, row.line, row.start_column, row.match) for row in page.occurrences]
                after = page.next_page
            assert pages == whole[: len(pages)]
        last = grep(connection, "class Future", k=1000)
        assert last.occurrences
        assert last.next_page is None
        exact = grep(connection, "class Future", k=len(last.occurrences))
        assert exact.next_page is None, "a full page that is the last"


def test_filters_are_those_of_search(words):
    with words.connect() as connection:
        assert {row[0] for row in _all(connection, "return", path="asyncio/*.py")} <= {
            row[0]
            for row in words.rows(
                "select path from codesearch.source_file where path ~ '^asyncio/[^/]*\\.py$'"
            )
        }
        go = _all(connection, "return", language="Go")
        assert go
        assert all(row[0].endswith(".go") for row in go)
        assert {found.repository for found in grep_all(connection, "return", repository="other", k=50)} == {
            "other"
        }


def test_a_branch_alone_is_read(database):
    with database.connect() as connection:
        upsert(connection, "a.py", "on_main = 1\n")
        chunk_all(database)
        connection.execute("select codesearch.ensure_branch('demo', 'feature')")
        upsert(connection, "b.py", "on_feature = 1\n", repository="demo@feature")
        with database.connect(autocommit=False) as other:
            Worker(other, stages=("chunk",)).run_until_idle()
        assert _all(connection, "on_") == [("a.py", 1, 1, "on_")]
        found = list(grep_all(connection, "on_feature", repository="demo@feature"))
        assert [(row.repository, row.path) for row in found] == [("demo@feature", "b.py")]


def test_when_time_is_up_nothing_is_passed_off_as_all(database):
    with database.connect() as connection:
        for number in range(200):
            text = "needle\n" if number in (0, 199) else "x = 1\n" * 20_000
            connection.execute("select codesearch.upsert_file('demo', %s, %s)", (f"{number:03}.py", text))
        pattern = "needle(?!x)"  # asked line by line
        page = grep(connection, pattern, seconds=0.5)
        assert [row.path for row in page.occurrences] == ["000.py"]
        assert page.next_page is not None
        with pytest.raises(psycopg.Error, match="not all was read") as stopped:
            connection.execute(
                "select * from codesearch.grep(%s, after => %s, seconds => 0.5)",
                (pattern, Jsonb(page.next_page)),
            )
        assert stopped.value.sqlstate == "CS017"
        place = re.search(r"after => '(.*)' goes on", stopped.value.diag.message_detail)
        rest = grep(connection, pattern, after=json.loads(place[1]), seconds=600)
        assert [row.path for row in rest.occurrences] == ["199.py"]


@pytest.mark.parametrize(
    ("arguments", "sqlstate", "part"),
    [
        ("null", "CS001", "empty"),
        ("''", "CS001", "empty"),
        ("repeat('x', 10001)", "CS004", "10001 characters"),
        ("'x', 0", "CS001", "k is 0"),
        ("'x', null", "CS001", "k is NULL"),
        ("'x', 100000", "CS001", "between 1 and"),
        ("'x', seconds => 0", "CS001", "seconds"),
        ("'x', seconds => 'NaN'", "CS001", "seconds"),
        ("'x', after => '{}'", "CS001", "after"),
        ("'x', after => '[1, 2, 3, 4]'", "CS001", "after"),
        ("'(x'", "CS016", "parentheses"),
        (r"'\p{L}'", "CS016", "invalid"),
        ("'x{99999}'", "CS016", "invalid"),
        (r"'a\nb'", "CS016", "end of line"),
        (r"e'a\nb', literal => true", "CS016", "end of line"),
        (r"'\bfoo'", "CS016", "backspace"),
        (r"'\\\bfoo'", "CS016", "backspace"),
        ("'x', kind => 'x'", "CS001", "kind"),
        ("'x', language => 'x'", "CS001", "language"),
        ("'x', repository => 'x'", "CS006", "no repository"),
    ],
)
def test_what_cannot_be_meant(words, arguments, sqlstate, part):
    with words.connect() as connection, pytest.raises(psycopg.Error, match=part) as refused:
        connection.execute(f"select * from codesearch.grep({arguments})")
    assert refused.value.sqlstate == sqlstate
    assert refused.value.diag.message_hint


def test_patterns_that_only_look_wrong(words):
    with words.connect() as connection:
        assert _all(connection, r"\\b") == _all(connection, r"\b", literal=True)


def test_only_what_the_caller_may_see(server_url):
    with (
        fresh_database(server_url) as made,
        temporary_roles(made.url, "codesearch_reader") as (reader,),
        made.connect() as connection,
    ):
        fill_tenants(connection)
        assert SECRET in {row.match for row in grep_all(connection, SECRET)}
        connection.execute("select codesearch.enable_row_level_security()")
        connection.execute("select codesearch.grant_repository('open', %s::name)", (reader,))
        connection.execute(f"set role {reader}")
        assert {row.repository for row in grep_all(connection, "redirect")} == {"open"}
        assert list(grep_all(connection, SECRET)) == []
        connection.execute("reset role")
        connection.execute("drop owned by " + reader)
