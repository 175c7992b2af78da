"""Arguments that search cannot mean are refused with the project's SQLSTATE and a hint that mends them."""

import psycopg
import pytest
from pgvector import HalfVector

from pgcodesearch.chunking.languages import LANGUAGES
from support.databases import fresh_database


@pytest.fixture(scope="module")
def connection(server_url):
    with fresh_database(server_url) as database, database.connect() as connection:
        connection.execute("select codesearch.add_model('four', 4, 16, '{}')")
        connection.execute("select codesearch.upsert_file('demo', 'a.py', 'def redirect(): pass')")
        yield connection


GOOD = HalfVector([1, 0, 0, 0])


@pytest.mark.parametrize(
    ("arguments", "sqlstate"),
    [
        ({"query": None}, "CS001"),
        ({"query": ""}, "CS001"),
        ({"query": " \n\t "}, "CS001"),
        ({"query": "x" * 100_000}, "CS004"),
        ({"query": "word " * 20_000}, "CS004"),
        ({"k": 0}, "CS001"),
        ({"k": -1}, "CS001"),
        ({"k": None}, "CS001"),
        ({"k": 1_000_000}, "CS001"),
        ({"mode": "magic"}, "CS001"),
        ({"mode": None}, "CS001"),
        ({"kind": "folder"}, "CS001"),
        ({"kind": ""}, "CS001"),
        ({"language": "pyhton"}, "CS001"),
        ({"model": "nowhere"}, "CS002"),
        ({"repository": "nowhere"}, "CS006"),
        ({"query_embedding": HalfVector([1, 0, 0])}, "CS003"),
        ({"query_embedding": HalfVector([0, 0, 0, 0])}, "CS003"),
        ({"mode": "vector"}, "CS005"),
        ({"mode": "exact"}, "CS005"),
        ({"mode": "pipeline"}, "CS005"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("function", ["search", "explain"])
def test_refused(connection, function, arguments, sqlstate):
    given = {"query": "redirect", **arguments}
    named = ", ".join(f"{name} => %({name})s" for name in given)
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(f"select * from codesearch.{function}({named})", given)
    assert caught.value.sqlstate == sqlstate
    assert caught.value.diag.message_hint


@pytest.mark.parametrize(
    "arguments",
    [
        {"query": "()[]{};,.!?"},
        {"query": "…«»¿ 🙂"},
        {"query": "'; drop table chunk; --"},
        {"query": "%s %(x)s :a \\ \\' $1"},
        {"query": "the of and"},
        {"query": "[invalid(regex|*"},
        {"query": "redirect", "path": "[invalid(regex|*{"},
        {"query": "redirect", "path": "**/*.{py,go}"},
        {"query": "redirect", "path": ""},
        {"query": "redirect", "min_score": float("inf")},
        {"query": "redirect", "min_score": float("nan")},
        {"query": "redirect", "query_embedding": GOOD, "mode": "vector"},
        {"query": "redirect", "query_embedding": GOOD, "mode": "pipeline"},
        {"query": "()", "query_embedding": GOOD, "mode": "pipeline"},
        {"query": "redirect", "mode": "rerank"},
        {"query": "()", "mode": "rerank", "k": 1000},
        {"query": "x" * 10_000},
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("function", ["search", "explain"])
def test_odd_but_answered(connection, function, arguments):
    named = ", ".join(f"{name} => %({name})s" for name in arguments)
    connection.execute(f"select * from codesearch.{function}({named})", arguments).fetchall()


def test_nothing_indexed_is_no_error(server_url):
    with fresh_database(server_url) as database:
        assert database.rows("select * from codesearch.search('anything')") == []


@pytest.mark.parametrize(
    "arguments",
    [(None, "a.py", "x"), ("r", None, "x"), ("r", "a.py", None), ("", "a.py", "x"), ("r", "", "x")],
)
def test_upsert_file_refuses_missing_parts(connection, arguments):
    with pytest.raises(psycopg.Error) as caught:
        connection.execute("select codesearch.upsert_file(%s, %s, %s)", arguments)
    assert caught.value.sqlstate == "CS001"
    assert caught.value.diag.message_hint


@pytest.mark.parametrize("given", [{"kind": "folder"}, {"language": "pyhton"}, {"mode": "magic"}])
def test_unknown_names_are_answered_with_those_allowed(connection, given):
    allowed = {"kind": "function", "language": "python", "mode": "hybrid"}
    (argument,) = given
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(
            f"select * from codesearch.search('redirect', {argument} => %({argument})s)", given
        )
    assert given[argument] in str(caught.value)
    assert allowed[argument] in caught.value.diag.message_hint


def test_known_languages_are_those_of_the_chunker(connection):
    """And a known one that no file has gives no rows, not an error."""
    assert connection.execute("select codesearch.known_languages()").fetchone() == (sorted(LANGUAGES),)
    for language in ("Python", *LANGUAGES):
        connection.execute("select * from codesearch.search('redirect', language => %s)", (language,))
