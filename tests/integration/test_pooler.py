"""Behind a pooler in transaction mode: no statement may count on the session of the one before."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from pgcodesearch.home import HOME_VARIABLE
from pgcodesearch.operating.installing import install
from pgcodesearch.searching import Client
from support.databases import Database
from support.indexing import chunk_all, upsert
from support.servers import temporary_home
from support.workers import running, wait_until

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
PORT = 6432


@pytest.fixture
def pooled(debian_database) -> Iterator[Database]:
    """The Debian database through pgbouncer, two server connections for all clients."""
    if PGBOUNCER is None:
        reason = "docker/install-server.sh --with-test-tools was not run: missing pgbouncer"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server = conninfo.conninfo_to_dict(debian_database.url)
    home = temporary_home("pgcs-pool-")
    (home / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={server['host']} port={server['port']} user=postgres\n"
        f"[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {home}\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 2\nlogfile =\npidfile =\n"
    )
    user = pwd.getpwnam("postgres")
    os.chown(home, user.pw_uid, user.pw_gid)
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [PGBOUNCER, str(home / "pgbouncer.ini")],
            stdout=log,
            stderr=log,
            user=user.pw_uid,
            group=user.pw_gid,
        )
    try:
        database = Database(f"host={home} port={PORT} user=postgres dbname={server['dbname']}")
        wait_until(lambda: _answers(database.url), f"pgbouncer: {(home / 'log').read_text()}")
        yield database
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_worker_and_searches_behind_a_transaction_pooler(pooled, debian_database, tmp_path: Path):
    install(debian_database.url)
    with running("worker", "--database", pooled.url, "--processes", "2", "--poll", "0.2") as worker:
        with pooled.connect() as connection:
            for number in range(12):
                upsert(
                    connection, f"src/f{number}.py", f"def handle_{number}(request):\n    return {number}\n"
                )
        idle = "select count(*) = 0 from codesearch.index_job"
        wait_until(lambda: debian_database.value(idle), "all files and vectors", command=worker)
        with Client(pooled.url) as client:
            for number in range(12):
                assert client.search(f"handle_{number}")[0].symbol == f"handle_{number}"
        with pooled.connect() as connection:
            connection.execute(
                "update codesearch.source_file set content = 'def renamed_late(): pass' where path = 'src/f3.py'"
            )
        found = "select symbol = 'renamed_late' from codesearch.search('renamed_late', 1, mode => 'lexical')"
        wait_until(lambda: pooled.rows(found) == [(True,)], "the change", command=worker)
        assert worker.stop() == 0, worker.output


def test_reads_through_a_pooler_give_their_log_to_the_client(
    pooled, debian_database, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    install(debian_database.url)
    upsert_and_index(debian_database)
    url, read_url = (f"{pooled.url} target_session_attrs={one}" for one in ("read-write", "prefer-standby"))
    with Client(url, read_url=read_url) as client:
        ids = [client.search("follow redirects")[0].query_id for _ in range(3)]
    rows = debian_database.rows("select provisional_id from codesearch.query_log order by query_id")
    assert [one for (one,) in rows] == ids
    # The next one of the same session is logged as ever.
    with pooled.connect() as connection:
        for _ in range(4):
            connection.execute("select * from codesearch.search('follow redirects')")
    assert (
        debian_database.value("select count(*) from codesearch.query_log where provisional_id is null") == 4
    )


def upsert_and_index(database: Database) -> None:
    with database.connect() as connection:
        upsert(connection, "src/a.py", "def follow_redirects(response):\n    return response.next\n")
    chunk_all(database)
