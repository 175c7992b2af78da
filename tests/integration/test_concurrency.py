"""Many searchers and writers at once: nobody gets an error. For a minute, with latencies: make bench-concurrency."""

import pytest

from support.indexing import check_index
from support.killing import store
from support.load import measure
from support.workers import running, wait_until

pytestmark = [pytest.mark.quiet, pytest.mark.heavy]


def test_searchers_and_writers_meet_no_error(installed, capsys):
    store(installed, 100)
    with running("worker", "--database", installed.url, "--poll", "0.2") as worker:
        first = "select count(*) from codesearch.source_file where version_id is not null"
        wait_until(lambda: installed.value(first) == 100, "the files", command=worker)
        load = measure(installed, 100, searchers=20, writers=4, seconds=10, idle=1)
        with capsys.disabled():
            print(f"\n{load}", end=" ")
        assert load.errors == {}
        assert load.deadlocks == 0
        assert load.searches > 20
        assert load.writes > 4
        chunked = "select count(*) = 0 from codesearch.index_job where stage = 'chunk'"
        wait_until(lambda: installed.value(chunked), "the last changes", command=worker)
        assert installed.value("select count(*) from codesearch.failed_jobs") == 0
        assert worker.stop() == 0, worker.output
    with installed.connect() as connection:
        check_index(connection)
