"""Indexing what git knows: unread unchanged files, renames, branches without a checkout."""

import subprocess

import pytest
from click.testing import CliRunner
from psycopg import sql

import pgcodesearch.indexing.sync as sync_module
from pgcodesearch.cli import main
from pgcodesearch.indexing import Worker, git
from pgcodesearch.indexing.branches import UnknownBranch, sync_branch
from pgcodesearch.indexing.git_files import list_git_files
from pgcodesearch.indexing.sieve import EVERYTHING, Selection
from pgcodesearch.indexing.sync import store_paths, sync_repository
from pgcodesearch.indexing.worker import load_embedder
from pgcodesearch.operating.installing import install
from support.commands import call, call_json
from support.indexing import check_index, chunk_all
from support.tenants import temporary_roles
from support.worktrees import WorkTree

A = "def first(x):\n    return x + 1\n\n\ndef second(y):\n    return y * 2\n"
B = "def third(z):\n    return z - 3\n"


@pytest.fixture
def tree(tmp_path):
    made = WorkTree(tmp_path / "tree")
    made.commit(src__a_py=A, src__b_py=B)
    return made


@pytest.fixture
def reads(monkeypatch):
    """The paths that were read from disk."""
    seen = []
    real = sync_module.read_source

    def read(found, *rest):
        seen.append(found.path)
        return real(found, *rest)

    monkeypatch.setattr(sync_module, "read_source", read)
    return seen


@pytest.fixture
def indexer(database):
    with database.connect(autocommit=False) as connection:
        yield connection


def _sync(connection, root, selection=EVERYTHING):
    result = sync_repository(connection, "tree", root, selection)
    Worker(connection, stages=("chunk",)).run_until_idle()
    return result


def _chunk_ids(connection):
    rows = connection.execute(
        "select f.path, c.symbol, c.chunk_id from codesearch.chunk c join codesearch.file_version f using (version_id)"
        " where c.level = 0"
    ).fetchall()
    return {(path, symbol): chunk_id for path, symbol, chunk_id in rows}


def _state(connection, name="tree"):
    return connection.execute(
        "select indexed_commit from codesearch.index_status where repository = %s", (name,)
    ).fetchone()[0]


def test_a_fresh_clone_is_not_read_again(tree, indexer, reads):
    _sync(indexer, tree.root)
    assert sorted(reads) == ["src/a.py", "src/b.py"]
    tree.touch_all()
    reads.clear()
    result = _sync(indexer, tree.root)
    assert (reads, result.unchanged, result.changed) == ([], 2, 0)
    assert _state(indexer) == tree.git("rev-parse", "HEAD")


def test_only_the_diff_is_read_after_a_branch_switch(tree, indexer, reads):
    _sync(indexer, tree.root)
    tree.git("switch", "-q", "-c", "other")
    tree.commit(src__b_py=B + "\n\ndef fourth():\n    pass\n", src__c_py=B)
    tree.git("rm", "-q", "src/a.py")
    commit = tree.commit()
    tree.touch_all()
    reads.clear()
    result = _sync(indexer, tree.root)
    assert sorted(reads) == ["src/b.py", "src/c.py"]
    assert (result.changed, result.removed) == (2, 1)
    assert _state(indexer) == commit
    check_index(indexer)


def test_uncommitted_changes_are_seen_and_named(tree, indexer, reads):
    commit = _sync(indexer, tree.root).commit
    tree.write("src/a.py", B)
    tree.write("new.py", A)
    tree.touch_all()
    reads.clear()
    _sync(indexer, tree.root)
    assert sorted(reads) == ["new.py", "src/a.py"]
    assert _state(indexer) == f"{commit}-dirty"
    tree.git("checkout", "-q", "src/a.py")
    (tree.root / "new.py").unlink()
    tree.touch_all()
    assert _sync(indexer, tree.root).changed == 1, "git vouches for nothing after a dirty run"
    assert _state(indexer) == commit
    check_index(indexer)


def test_an_interrupted_run_leaves_no_false_commit(tree, indexer, monkeypatch):
    _sync(indexer, tree.root)
    tree.commit(src__a_py=B)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        sync_module.SyncTarget, "finish", lambda target, _: target.batch.flush() or interrupted()
    )
    with pytest.raises(KeyboardInterrupt):
        _sync(indexer, tree.root)
    monkeypatch.undo()
    tree.git("checkout", "-q", "HEAD^")
    tree.touch_all()
    _sync(indexer, tree.root)
    content = indexer.execute(
        "select content from codesearch.source_file where path = 'src/a.py'"
    ).fetchone()[0]
    assert content == A


def test_renamed_and_edited_files_keep_their_chunks(tree, indexer):
    _sync(indexer, tree.root)
    before = _chunk_ids(indexer)
    tree.git("mv", "src/a.py", "src/moved.py")
    tree.commit(src__moved_py=A.replace("y * 2", "y * 3"))
    _sync(indexer, tree.root)
    after = _chunk_ids(indexer)
    assert after["src/moved.py", "first"] == before["src/a.py", "first"]
    assert after["src/moved.py", "second"] != before["src/a.py", "second"]
    assert not any(path == "src/a.py" for path, _ in after)
    check_index(indexer)


def test_a_folder_below_the_top(tree, indexer, reads):
    commit = _sync(indexer, tree.root / "src").commit
    tree.commit(src__a_py=B, outside_py=A)
    tree.touch_all()
    reads.clear()
    result = _sync(indexer, tree.root / "src")
    assert reads == ["a.py"]
    assert result.commit != commit
    assert {path for path, _ in _chunk_ids(indexer)} == {"a.py", "b.py"}


def test_odd_names(tree, indexer):
    names = ["naïve é.py", "with space.py", 'quo"te.py', "-dash.py"]
    # Each has content of its own, and is edited as it moves: only what git calls it tells which is which.
    own = {name: A + "".join(f"V{n}_{line} = {line}\n" for line in range(20)) for n, name in enumerate(names)}
    for name in names:
        tree.write(f"odd/{name}", own[name])
    tree.commit()
    _sync(indexer, tree.root)
    tree.git("mv", "odd", "strange")
    for name in names:
        tree.write(f"strange/{name}", own[name].replace("y * 2", "y * 3"))
    tree.commit()
    before = _chunk_ids(indexer)
    _sync(indexer, tree.root)
    after = _chunk_ids(indexer)
    for name in names:
        assert after[f"strange/{name}", "first"] == before[f"odd/{name}", "first"]


def test_a_change_made_in_sql_is_undone_by_the_next_run(tree, indexer, database):
    _sync(indexer, tree.root)
    database.rows("update codesearch.source_file set content = 'x = 1' where path = 'src/a.py'")
    assert _sync(indexer, tree.root).changed == 1
    assert ("src/a.py", "first") in _chunk_ids(indexer)


def test_a_branch_is_indexed_without_a_checkout_and_shares_vectors(tree, database):
    install(database.url)
    tree.git("switch", "-q", "-c", "topic")
    tree.commit(src__c_py="def only_here():\n    return 4\n")
    tree.git("switch", "-q", "main")
    with database.connect(autocommit=False) as connection:
        sync_repository(connection, "tree", tree.root)
        Worker(connection).run_until_idle()
        embedded = []
        result = sync_branch(connection, "tree", tree.root, "topic")
        # The rest is what the base has at its commit.
        assert (result.changed, result.unchanged, result.skipped) == (1, 2, {})

        class Recording:
            """The model, which the whole process shares, with a note of what it is asked."""

            def __init__(self, *asked):
                self.embedder = load_embedder(*asked)

            def encode_counted(self, texts, kind):
                embedded.extend(texts)
                return self.embedder.encode_counted(texts, kind)

        Worker(connection, embedder_for=Recording).run_until_idle()
        assert embedded
        assert all("src/c.py" in text or "only here" in text or "c\n" in text for text in embedded)
        assert _state(connection, "tree@topic") == tree.git("rev-parse", "topic")
        found = connection.execute(
            "select path from codesearch.search('only_here', repository => 'tree@topic', mode => 'lexical')"
        ).fetchone()
        assert found == ("src/c.py",)
        again = sync_branch(connection, "tree", tree.root, "topic")
        assert (again.changed, again.removed) == (0, 0)
        tree.git("switch", "-q", "topic")
        tree.git("mv", "src/a.py", "src/z.py")
        tree.git("mv", "src/c.py", "src/y.py")
        tree.commit()
        before = _chunk_ids(connection)
        moved = sync_branch(connection, "tree", tree.root, "topic")
        assert (moved.changed, moved.removed) == (0, 0)
        chunk_all(database)
        after = _chunk_ids(connection)
        # A version of its own moves with its chunks; one that the other branch has too stays there.
        assert after["src/y.py", "only_here"] == before["src/c.py", "only_here"]
        assert after["src/a.py", "first"] == before["src/a.py", "first"] != after["src/z.py", "first"]
        check_index(connection)
        with pytest.raises(UnknownBranch):
            sync_branch(connection, "tree", tree.root, "--help")


def test_a_branch_stores_and_reads_what_differs(tree, indexer, database, monkeypatch):
    read = []
    contents = git.contents

    def recorded(root, blobs):
        read.extend(blob.path for blob in blobs)
        return contents(root, blobs)

    monkeypatch.setattr("pgcodesearch.indexing.branches.git.contents", recorded)
    tree.git("switch", "-q", "-c", "topic")
    tree.commit(src__b_py=B + "x = 1\n", src__d_py=A)
    tree.git("rm", "-q", "src/a.py")
    tree.commit()
    tree.git("switch", "-q", "main")
    tree.commit(src__later_py=A)
    _sync(indexer, tree.root)
    sync_branch(indexer, "tree", tree.root, "topic")
    assert read == ["src/b.py", "src/d.py"]
    chunk_all(database)
    # Whether the other branch has the same version of a file.
    files = (
        "select f.path, exists (select from codesearch.source_file o where o.version_id = f.version_id"
        " and o.branch_id <> f.branch_id) from codesearch.repository_file f where f.branch = 'topic' order by 1"
    )
    assert database.rows(files) == [("src/b.py", False), ("src/d.py", False)]
    tree.git("switch", "-q", "topic")
    tree.commit(src__a_py=A, src__b_py=B)
    chunk_all(database)
    read.clear()
    sync_branch(indexer, "tree", tree.root, "topic")
    chunk_all(database)
    assert read == ["src/a.py", "src/b.py"]
    assert database.rows(files) == [("src/a.py", True), ("src/b.py", True), ("src/d.py", False)]
    check_index(indexer)
    # The other goes on; the branch stays.
    tree.git("switch", "-q", "main")
    tree.commit(src__a_py=A + "y = 2\n")
    _sync(indexer, tree.root)
    assert database.rows(files) == [("src/a.py", False), ("src/b.py", True), ("src/d.py", False)]
    check_index(indexer)


def test_a_branch_does_not_begin_with_what_sql_wrote_into_the_other(tree, indexer, database):
    _sync(indexer, tree.root)
    tree.git("branch", "topic")
    database.rows("select codesearch.upsert_file('tree', 'src/a.py', 'def written(): pass')")
    database.rows("select codesearch.upsert_file('tree', 'src/new.py', 'def written(): pass')")
    sync_branch(indexer, "tree", tree.root, "topic")
    content = "select path, content from codesearch.repository_file where branch = 'topic'"
    assert dict(database.rows(content)) == {"src/a.py": A, "src/b.py": B}


def test_a_branch_of_a_folder_that_differs_from_its_commit(tree, indexer, database):
    tree.git("branch", "topic")
    tree.write("src/a.py", "def uncommitted(): pass")
    tree.write("src/untracked.py", B)
    _sync(indexer, tree.root)
    sync_branch(indexer, "tree", tree.root, "topic")
    content = "select path, content from codesearch.repository_file where branch = 'topic' order by 1"
    assert database.rows(content) == [("src/a.py", A), ("src/b.py", B)]
    assert _state(indexer, "tree@topic") == tree.git("rev-parse", "topic")


def _contents(database, branch="topic"):
    query = "select path, content from codesearch.repository_file where branch = %s"
    return dict(database.rows(query, (branch,)))


def test_a_branch_that_was_indexed_before_the_folder(tree, indexer, database):
    sync_branch(indexer, "tree", tree.root, "main")
    _sync(indexer, tree.root)
    for _ in range(2):
        assert sync_branch(indexer, "tree", tree.root, "main").changed == 0
        assert _contents(database, "main") == _contents(database, "HEAD") == {"src/a.py": A, "src/b.py": B}
    check_index(indexer)


def test_a_branch_of_a_checkout_that_is_not_what_git_says(tree, indexer, database):
    tree.git("branch", "topic")
    tree.git("update-index", "--skip-worktree", "src/a.py")
    tree.write("src/a.py", "def local_only(): pass")
    _sync(indexer, tree.root)
    database.rows("select codesearch.delete_file('tree', 'src/b.py')")
    database.rows(
        "insert into codesearch.skipped_file (repository_id, branch_id, path, reason)"
        " select repository_id, branch_id, 'src/b.py', 'unreadable' from codesearch.branch"
    )
    sync_branch(indexer, "tree", tree.root, "topic")
    assert _contents(database) == {"src/a.py": A, "src/b.py": B}


def test_a_branch_of_another_folder_than_the_other(tree, indexer, database):
    """What git says of the whole tree says nothing of a branch that begins further down."""
    tree.commit(a_py="def outer(): pass")
    tree.git("branch", "topic")
    sync_repository(indexer, "tree", tree.root / "src")
    chunk_all(database)
    sync_branch(indexer, "tree", tree.root, "topic")
    assert _contents(database) == {"a.py": "def outer(): pass", "src/a.py": A, "src/b.py": B}


@pytest.mark.parametrize(("base_bytes", "branch_bytes"), [(60, 1000), (1000, 60)])
def test_a_branch_with_another_size_limit(tree, indexer, database, base_bytes, branch_bytes):
    assert len(A) > 60 > len(B)
    tree.git("branch", "topic")
    _sync(indexer, tree.root, Selection(max_bytes=base_bytes))
    for _ in range(2):
        sync_branch(indexer, "tree", tree.root, "topic", Selection(max_bytes=branch_bytes))
        assert _contents(database) == {"src/a.py": A, "src/b.py": B} if branch_bytes > 60 else {"src/b.py": B}
    sync_branch(indexer, "tree", tree.root, "topic", Selection(max_bytes=base_bytes))
    assert _contents(database) == _contents(database, "HEAD")


def test_a_branch_waits_for_what_the_other_has_not_indexed(tree, database):
    install(database.url)
    tree.git("branch", "topic")
    call(database, "index", tree.root, "--no-wait")
    (report,) = call_json(database, "index", tree.root, "--branch", "topic")["repositories"]
    assert (report["files"], report["pending_files"], report["vector_coverage"]) == (2, 0, 1.0)
    hits = call_json(database, "search", "first", "--repository", "tree@topic")["results"]
    assert hits[0]["symbol"] == "first"


def test_a_writer_indexes_a_branch(tree, database):
    tree.git("branch", "topic")
    with (
        temporary_roles(database.url, "codesearch_writer") as (writer,),
        database.connect(autocommit=False) as own,
    ):
        own.execute(sql.SQL("set session authorization {}").format(sql.Identifier(writer)))
        _sync(own, tree.root)
        sync_branch(own, "tree", tree.root, "topic")
        assert _state(own, "tree@topic") == tree.git("rev-parse", "topic")
        own.rollback()
    status = "select repository, files, pending_files from codesearch.index_status order by 1"
    assert database.rows(status) == [("tree", 2, 0), ("tree@topic", 2, 0)]


def test_store_paths_follows_single_files(tree, indexer):
    _sync(indexer, tree.root)
    tree.write(".gitignore", "*.log\nbuild/\n")
    tree.write("noise.log", "x")
    tree.write("build/out.py", A)
    tree.write("src/a.py", B)
    (tree.root / "src/b.py").unlink()
    paths = ["noise.log", "build/out.py", "src/a.py", "src/b.py", "node_modules/x.js"]
    stored = store_paths(indexer, "tree", tree.root, paths)
    assert (stored.changed, stored.removed) == (1, 1)
    assert indexer.execute("select path, content from codesearch.source_file").fetchall() == [("src/a.py", B)]
    assert _state(indexer).endswith("-dirty")


def test_outside_git_nothing_is_known(tmp_path):
    assert git.head(tmp_path) is None
    assert git.changes(tmp_path, "a", "b") is None
    assert list_git_files(tmp_path) is None


def test_inside_a_hook_git_looks_at_the_folder(tree, tmp_path):
    """Hooks run with GIT_DIR set: it must not lead elsewhere."""
    script = "from pathlib import Path; from pgcodesearch.indexing import git; print(git.head(Path('.')))"
    done = subprocess.run(
        [__import__("sys").executable, "-c", script], cwd=tree.root, capture_output=True, text=True, check=True,
        env={**__import__("os").environ, "GIT_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.strip() == tree.git("rev-parse", "HEAD")


def test_index_branch_command(tree, database):
    tree.git("branch", "topic")
    tree.commit(later_py=A)
    arguments = ["index", str(tree.root), "--branch", "topic", "--no-wait", "--json"]
    result = CliRunner().invoke(main, ["--database", database.url, *arguments])
    assert result.exit_code == 0, result.output
    indexed = database.rows("select repository, files, root from codesearch.index_freshness order by 1")
    assert indexed == [("tree", 0, str(tree.root)), ("tree@topic", 2, str(tree.root))]
    refused = CliRunner().invoke(
        main, ["--database", database.url, "index", str(tree.root), "--branch", "nope"]
    )
    assert refused.exit_code == 1
    assert "no branch, tag or commit 'nope'" in refused.output


def test_folder_that_the_repository_around_it_ignores_has_no_commit(tmp_path):
    def run(*words):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    run("init", "-q")
    (tmp_path / ".gitignore").write_text("env/\n")
    (tmp_path / "env" / "package").mkdir(parents=True)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("x = 1\n")
    run("add", ".")
    run("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "first")
    assert git.head(tmp_path / "src") is not None
    assert git.head(tmp_path / "env" / "package") is None
