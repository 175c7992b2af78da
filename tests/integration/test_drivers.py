"""The examples in docs/clients, each with its own driver: a question in words, answered by meaning, and feedback.

A driver that is not installed here is skipped: Debian has golang-go with golang-github-lib-pq-dev, and
libpostgresql-jdbc-java for a JDK; node-postgres is fetched with npm.
"""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from pgcodesearch.database.embedded_programs import program_directory
from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from support.databases import Database, create_database
from support.servers import PrivateServer, temporary_home

_CLIENTS = Path(__file__).resolve().parents[2] / "docs" / "clients"
_JDBC = Path("/usr/share/java/postgresql.jar")
_GO_PACKAGES = Path("/usr/share/gocode")
_QUESTION = "hexadecimal digits to number"


class _LoopbackServer(PrivateServer):
    """Not every driver knows unix sockets."""

    port = 0

    def settings(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        lines = [line for line in super().settings() if not line.startswith(("listen_addresses", "port"))]
        return [*lines, "listen_addresses = '127.0.0.1'", f"port = {self.port}"]

    @property
    def url(self):
        return f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"


@pytest.fixture(scope="module")
def asked():
    """A database that listens on 127.0.0.1, its host and port, with two files and their vectors."""
    server = _LoopbackServer(temporary_home("pgcs-drivers-"), program_directory())
    server.create()
    server.start()
    try:
        url = create_database(server.url, "drivers")
        install(url)
        database = Database(url)
        database.rows(
            "select codesearch.upsert_file('demo', 'b.py', %s)",
            ("def parse_colour(text):\n    return int(text[1:], 16)\n",),
        )
        database.rows(
            "select codesearch.upsert_file('demo', 'a.py', %s)",
            ("def follow(response):\n    return send(response.next)\n",),
        )
        with database.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        yield database, f"127.0.0.1:{server.port}/drivers"
    finally:
        server.destroy()


def _check(database, command, cwd, **environment):
    database.rows("delete from codesearch.query_feedback")
    database.rows("delete from codesearch.result_cache")
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "b.py:1 parse_colour", done.stdout
    assert database.rows(
        "select f.signal, f.rank, l.query, l.encoder"
        " from codesearch.query_feedback f join codesearch.query_log l using (query_id)"
    ) == [("click", 1, _QUESTION, "table")]


def test_psql(asked, tmp_path):
    database, place = asked
    command = [
        str(program_directory() / "psql"),
        "-XqAt",
        "-v",
        f"question={_QUESTION}",
        "-v",
        "ON_ERROR_STOP=1",
    ]
    _check(database, [*command, "-f", str(_CLIENTS / "search.sql"), f"postgres://postgres@{place}"], tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("go") or not _GO_PACKAGES.is_dir(), reason="Go with lib/pq is not installed"
)
def test_go(asked, tmp_path):
    database, place = asked
    command = [
        "go",
        "run",
        str(_CLIENTS / "search.go"),
        f"postgres://postgres@{place}?sslmode=disable",
        _QUESTION,
    ]
    _check(
        database,
        command,
        tmp_path,
        GO111MODULE="off",
        GOPATH=str(_GO_PACKAGES),
        GOCACHE=str(tmp_path / "cache"),
    )


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("javac") or not _JDBC.exists(), reason="JDBC or a JDK is not installed")
def test_java(asked, tmp_path):
    database, place = asked
    url = f"jdbc:postgresql://{place}?user=postgres"
    _check(database, ["java", "-cp", str(_JDBC), str(_CLIENTS / "Search.java"), url, _QUESTION], tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("npm"), reason="Node is not installed")
def test_node(asked, tmp_path):
    database, place = asked
    shutil.copy(_CLIENTS / "search.mjs", tmp_path)
    fetched = subprocess.run(
        ["npm", "install", "--silent", "--no-fund", "--no-audit", "pg@8.16.3"],
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    if fetched.returncode != 0:
        pytest.skip("npm has no registry to fetch node-postgres from")
    _check(database, ["node", "search.mjs", f"postgres://postgres@{place}", _QUESTION], tmp_path)
