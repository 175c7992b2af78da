"""Nothing is lost or doubled when workers and the server are killed. With 10,000 files: make bench-kill."""

import shutil
from dataclasses import asdict

import pytest

from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.operating.installing import install
from support.databases import Database, create_database
from support.killing import run
from support.servers import temporary_home

pytestmark = [pytest.mark.quiet, pytest.mark.heavy]


@pytest.fixture
def own_server(_no_outer_database):
    """A server of the test's own, because it is killed."""
    home = temporary_home("pgcs-kill-")
    server = EmbeddedServer(home)
    server.ensure_running()
    yield server
    server.stop("immediate")
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize(
    ("stages", "files", "processes", "kill_every"), [("chunk", 300, 3, 1.0), ("chunk,embed", 24, 2, 2.0)]
)
def test_killed_workers_and_server_lose_nothing(own_server, capsys, stages, files, processes, kill_every):
    database = Database(create_database(own_server.url, "killed"))
    install(database.url)
    if stages == "chunk":
        database.rows("update codesearch.model_version set status = 'retired'")

    def restart() -> None:
        own_server.stop("immediate")
        own_server.ensure_running()

    counts = run(database, files, restart, stages, processes, kill_every)
    with capsys.disabled():
        print(f"\n{asdict(counts)}", end=" ")
    assert counts.jobs_left == 0
    assert counts.workers_killed >= 3
    assert counts.server_stops == 1
