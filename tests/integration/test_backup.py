"""Backups of a filled database with tenants: what comes back answers as before, to each of its roles."""

import os
import shutil
import subprocess

import pytest

from pgcodesearch.database import schema
from pgcodesearch.database.embedded_user import ServerUser
from support.databases import Database, create_database, fresh_database, with_dbname
from support.servers import DebianServer, temporary_home
from support.tenants import acting_as, fill_tenants, temporary_roles

_SEARCH = (
    "select repository, path, score, lexical_rank, vector_rank"
    " from codesearch.search('redirects cookie', query_embedding => '[1,2,3,1]', log => false)"
)


def _fill(database: Database, role: str) -> None:
    with database.connect() as connection:
        fill_tenants(connection)
    database.rows("select codesearch.ensure_vector_index(1)")
    database.rows("select codesearch.enable_row_level_security()")
    database.rows("select codesearch.grant_repository('open', %s)", (role,))


def _answers(database: Database, role: str) -> tuple[list, list]:
    """What the owner and what the tenant finds."""
    with acting_as(database, role) as connection:
        return database.rows(_SEARCH), connection.execute(_SEARCH).fetchall()


@pytest.mark.parametrize("managed_by", ["migrations", "extension"])
def test_dump_and_restore_keep_tenants_apart(debian_server, managed_by):
    with (
        temporary_roles(debian_server.url, "codesearch_reader") as (role,),
        fresh_database(debian_server.url, template=None) as source,
        fresh_database(debian_server.url, template=None) as target,
    ):
        if managed_by == "extension":
            source.rows("create extension pgcodesearch cascade")
        else:
            schema.init(source.url)
        _fill(source, role)
        before = _answers(source, role)
        assert 0 < len(before[1]) < len(before[0])
        dump = subprocess.run(
            [debian_server.program("pg_dump"), "-Fc", "-d", source.url], capture_output=True, check=True
        )
        restore = [debian_server.program("pg_restore"), "--exit-on-error", "-d", target.url]
        subprocess.run(restore, input=dump.stdout, check=True)
        assert _answers(target, role) == before
        schema.init(target.url)
        assert _answers(target, role) == before
        source.rows("delete from codesearch.repository_access")


def test_restore_where_the_roles_are_missing(debian_server):
    """On another server the roles don't exist: restored without rights, init gives them again."""
    other = DebianServer(temporary_home("pgcs-other-"))
    with temporary_roles(debian_server.url, "codesearch_reader") as (role,):
        with fresh_database(debian_server.url) as source:
            _fill(source, role)
            found = source.rows(_SEARCH)
            dump = subprocess.run(
                [debian_server.program("pg_dump"), "-d", source.url, "--no-privileges"],
                capture_output=True,
                check=True,
            ).stdout
            source.rows("delete from codesearch.repository_access")
        try:
            other.create()
            other.start()
            target = Database(create_database(other.url, "restored"))
            restore = [other.program("psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-d", target.url]
            # Policies name one role; created first, as docs/operations.md says.
            subprocess.run([*restore, "-c", "create role codesearch_admin nologin"], check=True)
            subprocess.run(restore, input=dump, check=True)
            schema.init(target.url)
            target.rows(f"create role {role} login in role codesearch_reader")
            assert target.rows(_SEARCH) == found
            with acting_as(target, role) as connection:
                rows = connection.execute("select distinct repository from codesearch.search('redirects')")
                assert rows.fetchall() == [("open",)]
        finally:
            other.destroy()


@pytest.fixture
def archiving_server():
    server = DebianServer(temporary_home("pgcs-archive-"))
    server.create()
    _own(server, server.home / "archive")
    with (server.data / "postgresql.conf").open("a") as config:
        config.write("archive_mode = on\narchive_timeout = 0\n")
        config.write(f"archive_command = 'cp %p {server.home}/archive/%f'\n")
    server.start()
    yield server
    server.destroy()


@pytest.fixture
def restored_server():
    server = DebianServer(temporary_home("pgcs-restored-"))
    yield server
    server.destroy()


def _own(server: DebianServer, folder) -> ServerUser:
    user = server._user()
    user.let_in(server.home)
    user.own_directory(folder)
    return user


def test_base_backup_and_replay_to_a_point_in_time(archiving_server, restored_server):
    database = Database(create_database(archiving_server.url, "filled"))
    schema.init(database.url)
    role = "backup_tenant"
    database.rows(f"create role {role} login in role codesearch_reader")
    user = _own(restored_server, restored_server.data)
    _own(restored_server, restored_server.home / "run")
    user.own_file(restored_server.home / "log")
    command = [
        archiving_server.program("pg_basebackup"),
        "-D",
        str(restored_server.data),
        "-c",
        "fast",
        "-X",
        "none",
    ]
    user.run([*command, "-d", archiving_server.url], cwd=restored_server.home)
    # All of the data are written after the base backup: they come from the archive alone.
    _fill(database, role)
    before = _answers(database, role)
    moment = database.value("select clock_timestamp()::text")
    database.rows("select pg_sleep(0.05)")
    database.rows("delete from codesearch.repository")
    database.rows("select pg_switch_wal()")
    archiving_server.stop()

    with (restored_server.data / "postgresql.conf").open("a") as config:
        config.write(f"restore_command = 'cp {archiving_server.home}/archive/%f %p'\n")
        config.write(
            f"recovery_target_time = '{moment}'\nrecovery_target_action = 'promote'\narchive_mode = off\n"
        )
        config.write(f"unix_socket_directories = '{restored_server.home}/run'\n")
    signal = restored_server.data / "recovery.signal"
    signal.touch()
    if os.geteuid() == 0:
        shutil.chown(signal, restored_server.data.owner(), restored_server.data.group())
    restored_server.start()
    back = Database(with_dbname(restored_server.url, "filled"))
    assert _answers(back, role) == before
    assert back.value("select count(*) from codesearch.repository") == 2
    for _ in range(100):  # read-only until the promotion is through
        if not back.value("select pg_is_in_recovery()"):
            break
        back.rows("select pg_sleep(0.1)")
    assert back.rows("select * from codesearch.run_maintenance()")
