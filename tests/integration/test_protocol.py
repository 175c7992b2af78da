"""The protocol of CodeSearchNet over an index: who wins, among which functions, and what is kept of it."""

from __future__ import annotations

import shutil

import pytest

from pgcodesearch.chunking import chunk_file
from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.evaluating.protocol import ProtocolOptions, draw_pools
from pgcodesearch.evaluating.protocol_runs import compare_on_protocol
from pgcodesearch.words.sentences import says
from support.commands import call, call_json, installed_database
from support.documented import LUA_FILE, PAIRS, go_file, hostile_file, python_file, sentence
from support.indexing import chunk_all, upsert
from support.models import model_folder
from support.tenants import acting_as, temporary_roles

SMALL = ProtocolOptions(limit=20, minimum=10)
ARGUMENTS = ("--protocol", "codesearchnet", "--limit", "20", "--minimum", "10")


@pytest.fixture(scope="module")
def indexed(server_url, tmp_path_factory):
    """Two languages of 24 functions, one of one, hostile comments, no vectors; a worse model and a copy."""
    with installed_database(server_url) as database:
        with database.connect() as connection:
            upsert(connection, "src/words.py", python_file(), "python")
            upsert(connection, "src/words.go", go_file(), "go")
            upsert(connection, "src/sleep.lua", LUA_FILE, "lua")
            upsert(connection, "src/odd.py", hostile_file(), "odd")
            # Copies under another name, in a branch, and in a test: no distractors.
            upsert(connection, "src/words.py", python_file(), "python@branch")
            upsert(connection, "src/copied.py", f"import os\n\n{python_file(PAIRS[:3])}", "other")
            upsert(connection, "tests/test_words.py", go_file(), "other")
        chunk_all(database)
        models = tmp_path_factory.mktemp("models")
        # So long a prefix that nothing of a query is within the tokens that count.
        folders = [
            model_folder(models, "worse", query="zebra crossing at night " * 100),
            model_folder(models, "copy"),
        ]
        for folder in folders:
            call_json(database, "models", "add", folder)
            shutil.rmtree(folder)
        (shipped,) = database.rows("select name from codesearch.model_version where status = 'active'")
        yield database, shipped[0]


def test_the_better_model_wins_and_the_comparison_is_kept(indexed):
    database, shipped = indexed
    report = call_json(database, "compare", "worse", shipped, *ARGUMENTS)
    rows = {row["language"]: row for row in report["rows"]}
    assert list(rows) == ["go", "python", "all"]
    assert [row["queries"] for row in rows.values()] == [20, 20, 40]
    assert [row["among"] for row in rows.values()] == [20, 20, None]
    assert report["left_out"] == {"lua": 1}
    for row in rows.values():
        assert 0 < row["low"] <= row["difference"] <= row["high"], row
        assert row["difference"] == pytest.approx(row["candidate"] - row["baseline"], abs=1e-5)
        assert row["wins"] > row["losses"]
    assert rows["python"]["candidate"] > 0.8
    stored = database.rows(
        "select baseline, candidate, query_set, protocol, metric, differences, measured"
        " from codesearch.model_comparison where comparison_id = %s", (report["comparison_id"],)
    )[0]  # fmt: skip
    assert stored[:5] == ("worse", shipped, None, "codesearchnet", "mrr")
    kept = {key: rows["go"][key] for key in ("low", "high", "queries", "wins", "losses")}
    assert stored[5]["go"] == {"mean": rows["go"]["difference"], **kept}
    measured = stored[6]
    assert measured["functions"] == {"go": 20, "python": 20}
    assert (measured["left_out"], measured["seed"], measured["limit"]) == ({"lua": 1}, 1, 20)
    assert measured["candidate"]["all"] == rows["all"]["candidate"]
    # Neither model's vectors were needed: there are none.
    assert database.value("select codesearch.embedding_coverage(model_version_id) is not null"
                          " from codesearch.model_version where name = 'worse'")  # fmt: skip
    assert database.rows("select status from codesearch.model_version where name = 'worse'") == [
        ("candidate",)
    ]


def test_a_copy_ties_in_every_query(indexed):
    database, shipped = indexed
    rows = call_json(database, "compare", shipped, "copy", *ARGUMENTS)["rows"]
    for row in rows:
        assert (row["difference"], row["low"], row["high"], row["wins"], row["losses"]) == (0, 0, 0, 0, 0)


def test_the_same_seed_gives_the_same_rows_and_another_draws_others(indexed):
    database, shipped = indexed
    first, again = (call_json(database, "compare", "worse", shipped, *ARGUMENTS) for _ in range(2))
    assert first["rows"] == again["rows"]
    with database.connect() as connection:
        pools = draw_pools(connection, SMALL)
        assert pools == draw_pools(connection, SMALL)
        other = draw_pools(connection, ProtocolOptions(limit=20, minimum=10, seed=2))
    assert pools.functions["python"] != other.functions["python"]


def test_the_code_is_what_indexing_makes_of_it_without_documentation(indexed):
    database, _ = indexed
    with database.connect() as connection:
        pools = draw_pools(connection, ProtocolOptions(limit=24, minimum=10, repository="python"))
        pools.functions["go"] = draw_pools(connection, SMALL).functions["go"]
    assert len(pools.functions["python"]) == 24
    assert sorted(one.query for one in pools.functions["python"]) == sorted(sentence(*pair) for pair in PAIRS)
    bare = chunk_file("src/words.py", python_file(documented=False)).chunks
    # A docstring leaves the indent of the line below it.
    expected = {chunk.symbol: chunk.texts[0].text.split() for chunk in bare if chunk.kind == "function"}
    assert {one.symbol: one.text.split() for one in pools.functions["python"]} == expected
    for pool in pools.functions.values():
        assert not any(says(one.text, one.query) or "hands over" in one.text for one in pool)


def test_copies_are_nobodys_distractors(indexed):
    database, _ = indexed
    with database.connect() as connection:
        pools = draw_pools(connection, ProtocolOptions(limit=1000, minimum=10))
    for pool in pools.functions.values():
        assert len({one.query for one in pool}) == len({one.symbol for one in pool}) == len(pool)
    assert {name: len(pool) for name, pool in pools.functions.items()} == {"go": 24, "python": 24 + 1}, (
        "one odd"
    )
    assert not any("tests/" in one.path for one in pools.functions["go"])


def test_one_model_alone(indexed):
    database, shipped = indexed
    before = database.value("select count(*) from codesearch.model_comparison")
    report = call_json(database, "models", "evaluate", shipped, *ARGUMENTS)
    total = report["rows"][-1]
    assert (report["model"], total["language"], total["queries"]) == (shipped, "all", 40)
    assert 0.5 < total["low"] <= total["mrr"] <= total["high"] <= 1
    assert database.value("select count(*) from codesearch.model_comparison") == before


def test_the_table_says_what_was_left_out_and_what_was_easier(indexed):
    database, shipped = indexed
    shown = call(database, "compare", "worse", shipped, *ARGUMENTS[:2], "--minimum", "10", "--limit", "50")
    assert shown.exit_code == 0, shown.output
    assert "among fewer than 50, and so easier: go (24), python (25)" in shown.output
    assert "left out, with fewer than 10 documented functions: lua (1)" in shown.output


def test_one_repository_alone(indexed):
    database, shipped = indexed
    report = call_json(database, "compare", "worse", shipped, *ARGUMENTS, "--repository", "go")
    assert [row["language"] for row in report["rows"]] == ["go", "all"]
    assert report["left_out"] == {}


@pytest.mark.parametrize(
    ("arguments", "code", "says_"),
    [
        (("worse", "worse", *ARGUMENTS), 1, "with itself"),
        (("worse", "nowhere", *ARGUMENTS), 1, "nowhere"),
        (("worse", "copy", "--protocol", "codesearchnet"), 1, "go 24, lua 1, python 25"),
        (("worse", "copy", *ARGUMENTS, "--minimum", "21"), 1, "between 2 and the limit of 20, not 21"),
        (("worse", "copy", *ARGUMENTS, "--repository", "nothing"), 1, "no repository 'nothing'"),
        (("worse", "copy", "--protocol", "beir"), 2, "beir"),
        (("worse", "copy", *ARGUMENTS, "--gate"), 2, "--gate goes with judged queries, not with --protocol"),
        (("worse", "copy", *ARGUMENTS, "--set", "x"), 2, "--set goes with judged queries"),
        (("worse", "copy", "--limit", "20"), 2, "--limit needs --protocol"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(indexed, arguments, code, says_):
    database, _ = indexed
    result = call(database, "compare", *arguments)
    assert (result.exit_code, says_ in result.output) == (code, True), result.output


def test_under_row_level_security_a_reader_compares_what_it_may_see(indexed):
    database, shipped = indexed
    with temporary_roles(database.url, "codesearch_reader") as (reader,):
        database.rows("select codesearch.enable_row_level_security()")
        try:
            database.rows("select codesearch.grant_repository('go', %s)", (reader,))
            with acting_as(database, reader) as connection:
                found = compare_on_protocol(connection, "worse", shipped, SMALL)
                assert {one.repository for pool in found.pools.functions.values() for one in pool} == {"go"}
                assert found.pools.left_out == {}
                assert found.comparison_id is None, "a reader stores nothing"
                with pytest.raises(InvalidArgument, match="no language has 30"):
                    compare_on_protocol(connection, "worse", shipped, ProtocolOptions(limit=100, minimum=30))
        finally:
            database.rows("select codesearch.disable_row_level_security()")
            database.rows("select codesearch.revoke_repository('go', %s)", (reader,))
