"""The embedded server: created, found, killed, restarted, by one process or by many."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from pgcodesearch.database import connect, embedded
from pgcodesearch.database.embedded import EmbeddedServer
from support.servers import temporary_home


@pytest.fixture
def server():
    home = temporary_home("pgcs-own-")
    made = EmbeddedServer(home)
    yield made
    made.stop("immediate")
    shutil.rmtree(home, ignore_errors=True)


def _postmaster(server: EmbeddedServer) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def _kill_postmaster(server: EmbeddedServer) -> None:
    process = psutil.Process(_postmaster(server))
    process.kill()
    psutil.wait_procs([process], timeout=10)


def _value(url: str, query: str):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def test_settings_and_locale(embedded_server):
    url = embedded_server.url
    assert _value(url, "show server_version_num").startswith("18")
    assert _value(url, "show listen_addresses") == ""
    assert _value(url, "show jit") == "off"
    assert (
        int(_value(url, "select setting from pg_settings where name = 'shared_buffers'")) * 8192 >= 64 << 20
    )
    assert _value(url, "select lower('ÄÖÜÇΣ')") == "äöüçσ"
    assert _value(url, "select count(*) from pg_available_extensions where name = 'vector'") == 1


def test_only_the_owner_enters(embedded_server):
    assert embedded_server.data.stat().st_mode & 0o777 == 0o700
    assert embedded_server.socket_directory.stat().st_mode & 0o077 == 0


def test_many_processes_start_one_server(server):
    program = (
        "from pgcodesearch.database import connect\n"
        "with connect() as c: print(c.execute('select pg_postmaster_start_time()').fetchone()[0])"
    )
    environment = {**os.environ, "PGCODESEARCH_HOME": str(server.home)}
    starters = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = [starter.communicate()[0] for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 6
    assert len(set(answers)) == 1


def test_committed_rows_survive_kill_of_the_postmaster(server):
    url = server.ensure_running()
    _execute(url, "create table kept as select 1 as n")
    _kill_postmaster(server)
    assert _value(server.ensure_running(), "select n from kept") == 1


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_busy_backend_that_outlives_the_postmaster_is_waited_for(server):
    url = server.ensure_running()
    busy = subprocess.Popen(
        [embedded.program("psql"), url, "-qc", "select count(*) from generate_series(1, 12000000) a"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(0.3)
    _kill_postmaster(server)
    assert _value(server.ensure_running(), "select 1") == 1
    busy.wait(30)


def test_stale_pid_of_another_program(server):
    """After a reboot postmaster.pid can name a process that is not PostgreSQL."""
    server.ensure_running()
    server.stop("immediate")
    other = subprocess.Popen(["sleep", "60"])
    try:
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(
            f"{other.pid}\n{server.data}\n1\n5432\n{server.socket_directory}\n\n  1 1\nready   \n"
        )
        if os.geteuid() == 0:
            shutil.chown(pid_file, server.data.owner(), server.data.group())
        assert _value(server.ensure_running(), "select 1") == 1
    finally:
        other.kill()
        other.wait()


def test_lost_socket_is_made_again(server):
    server.ensure_running()
    for path in server.socket_directory.iterdir():
        path.unlink()
    assert _value(server.ensure_running(), "select 1") == 1


def test_killed_initialisation_is_begun_again(server):
    half = server.home / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    assert _value(server.ensure_running(), "select 1") == 1


def test_home_with_a_long_awkward_name():
    base = temporary_home("pgcs-long-")
    server = EmbeddedServer(base / ("x" * 90) / "it's a home, 100% ünïcode")
    try:
        assert len(str(server.home)) > 107
        assert _value(server.ensure_running(), "select 1") == 1
        assert server.is_ready()
        server.stop()
        assert not server.is_ready()
        assert _value(server.ensure_running(), "select 2") == 2
    finally:
        server.stop("immediate")
        shutil.rmtree(base)
        if server.socket_directory.parent == Path("/tmp"):
            shutil.rmtree(server.socket_directory)


def test_stop_says_whether_it_ran(server):
    assert server.stop() is False
    server.ensure_running()
    assert server.stop() is True
    assert server.stop() is False


def test_default_connection_is_the_embedded_server(embedded_server):
    with connect() as connection:
        assert connection.info.host == str(embedded_server.socket_directory)
        assert connection.execute("show application_name").fetchone()[0] == "pgcodesearch"


def test_no_tcp_port_is_opened(server):
    server.ensure_running()
    with socket.socket() as probe:
        probe.settimeout(1)
        listening = probe.connect_ex(("127.0.0.1", 5432)) == 0
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    assert lines[5].strip() == ""
    if not listening:
        return
    # Something else on this machine has that port; it is not this server.
    assert _value(server.url, "show listen_addresses") == ""
