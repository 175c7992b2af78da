"""embed_query inside the server: by PL/Python where it is, a clear refusal where it is not, and the cache before it."""

import numpy as np
import psycopg
import pytest
from psycopg import conninfo, sql

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
        yield conninfo.conninfo_to_dict(template.url)["dbname"]


@pytest.fixture
def embedding_database(debian_server, embedding_template):
    with fresh_database(debian_server.url, template=embedding_template) as made:
        yield made


def _cosine(left, right) -> float:
    return float(np.dot(left, right) / np.linalg.norm(left) / np.linalg.norm(right))


def _cache(database):
    return database.rows("select entries, hits, misses from codesearch.query_embedding_cache_status")[0]


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
    assert _cache(embedding_database)[0] == 2


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


def test_cache_hits_are_counted_and_models_part(embedding_database):
    ask = "select codesearch.query_embedding_for(%s, (select model_version_id from codesearch.model_version))::text"
    first = embedding_database.value(ask, (_QUERY,))
    assert _cache(embedding_database) == (1, 0, 1)
    assert embedding_database.value(ask, (_QUERY,)) == first
    assert embedding_database.value(ask, ("another",)) != first
    assert _cache(embedding_database) == (2, 1, 2)
    embedding_database.rows("select codesearch.change_setting('query_cache.max_entries', '1')")
    embedding_database.rows("select codesearch.prune_query_embeddings()")
    assert _cache(embedding_database) == (1, 1, 2)
    assert embedding_database.value(ask, ("another",)) is not None
    with embedding_database.connect() as connection:
        connection.execute("set default_transaction_read_only = on")
        assert connection.execute(ask, ("not cached",)).fetchone()[0] is not None
    assert embedding_database.value("select codesearch.query_embedding_for('x', 4711)") is None
    embedding_database.rows("delete from codesearch.model_version")
    assert embedding_database.value("select count(*) from codesearch.query_embedding_cache") == 0


def test_under_row_level_security_roles_share_no_entry(embedding_database):
    embedding_database.rows("select codesearch.enable_row_level_security()")
    model = embedding_database.value("select model_version_id from codesearch.model_version")
    roles = ["plpython_tenant_a", "plpython_tenant_b"]
    try:
        for role in roles:
            embedding_database.rows(f"create role {role} in role codesearch_reader")
            with embedding_database.connect() as connection:
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
                connection.execute("select codesearch.query_embedding_for(%s, %s)", (_QUERY, model))
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("select * from codesearch.query_embedding_cache")
        assert _cache(embedding_database) == (2, 0, 2)
    finally:
        for role in roles:
            administer(embedding_database.url, f"drop role if exists {role}")


def test_a_broken_installation_leaves_the_lexical_leg(embedding_database):
    embedding_database.rows(
        "create or replace function codesearch.embed_in_server(query text, model_version_id int) returns real[]"
        " language plpython3u stable strict as 'import a_package_that_is_not_there'"
    )
    with embedding_database.connect() as connection:
        notices = []
        connection.add_notice_handler(lambda diag: notices.append((diag.severity, diag.message_primary)))
        (found,) = connection.execute(
            "select codesearch.query_embedding_for('x', (select model_version_id from codesearch.model_version))"
        ).fetchone()
    assert found is None
    assert [severity for severity, _ in notices] == ["WARNING"]
    assert "a_package_that_is_not_there" in notices[0][1]


def test_without_plpython_a_clear_hint(database):
    assert install(database.url)["server_embedding"].startswith("off")
    with pytest.raises(psycopg.Error) as error:
        database.rows("select codesearch.embed_query('x')")
    assert error.value.sqlstate == "CS005"
    assert "query_embedding" in error.value.diag.message_hint
    model = database.value("select model_version_id from codesearch.model_version")
    assert database.value("select codesearch.query_embedding_for('x', %s)", (model,)) is None
