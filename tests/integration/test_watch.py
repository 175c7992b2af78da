"""pgcodesearch watch: what is saved becomes searchable; what .gitignore names does not."""

import os
import shutil

import pytest

from support.indexing import check_index
from support.workers import running, wait_until
from support.worktrees import WorkTree

SOURCE = "def {0}(request):\n    return request.number\n"


@pytest.fixture
def tree(tmp_path):
    made = WorkTree(tmp_path / "tree")
    made.write(".gitignore", "*.log\n")
    made.commit(src__start_py=SOURCE.format("started"))
    return made


@pytest.fixture
def ready(installed):
    """A installed with a model that nobody waits for: words alone are searched here."""
    installed.rows("update codesearch.model_version set status = 'retired'")
    return installed


def _finds(database, name):
    rows = database.rows("select symbol from codesearch.search(%s, 20, mode => 'lexical')", (name,))
    return (name,) in rows


def _paths(database):
    return {path for (path,) in database.rows("select path from codesearch.source_file")}


def test_watch(tree, ready, capsys):
    with running("watch", str(tree.root), "--database", ready.url, "--exclude", "private/") as watch:

        def wait(condition, what):
            return wait_until(condition, what, command=watch)

        wait(lambda: _finds(ready, "started"), "what was there")
        tree.write("src/start.py", SOURCE.format("saved_once"))
        seconds = wait(lambda: _finds(ready, "saved_once"), "a save")
        with capsys.disabled():
            print(f"\nfound {seconds:.2f} s after the save", end=" ")
        assert not _finds(ready, "started")

        temporary = tree.write("src/.start.py.tmp", SOURCE.format("saved_twice"))
        os.replace(temporary, tree.root / "src/start.py")
        wait(lambda: _finds(ready, "saved_twice"), "a save by rename")

        tree.write("deep/new/folder/file.py", SOURCE.format("in_new_folder"))
        tree.write("noise.log", "noise")
        tree.write("private/key.py", SOURCE.format("hidden"))
        tree.write("node_modules/x.js", "function vendored() {}")
        wait(lambda: _finds(ready, "in_new_folder"), "a file in a new folder")
        (tree.root / "deep/new").rename(tree.root / "deep/old")
        wait(lambda: "deep/old/folder/file.py" in _paths(ready), "a moved folder")
        shutil.rmtree(tree.root / "deep")
        wait(lambda: not any(path.startswith("deep") for path in _paths(ready)), "a removed folder")

        tree.git("rm", "-q", "-r", "--cached", "src")
        tree.write(".gitignore", "*.log\nsrc/\n")
        wait(lambda: _paths(ready) == {".gitignore"}, "a changed rule")
        tree.write(".gitignore", "*.log\nnode_modules/\n")
        wait(lambda: _finds(ready, "saved_twice"), "the rule taken back")
        commit = tree.commit()
        state = "select indexed_commit from codesearch.index_status"
        wait(lambda: ready.value(state) == commit + "-dirty" or ready.value(state) == commit, "the commit")
        assert _paths(ready) == {".gitignore", "src/start.py"}
        assert watch.stop() == 0, watch.output
    assert ready.value("select count(*) from codesearch.index_job") == 0
    with ready.connect() as connection:
        check_index(connection)


def test_watch_survives_a_cut_connection(tree, ready):
    with running("watch", str(tree.root), "--database", ready.url) as watch:
        wait_until(lambda: _finds(ready, "started"), "what was there", command=watch)
        ready.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database() and application_name like 'pgcodesearch w%'"
        )
        tree.write("src/start.py", SOURCE.format("after_the_cut"))
        wait_until(lambda: _finds(ready, "after_the_cut"), "a save after the cut", command=watch)
        assert watch.stop() == 0, watch.output


def test_a_folder_that_is_not_there(ready, tmp_path):
    with running("watch", str(tmp_path / "nowhere"), "--database", ready.url) as watch:
        assert watch.process.wait(60) == 2
        assert "there is no folder" in watch.output
