"""`init`: creates the schema, may be repeated and run at once, and refuses what it does not fit."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pgcodesearch.database import schema, sql_files
from pgcodesearch.database.errors import NotInitialized, SchemaTooNew, SchemaTooOld
from pgcodesearch.operating.installing import install
from support.catalog import catalog, differences


def test_creates_the_schema_and_the_model(empty_database):
    report = install(empty_database.url)
    assert report["schema_change"] == "created"
    assert report["schema_revision"] == schema.head_revision()
    assert report["model"]
    assert empty_database.rows("select name from codesearch.model_version where status = 'active'") == [
        (report["model"],)
    ]
    assert empty_database.value("select count(*) from pg_extension where extname = 'vector'") == 1


def test_repeating_changes_nothing(empty_database):
    install(empty_database.url)
    with empty_database.connect() as connection:
        before = catalog(connection)
    empty_database.rows("insert into codesearch.repository (name) values ('kept')")
    report = install(empty_database.url)
    assert report["schema_change"] == "up to date"
    with empty_database.connect() as connection:
        assert differences(before, catalog(connection)) == []
    assert empty_database.rows("select name from codesearch.repository") == [("kept",)]
    assert empty_database.value("select count(*) from codesearch.model_version") == 1


def test_at_once_from_many_processes(empty_database):
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(schema.init, [empty_database.url] * 6))
    assert [result.revision for result in results] == [schema.head_revision()] * 6
    assert sum(result.previous_revision is None for result in results) == 1


def test_failure_leaves_nothing_behind(empty_database, monkeypatch):
    """The revision and all replaceable files are one transaction."""
    text = sql_files.SqlFile.text
    last = sql_files.manifest()[-1]
    monkeypatch.setattr(
        sql_files.SqlFile, "text", lambda file: "select\n\n 1/0" if file == last else text(file)
    )
    with pytest.raises(Exception, match=f"{last.path}.*division by zero"):
        schema.init(empty_database.url)
    assert empty_database.value("select count(*) from pg_namespace where nspname = 'codesearch'") == 0


def test_newer_database_is_refused_untouched(database):
    database.rows("update codesearch.alembic_version set version_num = '9999'")
    with database.connect() as connection:
        before = catalog(connection)
    with pytest.raises(SchemaTooNew, match="9999") as caught:
        schema.init(database.url)
    assert "upgrade the pgcodesearch package" in caught.value.hint
    with database.connect() as connection:
        assert differences(before, catalog(connection)) == []
        with pytest.raises(SchemaTooNew):
            schema.check_compatible(connection)


def test_worker_check_names_the_mend(database, empty_database, monkeypatch):
    with empty_database.connect() as connection, pytest.raises(NotInitialized, match="no codesearch schema"):
        schema.check_compatible(connection)
    monkeypatch.setattr(schema, "known_revisions", lambda: {schema.head_revision(), "0000"})
    database.rows("update codesearch.alembic_version set version_num = '0000'")
    with database.connect() as connection, pytest.raises(SchemaTooOld) as caught:
        schema.check_compatible(connection)
    assert "pgcodesearch init" in caught.value.hint


def test_vector_in_a_schema_of_its_own(empty_database):
    """pgvector may live anywhere: functions and later connections must find it."""
    empty_database.rows("create schema extensions")
    empty_database.rows("create extension vector schema extensions")
    assert schema.init(empty_database.url).previous_revision is None
    with psycopg.connect(empty_database.url) as connection:
        paths = connection.execute(
            "select distinct unnest(proconfig) from pg_proc where pronamespace = 'codesearch'::regnamespace"
        ).fetchall()
    pinned = [path for (path,) in paths if path.startswith("search_path=")]
    assert pinned
    assert all("extensions" in path for path in pinned)


def test_function_bodies_are_valid(database):
    """Loading does not check bodies, so that order does not matter; here each is created again with the check on."""
    with database.connect(autocommit=False) as connection:
        connection.execute("set local search_path = codesearch, public, pg_temp")
        connection.execute("set local check_function_bodies = on")
        for file in sql_files.replaceable_files():
            if file.section in ("functions", "triggers"):
                connection.execute(file.text().encode())
        connection.rollback()
