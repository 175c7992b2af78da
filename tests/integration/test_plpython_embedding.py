"""Queries embedded by the model itself inside the server, where PL/Python is."""

import numpy as np
import psycopg
import pytest
from psycopg import conninfo

from pgcodesearch.embedding import load_embedder
from pgcodesearch.indexing.worker import Worker
from pgcodesearch.operating.installing import install
from support.databases import administer, fresh_database

_QUERY = "where are redirects followed"


@pytest.fixture(scope="module")
def embedding_template(debian_server):
    with fresh_database(debian_server.url) as template:
        template.rows("create extension plpython3u")
        assert install(template.url)["server_embedding"] == "on"
        template.rows("select codesearch.change_setting('query.encoder', '\"model\"')")
        yield conninfo.conninfo_to_dict(template.url)["dbname"]


@pytest.fixture
def embedding_database(debian_server, embedding_template):
    with fresh_database(debian_server.url, template=embedding_template) as made:
        yield made


def _cosine(left, right) -> float:
    return float(np.dot(left, right) / np.linalg.norm(left) / np.linalg.norm(right))


def test_the_same_vector_as_outside(embedding_database):
    expected = load_embedder().encode([_QUERY], kind="query")[0]
    inside = embedding_database.value("select codesearch.embed_query(%s)::real[]", (_QUERY,))
    assert _cosine(inside, expected) > 0.999
    other = embedding_database.value("select codesearch.embed_query('parse a date')::real[]")
    assert _cosine(inside, other) < 0.9


def test_the_second_query_of_a_session_reads_no_model(embedding_database):
    """Both of one session, and after the first the artefact may even be gone: its hash alone is compared."""
    with embedding_database.connect() as connection:
        connection.execute("set session_replication_role = replica")
        first = connection.execute("select codesearch.embed_query('a b c')::text").fetchone()
        connection.execute("update codesearch.model_artefact set content = ''")
        assert connection.execute("select codesearch.embed_query('a b c')::text").fetchone() == first
    with pytest.raises(psycopg.errors.ExternalRoutineException, match="lacks"):
        embedding_database.rows("select codesearch.embed_query('a b c')")


def test_named_and_unknown_models(embedding_database):
    name = embedding_database.value("select name from codesearch.model_version")
    assert embedding_database.value("select vector_dims(codesearch.embed_query('x', %s))", (name,)) == 384
    with pytest.raises(psycopg.Error) as error:
        embedding_database.rows("select codesearch.embed_query('x', 'nobody')")
    assert error.value.sqlstate == "CS002"


def test_search_in_words_needs_no_client(embedding_database):
    """What psql does: files in, a worker, and plain text finds code that shares no word with it."""
    for path, content in {
        "a.py": "def follow_redirects(response):\n    return send(response.next)\n",
        "b.py": "def parse_colour(text):\n    return int(text[1:], 16)\n",
    }.items():
        embedding_database.rows("select codesearch.upsert_file('demo', %s, %s)", (path, content))
    with embedding_database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()
    found = embedding_database.rows(
        "select path, lexical_rank, vector_rank from codesearch.search('hexadecimal digits to number')"
    )
    assert found[0] == ("b.py", None, 1)
    assert embedding_database.rows(
        "select path from codesearch.search('hexadecimal digits', mode => 'vector')"
    )
    assert (
        embedding_database.value("select encoder from codesearch.query_log order by query_id limit 1")
        == "model"
    )


def test_a_session_can_still_be_cancelled(embedding_database):
    """Libraries that start threads must not swallow the signals of the backend that loaded them."""
    with embedding_database.connect() as connection:
        connection.execute("select codesearch.embed_query('x')")
        connection.execute("set statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("select pg_sleep(60)")
        connection.execute("reset statement_timeout")
        pid = connection.info.backend_pid
        embedding_database.rows("select pg_terminate_backend(%s)", (pid,))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select pg_sleep(60)")


def test_a_broken_installation_leaves_the_lexical_leg(embedding_database):
    embedding_database.rows(
        "create or replace function codesearch.embed_in_server(query text, model_version_id int) returns real[]"
        " language plpython3u stable strict as 'import a_package_that_is_not_there'"
    )
    with embedding_database.connect() as connection:
        notices = []
        connection.add_notice_handler(lambda diag: notices.append((diag.severity, diag.message_primary)))
        (found,) = connection.execute(
            "select (codesearch.encode_query('x', model_version_id)).embedding from codesearch.model_version"
        ).fetchone()
    assert found is None
    assert [severity for severity, _ in notices] == ["WARNING"]
    assert "a_package_that_is_not_there" in notices[0][1]


def test_the_table_where_there_is_no_plpython(database):
    """The setting asks for what this server has not: the table goes on to answer."""
    assert install(database.url)["server_embedding"].startswith("off")
    by_table = database.value("select codesearch.embed_query('x')::text")
    database.rows("select codesearch.change_setting('query.encoder', '\"model\"')")
    assert database.value("select codesearch.embed_query('x')::text") == by_table


def test_the_model_where_there_is_no_table(embedding_database):
    by_model = embedding_database.value("select codesearch.embed_query('x')::text")
    embedding_database.rows("select codesearch.change_setting('query.encoder', '\"table\"')")
    assert embedding_database.value("select codesearch.embed_query('x')::text") != by_model
    embedding_database.rows("delete from codesearch.query_table")
    assert embedding_database.value("select codesearch.embed_query('x')::text") == by_model


def test_a_reader_may_ask_the_model(embedding_database):
    try:
        embedding_database.rows("create role plpython_reader in role codesearch_reader")
        with embedding_database.connect() as connection:
            connection.execute("set role plpython_reader")
            assert connection.execute("select codesearch.embed_query('x') is not null").fetchone() == (True,)
    finally:
        administer(embedding_database.url, "drop role if exists plpython_reader")
