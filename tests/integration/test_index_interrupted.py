"""An index run that is interrupted, or whose processes are killed, loses nothing: the next run goes on."""

import os
import signal
import time

import psutil
import pytest

from pgcodesearch.indexing.processes import local_workers_that_died
from pgcodesearch.indexing.worker import worker_name
from support.commands import call_json, installed_database, start

pytestmark = [pytest.mark.quiet, pytest.mark.heavy]

FILES = 120  # enough that a run is never done between the first vectors and the signal


@pytest.fixture
def database(server_url):
    with installed_database(server_url) as made:
        yield made


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    for number in range(FILES):
        file = folder / f"m{number % 5}" / f"file{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = "".join(f"    total += {number} * step_{line}\n" for line in range(30))
        file.write_text(f"def function_{number}(total):\n{body}    return total\n")
        os.utime(file, (1_700_000_000, 1_700_000_000))
    return folder


def _wait(condition, seconds=90.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def _embedded(database):
    return database.value("select count(*) from codesearch.embedding_1")


def _children(process):
    return psutil.Process(process.pid).children(recursive=True)


def _assert_complete(database, report):
    assert (report["files"], report["pending_files"], report["vector_coverage"]) == (FILES, 0, 1)
    assert database.rows("select 1 from codesearch.index_job") == []
    assert (
        database.value("select count(distinct symbol) from codesearch.chunk where kind = 'function'") == FILES
    )
    assert (
        database.rows("select 1 from codesearch.chunk group by version_id, symbol, kind having count(*) > 1")
        == []
    )


def _finish(database, root):
    (report,) = call_json(database, "index", root)["repositories"]
    _assert_complete(database, report)
    return report


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_goes_on(database, root, signal_number):
    process = start(database, "index", root, "--jobs", "2")
    _wait(lambda: _embedded(database) > 0 or process.poll() is not None)
    children = _children(process) if process.poll() is None else []
    # As Ctrl-C does: to the whole group. The others reach the command alone.
    (os.killpg if signal_number == signal.SIGINT else os.kill)(process.pid, signal_number)
    output, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors + output
    if signal_number == signal.SIGINT:
        assert process.returncode == 1
        assert "run the same command again to go on" in errors
        assert database.rows("select 1 from codesearch.index_job where state = 'running'") == []
    # No worker outlives its command.
    psutil.wait_procs(children, timeout=30)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    kept = _embedded(database)
    assert 0 < kept < database.value("select count(*) from codesearch.stored_text")
    # Words came first: all of it is searchable by them already.
    hits = call_json(database, "search", f"function_{FILES - 1}", "--mode", "lexical")["results"]
    assert hits[0]["symbol"] == f"function_{FILES - 1}"
    rows = "select text_hash, xmin::text from codesearch.embedding_1"
    before = set(database.rows(rows))
    _finish(database, root)
    assert before <= set(database.rows(rows)), "nothing is embedded twice"


def test_a_killed_worker_is_replaced(database, root):
    process = start(database, "index", root, "--jobs", "2", "--json")
    _wait(lambda: _embedded(database) > 0)
    victims = [
        child for child in _children(process) if "pgcodesearch.indexing.daemon" in " ".join(child.cmdline())
    ]
    victims[0].kill()
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors + output
    (report,) = call_json(database, "index", root)["repositories"]
    _assert_complete(database, report)


def test_dead_workers_of_this_machine_are_known(database):
    host, _, pid = worker_name().rpartition(":")
    with database.connect(autocommit=False) as connection:
        connection.execute(
            "select codesearch.upsert_file('r', 'f' || n || '.py', 'x') from generate_series(1, 3) n"
        )
        for name in (f"{host}:{pid}", f"{host}:4194303", "elsewhere:4194303"):
            connection.execute("select codesearch.claim_jobs(%s, 1)", [name])
        assert local_workers_that_died(connection) == [f"{host}:4194303"]
