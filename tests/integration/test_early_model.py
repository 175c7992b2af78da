"""A small change is embedded in a process that began to load the model while files were still being read."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.commands import call_json, installed_database

# What the command does, in a process in which nothing is loaded yet: PROBE is done between the stages, and then it says
# what was embedded and what this process had to load for it.
_RUN = """
import os, signal, sys
import psycopg
from pathlib import Path
from pgcodesearch.indexing import IndexOptions, index_folder, running
from pgcodesearch.cli._progress import make_progress

url, root, name = sys.argv[1:4]
started = []
begin = running.EarlyModel.start
def start(self):
    begin(self)
    if self._process:
        started.append(self._process.pid)
running.EarlyModel.start = start
queue_missing = running._Run._queue_missing
def between(self):
    queue_missing(self)
    {probe}
running._Run._queue_missing = between

def living(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False

with psycopg.connect(url) as connection, make_progress(True) as progress:
    report = index_folder(connection, url, name, Path(root), IndexOptions({options}), progress)
    connection.execute("select 1")
print(len(set(started)), report.vector_coverage, "onnxruntime" in sys.modules, any(map(living, started)))
"""


@pytest.fixture(scope="module")
def database(server_url):
    with installed_database(server_url) as made:
        yield made


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """As many folders of old files as there are tests: one written just now would be read again."""
    made = [tmp_path_factory.mktemp("project") for _ in range(11)]
    for folder in made:
        for number in range(20):
            (folder / f"part_{number}.py").write_text(
                f"def part_{number}(text):\n    return text * {number}\n"
            )
    _let_settle(made[-1])
    return made


def _let_settle(folder):
    while any(time.time() - file.stat().st_ctime < 2.1 for file in folder.iterdir()):
        time.sleep(0.1)


@pytest.fixture
def project(database, folders):
    folder = folders.pop()
    call_json(database, "index", folder, "--repository", folder.name)
    return folder


def _run(database, root, probe="pass", options=""):
    code = _RUN.replace("{probe}", probe).replace("{options}", options)
    done = subprocess.run(
        [sys.executable, "-c", code, database.url, root, root.name],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "rror" not in done.stderr
    return done.stdout.split()


def _change(root, *numbers):
    for number in numbers:
        (root / f"part_{number}.py").write_text(
            f"def part_{number}(text):\n    raise ValueError(text, '{root.name}')\n"
        )


def _vectors(database, repository):
    return database.rows(
        "select f.path, c.symbol, c.level, e.embedding::text from codesearch.file_version f"
        " join codesearch.repository r using (repository_id) join codesearch.chunk c using (version_id)"
        " join codesearch.chunk_text t using (chunk_id) join codesearch.embedding_1 e using (text_hash)"
        " where r.name = %s order by 1, 2, 3, t.unit",
        [repository],
    )


def test_one_change_is_embedded_beside_this_process(database, project):
    _change(project, 3)
    assert _run(database, project) == ["1", "1.0", "False", "False"]


def test_the_vectors_are_those_that_this_process_would_make(database, project):
    _change(project, 3, 4)
    _run(database, project)
    beside = _vectors(database, project.name)
    database.rows("delete from codesearch.repository where name = %s returning 1", [project.name])
    call_json(database, "index", project, "--repository", project.name)
    assert beside == _vectors(database, project.name)


def test_nothing_is_loaded_where_nothing_changed(database, project):
    assert _run(database, project) == ["0", "1.0", "False", "False"]


def test_many_changes_are_left_to_the_pool(database, project):
    """The process that began to load the model is gone before anything is embedded, and this one loads none."""
    _change(project, *range(20))
    _let_settle(project)
    loading = "print(any(map(living, started)))"
    assert _run(database, project, loading) == ["False", "1", "1.0", "False", "False"]
    (project / "part_3.py").write_text("def part_3(text):\n    return None\n")
    assert _run(database, project, loading) == ["True", "1", "1.0", "False", "False"]


def test_without_waiting_nothing_is_loaded(database, project):
    _change(project, 5)
    started, _, loaded, living = _run(database, project, options="wait=False")
    assert (started, loaded, living) == ("0", "False", "False")


def test_a_process_that_is_killed_is_replaced_by_this_one(database, project):
    _change(project, 6)
    assert _run(database, project, "os.kill(started[0], signal.SIGKILL)") == ["1", "1.0", "True", "False"]


def test_a_process_that_hangs_is_replaced_by_this_one(database, project):
    _change(project, 6)
    probe = (
        "from pgcodesearch.indexing import early_model; early_model._PATIENCE_SECONDS = 0.5;"
        " os.kill(started[0], signal.SIGSTOP)"
    )
    assert _run(database, project, probe) == ["1", "1.0", "True", "False"]


def test_a_daemon_of_multiprocessing_loads_the_model_itself(database, project):
    _change(project, 6)
    code = _RUN.replace("{probe}", "pass").replace("{options}", "")
    daemon = (
        "import multiprocessing, sys\n"
        f"process = multiprocessing.get_context('fork').Process(target=exec, args=({code!r}, {{}}), daemon=True)\n"
        "process.start(); process.join(); sys.exit(process.exitcode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", daemon, database.url, project, project.name],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0", "1.0", "True", "False"]


def test_a_run_that_fails_leaves_no_process(database, project):
    _change(project, 7)
    with pytest.raises(subprocess.CalledProcessError) as raised:
        _run(database, project, "print(started[0], flush=True); raise KeyboardInterrupt")
    assert not _lives(raised.value.stdout.split()[0])


def test_a_parent_that_is_killed_takes_it_along(database, project):
    _change(project, 8)
    with pytest.raises(subprocess.CalledProcessError) as raised:
        _run(database, project, "print(started[0], flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    pid = raised.value.stdout.split()[0]
    for _ in range(100):
        if not _lives(pid):
            return
        time.sleep(0.1)
    pytest.fail("the process outlived its parent")


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
