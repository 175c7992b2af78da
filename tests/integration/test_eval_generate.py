"""Judged queries made from documentation comments: which, for whom, and how they are kept."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from pgcodesearch.evaluating import store
from pgcodesearch.evaluating.generating import generate_queries
from pgcodesearch.evaluating.judgments import read_judged_queries
from support.commands import call, call_json, installed_database
from support.documented import HOSTILE, LUA_FILE, PAIRS, go_file, hostile_file, python_file, sentence
from support.indexing import chunk_all, upsert
from support.tenants import acting_as, temporary_roles

REPEATED = '''
def open_first(value):
    """Take the value out of the box it is kept in."""
    return value.first


def open_second(value):
    """Take the value out of the box it is kept in. This is the second."""
    return value.second


def open_third(value):
    """Moves whatever lies in the wooden crate
    over to the shelf of the caller."""
    return value.third


def open_fourth(value):
    """moves whatever lies in the wooden crate
    down to the floor below."""
    return value.fourth


def swap_lamp(value):
    """Carries the lamp up behind the ladder."""
    return value.lamp


def swap_ladder(value):
    """Carries the ladder up behind the lamp."""
    return value.ladder
'''


@pytest.fixture(scope="module")
def indexed(server_url):
    """Three repositories, two of them Python; comments that are no help; a sentence or first line of two."""
    with installed_database(server_url) as database:
        with database.connect() as connection:
            upsert(connection, "src/words.py", python_file(PAIRS[:12]), "large")
            upsert(connection, "src/odd.py", f"{hostile_file()}\n{REPEATED}", "large")
            upsert(connection, "src/more.py", python_file(PAIRS[12:16]), "little")
            upsert(connection, "src/words.go", go_file(), "gopher")
            upsert(connection, "src/sleep.lua", LUA_FILE, "gopher")
            upsert(connection, "src/words.py", python_file(PAIRS[:12]), "large@branch")
        chunk_all(database)
        yield database


def _generated(database, **options):
    with database.connect() as connection:
        return generate_queries(connection, options.pop("limit", 1000), **options)


def test_a_sentence_asks_for_its_function(indexed):
    report = call_json(indexed, "eval", "generate", "--set", "docs", "--limit", "1000")
    assert report == {"set": "docs", "queries": 44, "languages": ["go", "lua", "python"], "repositories": 3}
    with indexed.connect() as connection:
        queries = {query.key: query for query in store.load_queries(connection, "docs")}
        verb, noun = PAIRS[0]
        asked = queries[f"large:src/words.py:{verb}_{noun}"]
        assert (asked.query, asked.repository, asked.language) == (sentence(verb, noun), "large", "python")
        (judged,) = asked.judgments
        assert (judged.path, judged.symbol, judged.grade) == ("src/words.py", f"{verb}_{noun}", 3)
        lines = store.file_lines(connection, "large", judged.path)
        assert lines is not None
        assert lines[judged.start_line - 1].startswith(f"def {verb}_{noun}(")
        assert lines[judged.end_line - 1].startswith(f"    return {verb}ed")


def test_hostile_and_repeated_comments_ask_nothing_or_something_harmless(indexed):
    queries = [query for query in _generated(indexed) if "odd.py" in query.key]
    assert [query.query for query in queries if "open_" in query.key] == []
    # The same words in another order are another line.
    assert sorted(query.query for query in queries if "swap_" in query.key) == [
        "Carries the ladder up behind the lamp",
        "Carries the lamp up behind the ladder",
    ]
    assert {query.key.rsplit("_", 1)[1] for query in queries if ":odd_" in query.key} == {
        str(number) for number, name in enumerate(HOSTILE) if name == "right to left"
    }
    assert all(len(query.query) < 300 for query in queries)


def test_languages_take_turns_and_so_do_their_repositories(indexed):
    queries = _generated(indexed, limit=9)
    assert Counter(query.language for query in queries) == {"go": 4, "lua": 1, "python": 4}
    assert Counter(query.repository for query in queries if query.language == "python") == {
        "large": 2,
        "little": 2,
    }


def test_the_same_seed_gives_the_same_queries_and_another_others(indexed):
    first = _generated(indexed, limit=12)
    assert first == _generated(indexed, limit=12)
    assert first != _generated(indexed, limit=12, seed=2)
    assert {query.key for query in first[:6]} == {query.key for query in _generated(indexed, limit=6)}


def test_nothing_depends_on_what_ids_the_index_has(indexed, server_url):
    with installed_database(server_url) as other:
        with other.connect() as connection:
            upsert(connection, "src/words.go", go_file(), "gopher")
            upsert(connection, "src/sleep.lua", LUA_FILE, "gopher")
        chunk_all(other)
        assert _generated(other, limit=9) == _generated(indexed, limit=9, repository="gopher")


def test_only_a_repository_or_a_language(indexed):
    assert {query.repository for query in _generated(indexed, repository="little")} == {"little"}
    assert {query.language for query in _generated(indexed, language="Go")} == {"go"}


def test_again_replaces_and_keeps_what_others_judged(indexed):
    own = '{"id": "mine", "query": "where", "relevant": []}\n'
    from click.testing import CliRunner

    from pgcodesearch.cli import main

    runner = CliRunner()
    assert (
        runner.invoke(
            main, ["--database", indexed.url, "eval", "import", "-", "--set", "kept"], input=own
        ).exit_code
        == 0
    )
    for _ in range(2):
        call_json(indexed, "eval", "generate", "--set", "kept", "--limit", "6")
    count = "select count(*) from codesearch.judged_query where query_set = 'kept'"
    assert indexed.value(count) == 7
    call_json(indexed, "eval", "generate", "--set", "kept", "--limit", "6", "--replace")
    assert indexed.value(count) == 6


def test_written_to_a_file_they_can_be_imported(indexed, tmp_path):
    file = tmp_path / "queries.jsonl"
    before = indexed.value("select count(*) from codesearch.judged_query")
    assert call(indexed, "eval", "generate", "--limit", "8", "--output", file).exit_code == 0
    assert indexed.value("select count(*) from codesearch.judged_query") == before
    assert read_judged_queries(file.read_bytes().splitlines()) == _generated(indexed, limit=8)
    shown = call(indexed, "eval", "generate", "--limit", "8", "--output", "-")
    assert shown.stdout == file.read_text()
    assert call_json(indexed, "eval", "import", file, "--set", "file")["judgments"] == 8


def test_they_can_be_asked_and_flatter_the_search(indexed):
    call_json(indexed, "eval", "generate", "--set", "asked", "--limit", "10")
    report = call_json(indexed, "eval", "run", "--set", "asked", "--encoder", "none")
    assert report["metrics"]["all"]["queries"] == 10
    assert report["metrics"]["all"]["mrr"] > 0.9
    assert set(report["metrics"]["category"]) == {"documentation"}


def test_help_says_what_they_are_worth(indexed):
    assert "flatter" in call(indexed, "eval", "generate", "--help").output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--repository", "nothing"), "no repository 'nothing'"),
        (("--language", "klingon"), "language 'klingon' is not known"),
        (("--language", "rust"), "no indexed function has a documentation comment"),
        (("--set", " "), "the name of a set of judged queries is empty"),
    ],
)
def test_what_cannot_be_made_is_a_clear_error(indexed, arguments, says):
    result = call(indexed, "eval", "generate", *arguments)
    assert (result.exit_code, says in result.output) == (1, True), result.output


def test_under_row_level_security_only_what_the_caller_sees(indexed):
    with temporary_roles(indexed.url, "codesearch_reader") as (reader,):
        indexed.rows("select codesearch.enable_row_level_security()")
        try:
            indexed.rows("select codesearch.grant_repository('little', %s)", (reader,))
            with acting_as(indexed, reader) as connection:
                queries = generate_queries(connection, 100)
            assert {query.repository for query in queries} == {"little"}
            assert len(queries) == 4
        finally:
            indexed.rows("select codesearch.disable_row_level_security()")
            indexed.rows("select codesearch.revoke_repository('little', %s)", (reader,))


def test_the_lines_are_json_with_the_documented_keys(indexed):
    line = call(indexed, "eval", "generate", "--limit", "1", "--output", "-").stdout
    row = json.loads(line)
    assert list(row) == ["id", "repository", "language", "category", "query", "relevant"]
    assert list(row["relevant"][0]) == ["path", "symbol", "start_line", "end_line", "grade"]
