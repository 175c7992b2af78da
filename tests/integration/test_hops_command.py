"""pgcodesearch search --hops: the way to each result, as text and as JSON, and options that don't go with it."""

import pytest

from support.commands import call, call_json
from support.databases import fresh_database
from support.indexing import chunk_all, upsert


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            upsert(
                connection,
                "a.py",
                "from b import spin\n\n\ndef frobnicate(gadget):\n    return spin(gadget)\n",
            )
            upsert(connection, "b.py", "def spin(thing):\n    return thing\n")
            chunk_all(made)
        yield made


def test_the_way_is_shown(database):
    result = call(database, "search", "frobnicate", "gadget", "zzqx", "--hops", "2", "--no-log")
    assert result.exit_code == 0
    assert "frobnicate (a.py:4) calls spin (b.py:1)" in result.output
    assert "stopped: " in result.stderr


def test_json_has_the_way(database):
    rows = call_json(database, "search", "frobnicate", "gadget", "zzqx", "--hops", "1")["results"]
    assert {(row["symbol"], row["hop"]) for row in rows} >= {("frobnicate", 0), ("spin", 1)}


def test_filters_of_a_search_are_refused(database):
    result = call(database, "search", "frobnicate", "--hops", "2", "--path", "*.py")
    assert result.exit_code == 2
    assert "--path does not go with --hops" in result.output
