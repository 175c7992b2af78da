"""What the three roles may do, how they come about, and that foreign objects on the search path change nothing."""

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from pgcodesearch.database import schema, sql_files
from pgcodesearch.indexing.worker import Worker
from support.databases import fresh_database, with_dbname
from support.tenants import acting_as, fill_tenants, index_pending, temporary_roles

_SEARCH = "select path, score from codesearch.search('follow redirects', query_embedding => '[1,2,3,1]')"


@pytest.fixture
def filled(database):
    with database.connect() as connection:
        fill_tenants(connection)
    return database


@pytest.fixture
def roles(filled):
    members = ("codesearch_reader", "codesearch_writer", "codesearch_admin", "")
    with temporary_roles(filled.url, *members) as names:
        yield dict(zip(("reader", "writer", "admin", "stranger"), names, strict=True))


def _refused(connection, *statements: str) -> None:
    for statement in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_a_stranger_may_do_nothing(filled, roles):
    with acting_as(filled, roles["stranger"]) as connection:
        _refused(connection, _SEARCH, "select * from codesearch.chunk", "select codesearch.tokenize('x')")
    assert filled.rows(
        "select p.oid::regprocedure::text from pg_proc p where pronamespace = 'codesearch'::regnamespace"
        " and prorettype <> 'trigger'::regtype and has_function_privilege(%s, p.oid, 'execute')",
        (roles["stranger"],),
    ) == []  # fmt: skip


def test_a_reader_searches_and_changes_nothing(filled, roles):
    with acting_as(filled, roles["reader"]) as connection:
        assert connection.execute(_SEARCH).fetchall() == filled.rows(_SEARCH) != []
        assert connection.execute("select * from codesearch.index_status").fetchall()
        assert connection.execute("select content from codesearch.model_artefact").fetchall()
        _refused(
            connection,
            "select codesearch.upsert_file('open', 'a.py', 'x')",
            "select codesearch.delete_file('open', 'src/redirect.py')",
            "select * from codesearch.claim_jobs('w', 1)",
            "select codesearch.ensure_vector_index(1)",
            "delete from codesearch.query_log",
            "insert into codesearch.query_log (query_hash, mode, k, result_count, latency_ms)"
            " values (gen_random_uuid(), 'hybrid', 1, 1, 1)",
            "select metrics from codesearch.model_version",
            "select codesearch.change_setting('lexical.k1', '2')",
            # Run as their owner: nothing but the right to call them stands before these.
            "select codesearch.add_ranker('mine', codesearch.shipped_ranker())",
            "select codesearch.activate_ranker(null)",
            "select codesearch.rollback_model()",
            "create table codesearch.mine (a int)",
        )


def test_a_writer_indexes_and_administers_nothing(filled, roles):
    """A whole worker runs with the writer's rights: it chunks, embeds, completes."""

    class OneVector:
        def encode_counted(self, texts, kind):
            import numpy as np

            ones = np.ones(len(texts), dtype=np.int32)
            return np.full((len(texts), 4), 0.5, dtype=np.float32), ones, ones

    with acting_as(filled, roles["writer"]) as connection:
        connection.execute("select codesearch.upsert_file('open', 'src/new.py', 'def brand_new(): pass')")
        connection.autocommit = False
        Worker(connection, embedder_for=lambda *_: OneVector(), name="w").run_until_idle()
        connection.autocommit = True
        found = connection.execute("select path from codesearch.search('brand_new')").fetchone()
        assert found == ("src/new.py",)
        assert connection.execute("select count(*) from codesearch.index_job").fetchone() == (0,)
        connection.execute("select codesearch.delete_file('open', 'src/new.py')")
        connection.execute("select codesearch.ensure_vector_index(1)")
        _refused(
            connection,
            "select codesearch.change_setting('lexical.k1', '2')",
            "select codesearch.add_model('m', 4, 4, '{}')",
            "select codesearch.grant_repository('open', 'codesearch_reader')",
            "update codesearch.model_artefact set content = ''",
            "delete from codesearch.query_log",
            "update codesearch.posting set weight = 2",
            "drop table codesearch.chunk",
        )


def test_an_admin_administers(filled, roles):
    with acting_as(filled, roles["admin"]) as connection:
        connection.execute("select codesearch.change_setting('lexical.k1', '1.2')")
        connection.execute("select codesearch.add_model('m', 4, 4, %s)", (Jsonb({}),))
        connection.execute("select codesearch.grant_repository('open', 'codesearch_reader')")
        assert connection.execute("select count(*) from codesearch.query_log").fetchone()[0] >= 2
        assert connection.execute(_SEARCH).fetchall()
        _refused(connection, "drop table codesearch.chunk", "select codesearch.enable_row_level_security()")
    owners = filled.rows("select tableowner from pg_tables where tablename in ('embedding_1', 'embedding_2')")
    assert owners[0] == owners[1]


_HOSTILE = """
create function {s}.setting_number(name text) returns float8 language sql as 'select -1e9::float8';
create function {s}.current_settings(model_version_id int default null) returns jsonb language sql
as $$ select '{{}}'::jsonb $$;
create function {s}.tokenize(input text) returns text[] language sql as $$ select '{{stolen}}'::text[] $$;
create function {s}.visible_repositories(repository text) returns int[] language sql as $$ select '{{}}'::int[] $$;
create function {s}.asking_role() returns name language sql as $$ select 'postgres'::name $$;
create function {s}.lower(text) returns text language sql as $$ select 'stolen' $$;
create function {s}.md5(text) returns text language sql as $$ select repeat('0', 32) $$;
create function {s}.equal(int, int) returns boolean language sql as 'select false';
create function {s}.same_text(text, text) returns boolean language sql as 'select false';
create operator {s}.= (leftarg = int, rightarg = int, function = {s}.equal);
create operator {s}.= (leftarg = text, rightarg = text, function = {s}.same_text);
create function {s}.nowhere(float8, float8) returns float8 language sql as 'select 0::float8';
create operator {s}.+ (leftarg = float8, rightarg = float8, function = {s}.nowhere);
create table {s}.chunk (chunk_id bigint, content text);
create table {s}.repository (repository_id int, name text);
create table {s}.setting (name text, value jsonb);
create table {s}.incoming_chunk (chunk_id bigint);
create table {s}.term_frequency (term text);
"""


@pytest.mark.parametrize("place", ["public", "pg_temp", "their own schema"])
def test_hostile_objects_change_nothing(filled, roles, place):
    expected = filled.rows(_SEARCH)
    count = "select count(*) from codesearch.chunk"
    with acting_as(filled, roles["writer"]) as connection:
        target = {"public": "public", "pg_temp": "pg_temp"}.get(place, "hostile")
        if place == "pg_temp":
            connection.execute(_HOSTILE.format(s=target))
        else:
            filled.rows("create schema if not exists hostile")
            filled.rows(_HOSTILE.format(s=target))
            filled.rows(f"grant all on schema {target} to public")
        path = {"public": "public, codesearch"}.get(place, f"{target}, pg_catalog, public, codesearch")
        connection.execute(f"set search_path = {path}")
        assert connection.execute(_SEARCH).fetchall() == expected
        connection.execute("select codesearch.upsert_file('open', 'src/redirect.py', 'y = 2')")
        if place != "pg_temp":  # there the caller's own table stands in its own way
            index_pending(connection)
            connection.execute("select codesearch.refresh_lexical_index(1, true)")
        before = filled.value(count)
        connection.execute("select codesearch.delete_file('open', 'src/cookies.py')")
        asked = connection.execute(
            "select asked_by from codesearch.query_log order by query_id desc"
        ).fetchone()
        assert asked == (roles["writer"],)
    assert filled.value(count) == before - 1
    # The inverted index followed: BM25's counts are those of the chunks.
    counted = "select sum(chunk_count) from codesearch.lexical_statistic where level = 0"
    assert filled.value(counted) == before - 1


def test_definer_functions_have_a_fixed_path_that_ends_in_the_temporary_schema(database):
    rows = database.rows(
        "select p.proname, (select c from unnest(p.proconfig) c where c like 'search_path=%%') from pg_proc p"
        " where pronamespace = 'codesearch'::regnamespace and prosecdef"
    )
    assert len(rows) >= 5
    for name, path in rows:
        assert path is not None, name
        assert path.startswith("search_path=codesearch"), name
        assert path.endswith("pg_temp"), name


def test_an_owner_who_may_not_create_roles(server_url, database):
    """The owner of a database, no superuser, installs; where the roles are missing it is told what to run."""
    with temporary_roles(server_url, "") as (owner,), fresh_database(server_url, template=None) as target:
        target.rows("create extension vector")
        target.rows(f"grant create on database {_name(target)} to {owner}")
        url = with_dbname(target.url, _name(target), user=owner)
        schema.init(url)
        assert target.value(
            "select has_function_privilege('codesearch_reader', 'codesearch.tokenize(text)', 'execute')"
        )
        text = (sql_files.sql_directory() / "roles/create_roles.sql").read_text()
        with acting_as(target, owner) as connection:
            notices = []
            connection.add_notice_handler(lambda diag: notices.append((diag.severity, diag.message_hint)))
            connection.execute(text.replace("codesearch_", "absent_").encode())
        assert [severity for severity, _ in notices] == ["WARNING"] * 3
        assert "create role absent_reader nologin" in notices[0][1]
        target.rows(sql.SQL("drop owned by {} cascade").format(sql.Identifier(owner)))


def _name(database) -> str:
    return psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
