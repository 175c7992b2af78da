"""What happens when things break: a full disk, a cut connection, a lock that is not let go, a restart, wrong clocks.

Clocks: tests/integration/test_maintenance.py. Killed workers and servers: tests/integration/test_kill.py.
"""

import itertools
import os
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest

from pgcodesearch.database import schema
from pgcodesearch.database.embedded_user import ServerUser
from pgcodesearch.database.errors import translate
from pgcodesearch.indexing.worker import Worker
from support.databases import Database, create_database
from support.servers import DebianServer, missing_debian_parts, temporary_home
from support.tenants import fill_tenants, index_pending

_SEARCH = "select repository, path, score from codesearch.search('redirects cookie', query_embedding => '[1,2,3,1]')"
_COUNTS = (
    "select (select count(*) from codesearch.source_file), (select count(*) from codesearch.chunk),"
    " (select coalesce(sum(chunk_count), 0) from codesearch.lexical_statistic where level = 0),"
    " (select count(*) from codesearch.index_job)"
)


@pytest.fixture
def filled(database):
    with database.connect() as connection:
        fill_tenants(connection)
    return database


@contextmanager
def _small_disk(megabytes: int):
    """A tmpfs of this size; skipped where this user may not mount."""
    home = temporary_home("pgcs-disk-")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(home)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        shutil.rmtree(home)
        pytest.skip(f"a small disk needs a mount: {mounted.stderr.strip()}")
    try:
        yield home
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)
        shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs a mount, which needs root")
def test_disk_full(debian_server, tmp_path):
    """The tables' disk fills up: the write fails as a whole and says why, searches go on, and with room it goes on."""
    with _small_disk(40) as disk:
        user = ServerUser(debian_server._user().entry)
        user.own_directory(disk / "space")
        admin = Database(debian_server.url)
        admin.rows(f"create tablespace small_disk location '{disk}/space'")
        try:
            admin.rows("create database on_small_disk tablespace small_disk")
            database = Database(create_url(debian_server, "on_small_disk"))
            schema.init(database.url)
            with database.connect() as connection:
                fill_tenants(connection)
            found = database.rows(_SEARCH)
            before = database.rows(_COUNTS)
            error = _write_until_full(database, disk)
            assert error.sqlstate == "53100"
            assert "disk space" in translate(error).hint
            assert (
                database.rows(
                    _SEARCH.replace("mbedding => '[1,2,3,1]'", "mbedding => '[1,2,3,1]', log => false")
                )
                == found
            )
            (disk / "space" / "ballast").unlink()
            # Each file that was stored has its job and its place; of the one that failed there is nothing.
            files, chunks, counted, jobs = database.rows(_COUNTS)[0]
            assert (files - before[0][0], chunks, counted) == (database.value(_KEPT), *before[0][1:3])
            assert jobs == len(owed(database))
            with database.connect() as connection:
                index_pending(connection)
            assert database.value("select count(*) from codesearch.index_job") == 0
            assert database.rows("select * from codesearch.search('plenty_of_words')")
        finally:
            admin.rows("drop database if exists on_small_disk with (force)")
            admin.rows("drop tablespace small_disk")


_BIG = (
    "select codesearch.upsert_file('open', 'big' || %s || '.py', 'def plenty_of_words(): '"
    " || (select string_agg(md5(random()::text), ' ') from generate_series(1, 2000)))"
)
_KEPT = "select count(*) from codesearch.source_file where path like 'big%'"


def owed(database: Database) -> list[str]:
    """Files whose chunks are owed."""
    query = "select path from codesearch.repository_file where not is_indexed"
    return [path for (path,) in database.rows(query)]


def create_url(server: DebianServer, name: str) -> str:
    return psycopg.conninfo.make_conninfo(server.url, dbname=name)


def _write_until_full(database: Database, disk) -> psycopg.Error:
    """Leave a megabyte free, then store files until the server can't."""
    free = shutil.disk_usage(disk).free - 1_000_000
    with (disk / "space" / "ballast").open("wb") as ballast:
        ballast.write(b"x" * free)
    with database.connect() as connection:
        for number in range(200):
            try:
                connection.execute(_BIG, (number,))
            except psycopg.Error as error:
                return error
    raise AssertionError("the disk did not fill up")


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs a mount, which needs root")
def test_wal_disk_full():
    """The WAL's disk fills up: the server stops, and with room it starts again with all that was committed."""
    server = DebianServer(temporary_home("pgcs-wal-"))
    if missing_debian_parts():
        pytest.skip("docker/install-server.sh was not run")
    try:
        server.create()
        server.start()
        database = Database(create_database(server.url, "short_of_wal"))
        schema.init(database.url)
        with database.connect() as connection:
            fill_tenants(connection)
        found = database.rows(_SEARCH)
        before = database.rows(_COUNTS)[0]
        server.stop()
        with _small_disk(48) as disk:
            _move_wal(server, disk / "wal")
            server.start()
            with pytest.raises(psycopg.Error):
                _store_files_for_ever(database)
            _wait_until_stopped(server)
            assert "No space left on device" in server.log_tail()
            _move_wal(server, server.home / "wal")
            server.start()
            files, chunks, counted, jobs = database.rows(_COUNTS)[0]
            assert (chunks, counted) == before[1:3]
            assert files - before[0] == jobs - before[3] == database.value(_KEPT) > 0
            assert database.rows(_SEARCH) == found
    finally:
        server.destroy()


def _store_files_for_ever(database: Database) -> None:
    with database.connect() as connection:
        for number in itertools.count():
            connection.execute(_BIG, (number,))


def _wait_until_stopped(server: DebianServer) -> None:
    for _ in range(600):
        if not (server.data / "postmaster.pid").exists():
            return
        time.sleep(0.1)
    raise AssertionError("the server still runs")


def _move_wal(server: DebianServer, target) -> None:
    """Put pg_wal on another disk, by a link, as initdb --waldir does."""
    link = server.data / "pg_wal"
    shutil.copytree(link.resolve(), target)
    if os.geteuid() == 0:
        subprocess.run(
            ["chown", "-R", f"{server.data.owner()}:{server.data.group()}", str(target)], check=True
        )
    target.chmod(0o700)
    if link.is_symlink():
        link.unlink()
    else:
        shutil.rmtree(link)
    link.symlink_to(target)


def test_connection_cut_while_copying(filled):
    """A client dies in the middle of COPY and in the middle of a transaction: none of it is there, nothing hangs."""
    before = filled.rows(_COUNTS)
    connection = filled.connect(autocommit=False)
    connection.execute("select codesearch.upsert_file('open', 'lost.py', 'x = 1')")
    cursor = connection.cursor()
    copying = cursor.copy("copy codesearch.skipped_file (repository_id, path, reason) from stdin")
    copy = copying.__enter__()
    for number in range(10_000):
        copy.write_row((1, f"lost{number}.bin", "binary"))
    backend = connection.info.backend_pid
    connection.pgconn.finish()  # the socket closes, and no word is said
    _wait_until_gone(filled, backend)
    assert filled.rows(_COUNTS) == before
    assert filled.value("select count(*) from codesearch.skipped_file where path like 'lost%'") == 0
    filled.rows("select codesearch.upsert_file('open', 'lost.py', 'x = 1')")


def _wait_until_gone(database: Database, backend: int) -> None:
    for _ in range(200):
        if not database.value("select count(*) from pg_stat_activity where pid = %s", (backend,)):
            return
        database.rows("select pg_sleep(0.05)")
    raise AssertionError("the backend of a dead client is still there")


def test_lock_timeout(filled):
    """Somebody holds a file's row: a writer with lock_timeout fails whole, a worker leaves that file for later."""
    filled.rows("select codesearch.upsert_file('open', 'src/redirect.py', 'y = 2')")
    before = filled.rows(_COUNTS)
    with filled.connect(autocommit=False) as holder, filled.connect() as writer:
        holder.execute("select * from codesearch.source_file where path = 'src/redirect.py' for update")
        writer.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable) as error:
            writer.execute("select codesearch.upsert_file('open', 'src/redirect.py', 'z = 3')")
        assert "run the command again" in translate(error.value).hint
        assert filled.rows(_SEARCH)
        assert filled.rows(_COUNTS) == before
        with filled.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",), name="w").run_once()
        assert "src/redirect.py" in owed(filled)
        holder.rollback()
        writer.execute("select codesearch.upsert_file('open', 'src/redirect.py', 'z = 3')")
    with filled.connect() as connection:
        index_pending(connection)
    assert filled.value("select count(*) from codesearch.chunk where content like 'z = 3%%'") == 1


def test_searches_go_on_while_the_index_is_locked_for_writing(filled):
    """Folding the inverted index locks writers out, and no search."""
    with filled.connect(autocommit=False) as folding, filled.connect() as reader:
        folding.execute("select codesearch.refresh_lexical_index(1, true)")
        reader.execute("set lock_timeout = '100ms'")
        assert reader.execute(_SEARCH).fetchall()


def test_restart_in_the_middle_of_a_search():
    """The server restarts while searches run: they fail with a connection error, and the next connection answers."""
    server = DebianServer(temporary_home("pgcs-restart-"))
    if missing_debian_parts():
        pytest.skip("docker/install-server.sh was not run")
    try:
        server.create()
        server.start()
        database = Database(create_database(server.url, "restarted"))
        schema.init(database.url)
        with database.connect() as connection:
            fill_tenants(connection)
        before = database.rows(_SEARCH)
        counts = database.rows(_COUNTS)
        errors: list[Exception] = []
        answered = threading.Event()
        searchers = [
            threading.Thread(target=_search_until_cut, args=(database, answered, errors)) for _ in range(4)
        ]
        for searcher in searchers:
            searcher.start()
        assert answered.wait(60)
        server.stop("immediate")
        for searcher in searchers:
            searcher.join(60)
        assert len(errors) == 4
        assert all(isinstance(error, psycopg.OperationalError) for error in errors), errors
        server.start()
        assert database.rows(_SEARCH) == before
        assert database.rows(_COUNTS) == counts
    finally:
        server.destroy()


def _search_until_cut(database: Database, answered: threading.Event, errors: list[Exception]) -> None:
    try:
        with database.connect() as connection:
            while True:
                connection.execute(_SEARCH).fetchall()
                answered.set()
    except Exception as error:
        errors.append(error)
