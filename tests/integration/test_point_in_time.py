"""Base backup and WAL replay: a filled database comes back as it was just before an accident."""

import os
import shutil

import pytest

from pgcodesearch.database import embedded, schema
from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.database.embedded_user import ServerUser, server_user
from support.catalog import catalog, differences
from support.databases import Database
from support.filling import contents, fill
from support.servers import temporary_home


@pytest.fixture
def archiving_server():
    """A server that copies every finished WAL file into ``home/archive``."""
    server = EmbeddedServer(temporary_home("pgcs-pitr-"))
    server.ensure_running()
    _folder(server.home / "archive")
    database = Database(server.url)
    database.rows("alter system set archive_mode = on")
    database.rows(f"alter system set archive_command = 'cp %p {server.home}/archive/%f'")
    server.stop()
    server.ensure_running()
    yield server
    server.stop("immediate")
    shutil.rmtree(server.home)


@pytest.fixture
def restored_server():
    server = EmbeddedServer(temporary_home("pgcs-back-"))
    yield server
    server.stop("immediate")
    shutil.rmtree(server.home)


def _folder(path) -> ServerUser:
    user = server_user()
    user.own_directory(path)
    return user


def _base_backup(source: EmbeddedServer, target: EmbeddedServer) -> None:
    user = _folder(target.data)
    command = [embedded.program("pg_basebackup"), "-D", str(target.data), "-c", "fast", "-X", "none"]
    user.run([*command, "-d", source.url], cwd=target.home)


def _recover_to(target: EmbeddedServer, archive, name: str) -> None:
    with (target.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\n")
        settings.write(f"recovery_target_name = '{name}'\nrecovery_target_action = 'promote'\n")
        settings.write("archive_mode = off\n")
    signal = target.data / "recovery.signal"
    signal.touch()
    if os.geteuid() == 0:
        shutil.chown(signal, target.data.owner(), target.data.group())


def _state(database: Database):
    with database.connect() as connection:
        return contents(connection), catalog(connection)


def test_restored_to_just_before_the_accident(archiving_server, restored_server):
    database = Database(archiving_server.url)
    schema.init(database.url)
    _base_backup(archiving_server, restored_server)
    with database.connect() as connection:
        fill(connection)
    rows, objects = _state(database)
    database.rows("select pg_create_restore_point('before the accident')")
    database.rows("delete from codesearch.repository")
    database.rows("drop function codesearch.search")
    database.rows("select pg_switch_wal()")
    archiving_server.stop()

    _recover_to(restored_server, archiving_server.home / "archive", "before the accident")
    restored_server.ensure_running()
    back = Database(restored_server.url)
    rows_back, objects_back = _state(back)
    # A sequence logs up to 32 values ahead, so replay may leave gaps in the numbers, never repeats.
    assert {**rows_back, "sequences": None} == {**rows, "sequences": None}
    assert differences(objects, objects_back) == []
    assert (
        back.value("select path from codesearch.search('follow redirects', mode => 'lexical')")
        == "src/redirect.py"
    )
