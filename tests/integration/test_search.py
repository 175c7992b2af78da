"""pgcodesearch search and explain, the Python client, and psql alone."""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import psycopg
import pytest

from pgcodesearch.database import embedded
from pgcodesearch.database.errors import (
    InvalidArgument,
    NoEmbedding,
    QueryTooLong,
    UnknownModel,
    UnknownRepository,
    WrongDimension,
)
from pgcodesearch.embedding import load_embedder
from pgcodesearch.embedding.stored import LOADED, cache_folder, describe_model, load_stored
from pgcodesearch.indexing import Worker
from pgcodesearch.searching import Client, SearchOptions, search
from support.commands import call, call_json, installed_database
from support.databases import fresh_database, installed_template

REDIRECT = '''"""Sessions."""


class Session:
    def resolve_redirects(self, response, request):
        """Follow the location header until the answer is no redirect."""
        while response.is_redirect:
            request.url = self.get_redirect_target(response)
            response = self.send(request)
        return response
'''
FILES = {
    "sessions.py": REDIRECT,
    "tests/test_sessions.py": REDIRECT.replace("class Session", "class TestSession"),
    "cookies.py": "class CookieJar:\n    def extract_cookies(self, response):\n        return response.headers\n",
    "timer.go": "package timer\n\n// Wait for the timer.\nfunc Wait(seconds int) error {\n\treturn nil\n}\n",
}


@pytest.fixture(scope="module")
def database(server_url, tmp_path_factory):
    root = tmp_path_factory.mktemp("searched") / "http"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    with installed_database(server_url) as made:
        call_json(made, "index", root, "--repository", "http")
        yield made


@pytest.fixture(scope="module")
def client(database):
    with Client(database.url) as made:
        yield made


def test_words_need_no_quotes(database):
    one = call_json(database, "search", "where are redirects followed", "--no-log")["results"]
    many = call_json(database, "search", "where", "are", "redirects", "followed", "--no-log")["results"]
    assert one == many
    assert one[0]["symbol"] == "Session.resolve_redirects"
    assert one[0]["path"] == "sessions.py"
    assert "def resolve_redirects" in one[0]["snippet"]


def test_results_are_shown_with_place_and_freshness(database):
    output = call(database, "search", "resolve_redirects", "-k", "1").output
    assert "sessions.py:5" in output
    assert "Session.resolve_redirects" in output
    assert "all texts have vectors" in output


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        (["--language", "go"], {"timer.go"}),
        (["--path", "tests/**"], {"tests/test_sessions.py"}),
        (["--kind", "class", "--path", "cookies.py"], {"cookies.py"}),
        (["--repository", "http", "--path", "*.go"], {"timer.go"}),
        (["--symbol", "CookieJar"], {"cookies.py"}),
        (["--symbol", "cookiejar.extract_cookies", "--kind", "method"], {"cookies.py"}),
        (["--min-score", "1000"], set()),
    ],
    ids=str,
)
def test_filters(database, options, paths):
    results = call_json(database, "search", "response", "timer", *options)["results"]
    assert {hit["path"] for hit in results} == paths


@pytest.mark.parametrize(
    ("symbol", "symbols"),
    [
        ("Session", {"Session", "Session.resolve_redirects"}),
        ("session::Resolve_Redirects", {"Session.resolve_redirects"}),
        ("CookieJar.extract_cookies", {"CookieJar.extract_cookies"}),
        ("Sess", set()),
        ("Session.*", set()),
        (" ", {"Session", "Session.resolve_redirects", "TestSession", "TestSession.resolve_redirects"}),
    ],
)
@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_a_search_keeps_to_a_symbol(database, client, symbol, symbols, mode):
    vector = None if mode == "lexical" else _vector(client, "follow response")
    found = database.rows(
        "select symbol from codesearch.search('follow response', context => %s, mode => %s,"
        " query_embedding => %s::halfvec, log => false)", (json.dumps({"symbol": symbol}), mode, vector)
    )  # fmt: skip
    if symbol.strip():
        assert {row[0] for row in found} == symbols
    else:
        assert {row[0] for row in found} >= symbols


def _vector(client, query):
    return "[" + ",".join(str(float(value)) for value in client.embed(query)) + "]"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["search", ""], "empty"),
        (["search", "x" * 100_000], "characters"),
        (["search", "x", "--repository", "nowhere"], "nowhere"),
        (["search", "x", "--model", "nowhere"], "nowhere"),
        (["explain", "x", "--kind", "folder"], "folder"),
        (["search", "a\udce9b"], "UTF-8"),
        (["explain", " "], "empty"),
        (["explain", "x", "--repository", "a\udce9b"], "UTF-8"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_errors_are_words_with_a_hint(database, arguments, word):
    result = call(database, *arguments)
    assert result.exit_code == 1
    assert word in result.output
    assert "hint: " in result.output


@pytest.mark.parametrize("arguments", [["search"], ["search", "x", "-k", "0"], ["search", "x", "--mode", "magic"],
                                       ["explain", "x", "--per-file", "0"]], ids=str)  # fmt: skip
def test_wrong_usage(database, arguments):
    assert call(database, *arguments).exit_code == 2


@pytest.mark.parametrize("query", ["()[]{};", "…", "the", "%s", "[red]x[/red]", "-- --", "🙂"])
def test_odd_queries_are_answered(database, query):
    assert call(database, "search", "--", query).exit_code == 0
    assert call(database, "explain", "--", query).exit_code == 0


def test_searches_are_logged_unless_not_wanted(database):
    count = "select count(*) from codesearch.query_log"
    before = database.value(count)
    call(database, "search", "redirects", "--no-log")
    call(database, "explain", "redirects")
    assert database.value(count) == before
    results = call_json(database, "search", "redirects")["results"]
    assert database.value("select max(query_id) from codesearch.query_log") == results[0]["query_id"]
    assert database.value(count) == before + 1


def test_explain_shows_every_share(database):
    rows = call_json(database, "explain", "resolve_redirects")
    assert sum(rows[0]["shares"].values()) == pytest.approx(rows[0]["score"], abs=1e-2)
    output = call(database, "explain", "resolve_redirects").output
    assert "query class identifier" in output
    for signal in rows[0]["shares"]:
        assert signal.replace("_", " ") in output


def test_client_and_function_give_the_same(database, client):
    hits = client.search("where are redirects followed", k=3, log=False)
    assert hits[0].symbol == "Session.resolve_redirects"
    embedding = client.embed("where are redirects followed")
    assert embedding.shape == (384,)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-3)
    # Any connection will do, also one without pgvector's types.
    with psycopg.connect(database.url, autocommit=True) as plain:
        again = search(plain, "where are redirects followed", None, _unlogged(k=3))
        by_the_model = search(plain, "where are redirects followed", embedding, _unlogged(k=3))
    assert [asdict(hit) for hit in again] == [asdict(hit) for hit in hits]
    assert by_the_model[0].symbol == hits[0].symbol
    assert by_the_model[0].score != hits[0].score, "look-up and model are near each other, not the same"


def _unlogged(**options):
    return SearchOptions(log=False, **options)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"query": ""}, InvalidArgument),
        ({"query": "a\0b"}, InvalidArgument),
        ({"query": "x", "path": "a\0b"}, InvalidArgument),
        ({"query": "x", "model": "a\0b"}, InvalidArgument),
        ({"query": "x", "k": 0}, InvalidArgument),
        ({"query": "x", "k": 10**12}, InvalidArgument),
        ({"query": "x", "mode": "magic"}, InvalidArgument),
        ({"query": "y " * 50_000}, QueryTooLong),
        ({"query": "x", "model": "nowhere"}, UnknownModel),
        ({"query": "x", "repository": "nowhere"}, UnknownRepository),
    ],
    ids=lambda value: str(value)[:40],
)
def test_client_raises_typed_errors(client, arguments, error):
    with pytest.raises(error) as caught:
        client.search(**arguments)
    assert caught.value.hint
    # The client is usable afterwards.
    assert client.search("redirects", mode="lexical", log=False)


def test_wrong_embeddings_raise(database):
    with database.connect() as connection:
        with pytest.raises(WrongDimension):
            search(connection, "x", np.ones(3, np.float32))
        with pytest.raises(WrongDimension):
            search(connection, "x", np.zeros(384, np.float32))
    with database.connect(autocommit=False) as connection:
        connection.execute("delete from codesearch.query_table")
        with pytest.raises(NoEmbedding):
            search(connection, "x", None, _unlogged(mode="vector"))
        connection.rollback()


def test_the_model_comes_from_package_cache_or_database(database):
    with database.connect(autocommit=False) as connection:
        shipped = describe_model(connection)
        assert load_stored(connection, shipped).name == shipped.name
        assert not (cache_folder() / shipped.digest).exists(), "the shipped files are used as they are"
        # The same model under another name is not the shipped one: it is read once, and then from the cache.
        connection.execute(
            "insert into codesearch.model_version (name, dimension, max_tokens) values ('copy', 384, 256)"
        )
        connection.execute(
            "insert into codesearch.model_artefact select c.model_version_id, a.file, a.content, a.sha256"
            " from codesearch.model_artefact a, codesearch.model_version c where c.name = 'copy'"
        )
        copy = describe_model(connection, "copy")
        LOADED.forget()  # it has the same files
        expected = load_embedder().encode(["def f(): pass"])
        np.testing.assert_allclose(
            load_stored(connection, copy).encode(["def f(): pass"]), expected, atol=1e-5
        )
        cached = cache_folder() / copy.digest / "model.onnx"
        assert cached.is_file()
        LOADED.forget()
        connection.execute("set local statement_timeout = 1")  # the database would be asked for nothing
        np.testing.assert_allclose(
            load_stored(connection, copy).encode(["def f(): pass"]), expected, atol=1e-5
        )
        connection.execute("set local statement_timeout = 0")
        cached.write_bytes(b"damaged")
        LOADED.forget()
        np.testing.assert_allclose(
            load_stored(connection, copy).encode(["def f(): pass"]), expected, atol=1e-5
        )
        assert cached.stat().st_size > 1_000_000
        with pytest.raises(UnknownModel):
            describe_model(connection, "nowhere")
        connection.rollback()


def test_without_a_model_search_is_lexical(server_url, tmp_path):
    (tmp_path / "a.py").write_text("def only_words(): pass\n")
    with installed_database(server_url) as database:
        database.rows("update codesearch.model_version set status = 'retired'")
        (report,) = call_json(database, "index", tmp_path, "--repository", "r")["repositories"]
        assert (report["files"], report["pending_files"]) == (1, 0)
        assert call_json(database, "search", "only_words")["results"][0]["symbol"] == "only_words"
    with fresh_database(server_url, template=None) as empty:
        result = call(empty, "search", "x")
        assert result.exit_code == 1
        assert "pgcodesearch init" in result.output


def test_psql_alone_asks_the_whole_question(database, client):
    vector = "[" + ",".join(map(str, client.embed("where are redirects followed").tolist())) + "]"
    lexical = (
        "select rank, path, start_line, symbol, score from codesearch.search('where are redirects followed')"
    )
    hybrid = lexical.replace("')", f"', query_embedding => '{vector}')")
    for question in (lexical, hybrid):
        done = subprocess.run(
            [embedded.program("psql"), "-X", "--csv", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-c", question],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        header, first, *_ = done.stdout.splitlines()
        assert header == "rank,path,start_line,symbol,score"
        assert first.startswith("1,sessions.py,5,Session.resolve_redirects,")


def test_json_of_search_is_one_document(database):
    output = call(database, "search", "redirects", "--json").stdout
    document = json.loads(output)
    assert set(document) == {"results", "freshness"}
    assert document["freshness"][0]["vector_coverage"] == 1


_LOADED = """
import sys
from pgcodesearch.cli import main
try:
    main(sys.argv[1:])
finally:
    print("pygments" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("coloured", [False, True])
def test_colours_are_loaded_only_where_they_are_shown(database, coloured):
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, "--database", database.url, "search", "redirects", "--mode", "lexical"],
        env=os.environ | {"FORCE_COLOR": "1" if coloured else "", "TERM": "xterm-256color"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr.split() == [str(coloured)]
    plain = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", done.stdout)
    assert "def resolve_redirects" in plain
    assert (plain != done.stdout) is coloured
    # The keyword has a colour of its own, and the query's word a line below it.
    assert ("\x1b[94mdef" in done.stdout) is coloured
    assert bool(re.search(r"\x1b\[[\d;]*\b4\b[\d;]*mredirects", done.stdout)) is coloured


def test_a_chunk_without_a_vector_yet_keeps_its_place(server_url):
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        for number in range(40):
            content = f"def handler_{number}(event):\n    return event.marker_{number}\n"
            database.rows("select codesearch.upsert_file('demo', %s, %s)", (f"f{number}.py", content))
        with database.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        ask = "select path from codesearch.search(%s, k => 1, log => false)"
        for number in (3, 7, 12):
            path, query = f"f{number}.py", f"marker_{number}"
            assert database.rows(ask, (query,)) == [(path,)]
            content = f"def handler_{number}(event):\n    return event.marker_{number}  # changed\n"
            database.rows("select codesearch.upsert_file('demo', %s, %s)", (path, content))
            with database.connect(autocommit=False) as connection:
                Worker(connection, stages=("chunk",)).run_until_idle()
            assert database.rows(ask, (query,)) == [(path,)]
