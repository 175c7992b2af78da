"""Arguments that search cannot mean are refused with the project's SQLSTATE and a hint that mends them."""

import numpy as np
import psycopg
import pytest
from pgvector import HalfVector

from pgcodesearch.chunking import entities
from pgcodesearch.chunking.languages import LANGUAGES
from pgcodesearch.indexing import Worker
from support.databases import fresh_database

FILES = {
    "src/redirect.py": "def redirect(response):\n    return response.next\n",
    "lib/redirect.rs": "pub fn redirect_all(n: i64) -> i64 {\n    n\n}\n",
    "lib/shape.rs": "pub struct Circle { n: i64 }\npub trait Drawable { fn go(&self); }\n",
    "src/table.py": "def drop_table(chunk):\n    return chunk.remove()\n",
    "src/pattern.py": "def invalid_regex(text):\n    return not compile(text)\n",
}
REDIRECTS = {"redirect", "redirect_all"}


@pytest.fixture(scope="module")
def connection(server_url):
    """Four functions, two of them about redirects; the vectors of those two point the same way."""
    with fresh_database(server_url) as database:
        with database.connect(autocommit=False) as worker:
            worker.execute("select codesearch.add_model('four', 4, 16, '{}')")
            for path, content in FILES.items():
                worker.execute("select codesearch.upsert_file('demo', %s, %s)", (path, content))
            worker.commit()
            Worker(worker, stages=("chunk", "embed"), embedder_for=lambda *_: _Directions()).run_until_idle()
        with database.connect() as connection:
            yield connection


class _Directions:
    """Stands for a model: one direction for texts about redirects, another for the rest."""

    def encode_counted(self, texts, kind):
        rows = [[1, 0, 0, 0] if "redirect" in text else [0, 1, 0, 0] for text in texts]
        counts = np.ones(len(texts), dtype=int)
        return np.array(rows, dtype=np.float32), counts, counts


def _symbols(connection, function="search", **arguments):
    named = ", ".join(f"{name} => %({name})s" for name in arguments)
    rows = connection.execute(f"select symbol from codesearch.{function}({named}) order by rank", arguments)
    return [symbol for (symbol,) in rows]


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


def test_what_the_refused_arguments_would_have_found(connection):
    """The same call without them has an answer: what refuses is the argument."""
    assert set(_symbols(connection, query="redirect")) == REDIRECTS
    assert set(_symbols(connection, "explain", query="redirect")) == REDIRECTS


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"query": "()[]{};,.!?"}, set()),
        ({"query": "…«»¿ 🙂"}, set()),
        ({"query": "'; drop table chunk; --"}, {"drop_table"}),
        ({"query": "%s %(x)s :a \\ \\' $1 redirect"}, REDIRECTS),
        ({"query": "the of and"}, set()),
        ({"query": "[invalid(regex|*"}, {"invalid_regex"}),
        ({"query": "redirect", "path": "[invalid(regex|*{"}, set()),
        ({"query": "redirect", "path": "**/*.py"}, {"redirect"}),
        ({"query": "redirect", "path": "lib"}, {"redirect_all"}),
        ({"query": "redirect", "path": ""}, REDIRECTS),
        ({"query": "redirect", "kind": "class"}, set()),
        ({"query": "redirect", "language": "rust"}, {"redirect_all"}),
        ({"query": "redirect", "min_score": float("inf")}, set()),
        ({"query": "redirect", "min_score": float("-inf")}, REDIRECTS),
        ({"query": "redirect", "min_score": float("nan")}, set()),
        ({"query": "redirect", "query_embedding": GOOD, "mode": "pipeline"}, REDIRECTS),
        ({"query": "()", "query_embedding": GOOD, "mode": "pipeline"}, set()),
        ({"query": "redirect", "mode": "rerank"}, REDIRECTS),
        ({"query": "()", "mode": "rerank", "k": 1000}, set()),
        ({"query": "x" * 10_000}, set()),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",  # a set has no order
)
@pytest.mark.parametrize("function", ["search", "explain"])
def test_odd_but_answered(connection, function, arguments, found):
    assert set(_symbols(connection, function, **arguments)) == found


@pytest.mark.parametrize("mode", ["vector", "exact"])
@pytest.mark.parametrize("function", ["search", "explain"])
def test_the_nearest_come_first_whatever_the_words(connection, function, mode):
    found = _symbols(connection, function, query="()", query_embedding=GOOD, mode=mode)
    assert set(found[:2]) == REDIRECTS
    assert set(found[2:]) <= {"drop_table", "invalid_regex", "Circle", "Drawable"}


@pytest.mark.parametrize("function", ["search", "explain"])
def test_k_is_how_many(connection, function):
    both = _symbols(connection, function, query="redirect")
    assert _symbols(connection, function, query="redirect", k=1) == both[:1]


def test_the_log_says_how_many_were_found(connection):
    connection.execute("select * from codesearch.search('redirect', k => 2)")
    logged = connection.execute(
        "select q.query, q.k, q.result_count, count(r.chunk_id) from codesearch.query_log q"
        " join codesearch.query_results r using (query_id) group by q.query_id order by q.query_id desc limit 1"
    ).fetchone()
    assert logged == ("redirect", 2, 2, 2)


def test_explain_marks_the_words_of_the_query(connection):
    (shown,) = connection.execute(
        "select highlighted from codesearch.explain('redirect', language => 'python')"
    ).fetchall()
    assert shown[0].startswith("def «redirect»(response)")


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


def test_known_kinds_are_those_of_the_chunker(connection):
    (found,) = connection.execute("select codesearch.known_kinds()").fetchone()
    told = {*entities._WORDS.values(), *entities._TYPES.values(), *entities._CALLS.values()}
    assert found[:5] == ["function", "method", "class", "module", "block"]
    assert set(found) == told | set(found[:5])


def test_known_languages_are_those_of_the_chunker(connection):
    """And a known one that no file has gives no rows, not an error."""
    assert connection.execute("select codesearch.known_languages()").fetchone() == (sorted(LANGUAGES),)
    for language in ("Python", *LANGUAGES):
        found = {"python": ["redirect"], "rust": ["redirect_all"]}.get(language.lower(), [])
        assert _symbols(connection, query="redirect", language=language) == found


def test_what_a_language_calls_it_is_a_kind(connection):
    ask = "select symbol from codesearch.search('circle drawable', kind => %s, log => false)"
    for kind, symbols in {"struct": ["Circle"], "trait": ["Drawable"], "enum": []}.items():
        assert [symbol for (symbol,) in connection.execute(ask, (kind,))] == symbols
    assert {symbol for (symbol,) in connection.execute(ask, ("class",))} == {"Circle", "Drawable"}
