"""`init` where there is a schema already: by an owner without rights, after a dump without rows, beside searches."""

import os
import subprocess

import psycopg
import pytest
from psycopg import conninfo

from pgcodesearch.database import embedded, schema, sql_files
from pgcodesearch.database.errors import WrongEncoding
from pgcodesearch.operating.doctor import examine
from pgcodesearch.operating.installing import install
from support.catalog import catalog, differences
from support.databases import Database, administer, drop_database, fresh_database, with_dbname
from support.init_load import measure
from support.tenants import acting_as, fill_tenants, temporary_roles


@pytest.fixture(params=["embedded", "debian"])
def server(request):
    """URL of each server, and its programs."""
    if request.param == "embedded":
        return request.getfixturevalue("server_url"), embedded.program
    debian = request.getfixturevalue("debian_server")
    return debian.url, debian.program


@pytest.fixture
def owned(server):
    """An empty database that belongs to a role with no other right; the superuser has added pgvector."""
    url, _ = server
    name = f"owner_{os.getpid()}"
    administer(url, f"create role {name} login")
    administer(url, f"create database {name} owner {name}")
    made = Database(with_dbname(url, name))
    made.rows("create extension vector")
    yield Database(with_dbname(url, name, user=name))
    drop_database(url, name)
    administer(url, f"drop role {name}")


def test_an_owner_without_rights_again_and_again(owned):
    assert install(owned.url)["schema_change"] == "created"
    assert install(owned.url)["schema_change"] == "up to date"
    for _ in range(2):
        owned.rows("delete from codesearch.installation")  # as after an upgrade of the package
        assert install(owned.url)["schema_change"] == "up to date"
    owned.rows("select codesearch.upsert_file('demo', 'a.py', 'def redirect(): pass')")
    assert owned.value("select count(*) from codesearch.search('redirect')") == 0


def test_nothing_is_locked_where_nothing_differs(database):
    install(database.url)
    with database.connect(autocommit=False) as busy:
        busy.execute("lock table codesearch.source_file, codesearch.repository in access exclusive mode")
        assert (
            schema.init(conninfo.make_conninfo(database.url, options="-c lock_timeout=2s")).changed is False
        )


@pytest.mark.parametrize(
    "change",
    [
        "create or replace function codesearch.asking_role() returns name language sql as 'select session_user'",
        "update pg_proc set prosrc = 'select session_user::name' where oid = 'codesearch.asking_role()'::regprocedure",
        "drop view codesearch.failed_jobs",
        "drop trigger chunk_forget on codesearch.chunk",
        "revoke select on codesearch.chunk from codesearch_reader",
        "grant execute on function codesearch.run_maintenance() to public",
    ],
    ids=["function", "body of a function", "view", "trigger", "less rights", "more rights"],
)
def test_what_differs_is_mended(database, change):
    with database.connect() as connection:
        before = catalog(connection)
        connection.execute(change)
        assert schema.init(database.url).changed is True
        assert differences(before, catalog(connection)) == []


def test_a_new_model_is_no_difference(database):
    database.rows("select codesearch.add_model('tiny', 4, 16, '{}')")
    assert schema.init(database.url).changed is False


def _restored(source: Database, target: Database, program, dump: list[str], restore: list[str]) -> None:
    with subprocess.Popen(
        [program("pg_dump"), "-Fc", "-d", source.url, *dump], stdout=subprocess.PIPE
    ) as dumping:
        done = subprocess.run(
            [program("pg_restore"), "-d", target.url, *restore],
            stdin=dumping.stdout, capture_output=True, text=True,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def source(server):
    with fresh_database(server[0]) as made:
        with made.connect() as connection:
            fill_tenants(connection)
            connection.execute("select codesearch.enable_row_level_security()")
        yield made


def test_after_a_dump_without_rows(server, source):
    url, program = server
    with fresh_database(url, template=None) as target:
        _restored(source, target, program, ["--schema-only"], ["--exit-on-error"])
        report = install(target.url)
        assert report["schema_revision"] == schema.head_revision()
        assert report["model"]
        with target.connect() as connection:
            schema.check_compatible(connection)
            fill_tenants_again(connection)
        assert target.value("select relrowsecurity from pg_class where oid = 'codesearch.chunk'::regclass")
        assert target.value("select count(*) from codesearch.row_level_security") == 1
        assert install(target.url)["schema_change"] == "up to date"


def fill_tenants_again(connection) -> None:
    """Files are stored, indexed and found."""
    from support.tenants import index_pending

    connection.execute("delete from codesearch.model_version")
    connection.execute("select codesearch.add_model('tiny', 4, 16, '{}')")
    connection.execute("select codesearch.upsert_file('new', 'a.py', 'def redirect(): pass')")
    index_pending(connection)
    assert connection.execute("select path from codesearch.search('redirect')").fetchall() == [("a.py",)]


def test_a_restore_without_rights_is_mended(server, source):
    url, program = server
    with fresh_database(url, template=None) as target, temporary_roles(url, "codesearch_reader") as (name,):
        _restored(source, target, program, [], ["--exit-on-error", "--no-privileges"])
        target.rows("select codesearch.grant_repository('open', %s)", (name,))
        with acting_as(target, name) as reader:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("select * from codesearch.search('redirects')")
            install(target.url)
            assert reader.execute("select distinct repository from codesearch.search('redirects')").fetchall() == [
                ("open",)
            ]  # fmt: skip


def test_a_restore_under_another_owner(server, source, owned):
    _, program = server
    superuser = Database(with_dbname(server[0], owned.url.split("dbname=")[1].split()[0]))
    role = owned.value("select current_user")
    # pgvector is there already, and belongs to the superuser.
    _restored(source, superuser, program, ["-n", "codesearch"], ["--no-owner", f"--role={role}"])
    assert install(owned.url)["schema_change"] == "up to date"
    assert owned.rows("select distinct repository from codesearch.search('redirects') order by 1") == [
        ("open",),
        ("zanzibar-vault",),
    ]
    owners = (
        "select distinct proowner::regrole::text from pg_proc where pronamespace = 'codesearch'::regnamespace"
    )
    assert owned.rows(owners) == [(role,)]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_another_encoding_is_refused(server_url, encoding):
    name = f"encoded_{os.getpid()}"
    administer(server_url, f"create database {name} encoding '{encoding}' locale 'C' template template0")
    try:
        database = Database(with_dbname(server_url, name))
        with pytest.raises(WrongEncoding, match=encoding) as caught:
            install(database.url)
        assert "encoding 'UTF8'" in caught.value.hint
        assert database.value("select count(*) from pg_namespace where nspname = 'codesearch'") == 0
        for file in (sql_files.sql_directory() / "checks").glob("*.sql"):
            with pytest.raises(psycopg.Error, match=encoding) as refused:
                database.rows(file.read_text())
            assert refused.value.sqlstate == "CS015"
        found = {finding.check: finding for finding in examine(database.url)}["encoding"]
        assert not found.ok
        assert encoding in found.found
    finally:
        drop_database(server_url, name)


@pytest.mark.heavy
@pytest.mark.parametrize("replace", [False, True], ids=["the same", "all anew"])
def test_beside_searchers_and_writers_under_row_level_security(database, replace):
    with temporary_roles(database.url, "codesearch_reader", "codesearch_writer") as (reader, writer):
        with database.connect() as connection:
            fill_tenants(connection)
            for name in (reader, writer):
                connection.execute("select codesearch.grant_repository('open', %s)", (name,))
            connection.execute("select codesearch.enable_row_level_security()")
        load = measure(database, [reader], writer, 12, pause=2, replace=replace)
    assert load.errors == {}
    assert (load.deadlocks, load.empty_answers) == (0, 0)
    assert min(load.inits, load.searches, load.writes) > 0
