"""What `index` reads from disk and records of it; that nothing of a repository is run, and nothing outside it read."""

import json
import os
import subprocess

import pytest

import pgcodesearch.indexing.sync as sync_module
import pgcodesearch.indexing.target as target_module
from pgcodesearch.indexing.branches import sync_branch
from pgcodesearch.indexing.opening import opened_folder, read_file
from pgcodesearch.indexing.reading import Skip, read_source
from pgcodesearch.indexing.sieve import Selection
from pgcodesearch.indexing.sync import store_paths, sync_repository
from pgcodesearch.indexing.walking import Walk
from support.commands import call, call_json
from support.worktrees import WorkTree


@pytest.fixture
def tree(tmp_path):
    return WorkTree(tmp_path / "tree")


@pytest.fixture
def indexer(database):
    with database.connect(autocommit=False) as connection:
        yield connection


def _files(connection, branch="HEAD"):
    query = "select path, content from codesearch.repository_file where branch = %s"
    return dict(connection.execute(query, (branch,)).fetchall())


def _skips(connection, branch="HEAD"):
    query = "select path, reason from codesearch.skipped_file join codesearch.branch using (branch_id) where name = %s"
    return dict(connection.execute(query, (branch,)).fetchall())


def test_index_says_how_much_git_ignores(tree, database):
    for path in ("a.py", "b.log", "build/c.py", "node_modules/d.js"):
        tree.write(path, "x = 1\n")
    tree.write(".gitignore", "*.log\nbuild/\nnode_modules\n")
    (report,) = call_json(database, "index", tree.root, "--no-wait")["repositories"]
    assert report["ignored"] == {"files": 1, "folders": 2}
    assert (report["files"], report["skipped"], report["notes"]) == (2, {}, [])
    shown = call(database, "index", tree.root, "--no-wait").output
    assert "ignored, as .gitignore says: 1 files, 2 folders (build/, node_modules/)" in shown


def test_a_repository_that_git_refuses_is_indexed_with_a_note(tree, database):
    tree.commit(a_py="x = 1\n")
    (tree.root / ".git/config").write_text("[nonsense")
    (report,) = call_json(database, "index", tree.root, "--no-wait")["repositories"]
    assert (report["files"], report["commit"]) == (1, None)
    assert "bad config" in report["notes"][0]


def test_the_encoding_is_recorded_and_such_a_file_is_not_read_again(tree, indexer, monkeypatch):
    (tree.root / "a.py").write_bytes("# -*- coding: latin-1 -*-\nNAME = 'café'\n".encode("latin-1"))
    (tree.root / "b.cs").write_bytes("class Wide { }\n".encode("utf-16"))
    tree.write("c.py", "x = 'ä'\n")
    for path in tree.root.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    monkeypatch.setattr(target_module, "_RACY_NS", -(10**12))
    sync_repository(indexer, "tree", tree.root)
    query = "select path, encoding, disk_bytes, content from codesearch.source_file order by 1"
    rows = indexer.execute(query).fetchall()
    assert [row[:3] for row in rows] == [
        ("a.py", "iso8859-1", 40),
        ("b.cs", "utf-16", 32),
        ("c.py", None, None),
    ]
    assert "café" in rows[0][3]
    monkeypatch.setattr(sync_module, "read_source", lambda *_: pytest.fail("read again"))
    tree.git("add", ".")
    assert sync_repository(indexer, "tree", tree.root).unchanged == 3
    monkeypatch.undo()
    tree.write("a.py", "NAME = 'ascii'\n")
    store_paths(indexer, "tree", tree.root, ["a.py"])
    assert indexer.execute(query).fetchone()[:3] == ("a.py", None, None)


def test_a_notebook_is_as_large_as_what_was_written_in_it(tree, indexer, monkeypatch):
    image = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo\n" * 20_000}}
    cells = [
        {
            "cell_type": "code",
            "outputs": [image],
            "source": ["def late_payers(df):\n", "    return df['\"outputs\": [']"],
        },
        {
            "cell_type": "markdown",
            "attachments": {"a.png": {"image/png": "iVBO" * 9_000}},
            "source": "![](a.png)",
        },
    ]
    content = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    tree.write("small.ipynb", content)
    tree.write("large.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": "x = 1\n" * 20_000}]}))
    tree.commit()
    monkeypatch.setattr(target_module, "_RACY_NS", -(10**12))
    sync_repository(indexer, "tree", tree.root, Selection(max_bytes=20_000))
    stored = _files(indexer)["small.ipynb"]
    assert "iVBO" not in stored
    assert "late_payers" in stored
    written = [cell["source"] for cell in json.loads(stored)["cells"]]
    assert written == [cell["source"] for cell in cells]
    lines = stored.split("\n")
    assert [line for line in content.split("\n") if "late_payers" in line] == [
        lines[number] for number, line in enumerate(content.split("\n")) if "late_payers" in line
    ]
    assert _skips(indexer) == {"large.ipynb": "too large"}
    sync_branch(indexer, "tree", tree.root, "main", Selection(max_bytes=20_000))
    assert sync_repository(indexer, "tree", tree.root, Selection(max_bytes=20_000)).unchanged == 1


def test_one_long_line_is_no_minified_code(tree, indexer):
    lines = "export function look(i) {\n  const row = T[i];\n  if (!row) return 0;\n  return row;\n}\n"
    tree.write("table.js", f"const T = [{'1,' * 20_000}];\n{lines}")
    tree.write(
        "bundle.js",
        f"/*\n * licence\n * of five\n * or more\n * lines\n */\n!function(){{{'a=1;' * 20_000}}}()\n",
    )
    sync_repository(indexer, "tree", tree.root)
    assert set(_files(indexer)) == {"table.js"}
    assert _skips(indexer) == {"bundle.js": "minified"}


@pytest.mark.parametrize("by", ["option", "setting"])
def test_what_is_asked_for_is_indexed_whatever_is_guessed(tree, indexer, by):
    tree.write("gen/api.py", "# Code generated by x. DO NOT EDIT.\ndef call(): pass\n")
    tree.write("gen/other.py", "# Code generated by x. DO NOT EDIT.\n")
    tree.write("app.min.js", "function f(){}\n")
    tree.write("yarn.lock", "a\n")
    tree.write("logo.png", "text, for once\n")
    tree.write("node_modules/own/index.js", "function g() {}\n")
    tree.write("node_modules/left/index.js", "function h() {}\n")
    tree.write("ignored.py", "x = 1\n")
    tree.write(".gitignore", "ignored.py\n")
    tree.write("key.py", f"TOKEN = 'ghp_{'Ab3dE5gH1jK2mN4pQ6rS7tU8vW9xY0zAbC'}xy'\n")
    sync_repository(indexer, "tree", tree.root)
    assert set(_files(indexer)) == {".gitignore"}
    assert _skips(indexer) == {
        "gen/api.py": "generated", "gen/other.py": "generated", "app.min.js": "minified", "yarn.lock": "generated",
        "logo.png": "binary", "node_modules/": "vendored", "key.py": "secret",
    }  # fmt: skip
    patterns = ("gen/api.py", "*.min.js", "yarn.lock", "*.png", "node_modules/own", "ignored.py", "key.py")
    if by == "setting":
        asked = "select codesearch.change_setting('index.include', to_jsonb(%s::text[]))"
        indexer.execute(asked, (list(patterns),))
    sync_repository(indexer, "tree", tree.root, Selection(include=patterns if by == "option" else ()))
    taken = {"gen/api.py", "app.min.js", "yarn.lock", "logo.png", "node_modules/own/index.js", ".gitignore"}
    assert set(_files(indexer)) == taken
    assert _skips(indexer) == {"gen/other.py": "generated", "node_modules/": "vendored", "key.py": "secret"}
    (tree.root / "node_modules/left/index.js").unlink()
    tree.commit()
    sync_branch(indexer, "tree", tree.root, "main", Selection(include=patterns if by == "option" else ()))
    assert set(_files(indexer, "main")) == taken


def test_git_is_believed_where_size_and_time_say_nothing_changed(tree, indexer):
    """As after a checkout that keeps times, on a file system that does not say when a file was changed."""
    tree.commit(a_py="x = 1\n", b_py="y = 1\n")
    sync_repository(indexer, "tree", tree.root)
    tree.commit(a_py="x = 2\n")
    tree.write("b.py", "y = 2\n")
    for found in Walk(tree.root, Selection()):
        indexer.execute(
            "update codesearch.source_file set modified_ns = %s where path = %s",
            (found.modified_ns, found.path),
        )
    indexer.commit()
    assert sync_repository(indexer, "tree", tree.root).changed == 2
    assert _files(indexer) == {"a.py": "x = 2\n", "b.py": "y = 2\n"}


def test_a_file_with_its_old_size_and_time_is_read_again_without_git(tmp_path, indexer, monkeypatch):
    monkeypatch.setattr(target_module, "_RACY_NS", 0)
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    os.utime(file, (1_600_000_000, 1_600_000_000))
    sync_repository(indexer, "plain", tmp_path)
    file.write_text("x = 2\n")
    os.utime(file, (1_600_000_000, 1_600_000_000))
    assert sync_repository(indexer, "plain", tmp_path).changed == 1


@pytest.mark.parametrize("racy_ns", [10**15, -(10**15)])
def test_a_file_that_had_only_just_changed_is_read_again_however_late(
    tmp_path, indexer, monkeypatch, racy_ns
):
    """It may have changed once more in the clock tick of its reading, which no later look at its time can tell."""
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(target_module, "_RACY_NS", racy_ns)
    sync_repository(indexer, "plain", tmp_path)
    monkeypatch.setattr(target_module, "_RACY_NS", 0)
    read = []
    monkeypatch.setattr(
        sync_module, "read_source", lambda found, most: read.append(found.path) or read_source(found, most)
    )
    assert sync_repository(indexer, "plain", tmp_path).unchanged == 1
    assert read == (["a.py"] if racy_ns > 0 else [])


def test_what_is_swapped_after_the_walk_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("nobody's business\n")
    root = tmp_path / "root"
    (root / "b").mkdir(parents=True)
    for name in ("link.py", "pipe.py", "other.py", "gone.py", "b/c.py"):
        (root / name).write_text("x = 1\n")
    found = {entry.path: entry for entry in Walk(root, Selection())}
    for name in ("link.py", "pipe.py", "gone.py"):
        (root / name).unlink()
    (root / "link.py").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe.py")
    (tmp_path / "new").write_text("x = 2\n")
    (tmp_path / "new").rename(root / "other.py")
    (root / "b").rename(tmp_path / "b")
    (root / "b").symlink_to(tmp_path / "b")
    for entry in found.values():
        assert isinstance(read_source(entry), Skip)
        assert read_source(entry).reason == "unreadable"


def test_nothing_is_opened_above_the_folder(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").write_text("x")
    for path in (b"../secret", b"./../secret"):
        with pytest.raises(OSError, match="no name of a folder"):
            read_file(os.fsencode(tmp_path / "root"), path, None, 10)
    with pytest.raises(OSError, match="no name"), opened_folder(os.fsencode(tmp_path / "root"), b".."):
        pass


def test_a_path_that_the_database_cannot_hold_is_skipped(tmp_path, indexer):
    deep = "/".join(chr(97 + number) * 200 for number in range(15))
    folder = os.open(tmp_path, os.O_RDONLY)
    for part in deep.split("/"):
        os.mkdir(part, dir_fd=folder)
        folder = os.open(part, os.O_RDONLY, dir_fd=folder)
    os.close(os.open("a.py", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    (tmp_path / "b.py").write_text("x = 1\n")
    sync_repository(indexer, "deep", tmp_path)
    assert set(_files(indexer)) == {"b.py"}
    assert list(_skips(indexer).values()) == ["path"]


RUN = "touch {mark}"
PROGRAMS = {
    "filter.evil.clean": RUN + "; cat", "filter.evil.smudge": RUN, "filter.a=b\"c.process": RUN, "core.fsmonitor": RUN,
    "core.sshCommand": RUN, "core.gitProxy": RUN, "core.pager": RUN, "core.editor": RUN,
    "core.askPass": RUN, "core.alternateRefsCommand": RUN, "core.hooksPath": "{hooks}", "include.path": "{more}",
    "diff.external": RUN, "diff.evil.command": RUN, "diff.evil.textconv": RUN, "gpg.program": "{hooks}/program",
    "log.showSignature": "true", "alias.status": "!" + RUN, "alias.ls-files": "!" + RUN, "credential.helper": "!" + RUN,
    "remote.origin.url": "ext::sh -c touch% {mark}", "remote.origin.promisor": "true", "remote.origin.uploadpack": RUN,
    "extensions.partialClone": "origin", "core.repositoryFormatVersion": "1", "status.submoduleSummary": "true",
}  # fmt: skip


def test_nothing_that_a_repository_names_is_run(tree, indexer, tmp_path):
    mark, hooks, more = tmp_path / "ran", tmp_path / "hooks", tmp_path / "more"
    inner = WorkTree(tmp_path / "inner")
    inner.commit(i_py="x = 1\n")
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    tree.write(".gitattributes", 'a.py filter=evil diff=evil\nb.py filter=a=b"c\n*.md filter=more\n')
    tree.commit(a_py="x = 1\n", b_py="y = 1\n")
    hooks.mkdir()
    for name in (
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
        "program",
    ):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (hooks / name).chmod(0o755)
    more.write_text(f'[filter "more"]\n clean = touch {mark}; cat\n')
    tree.write("c.md", "# c\n")
    tree.git("add", "c.md")
    sync_repository(indexer, "tree", tree.root)
    tree.commit(a_py="x = 2\n")
    commit = tree.git("rev-parse", "HEAD")
    for place in (tree.root, tree.root / "sub"):
        for name, value in PROGRAMS.items():
            value = value.format(mark=mark, hooks=hooks, more=more)
            subprocess.run(["git", "-C", str(place), "config", name, value], check=True)
    # Of another content and the same size, so that git has to look at it.
    for name in ("a.py", "b.py", "c.md", "sub/i.py"):
        tree.write(name, (tree.root / name).read_text()[:-2] + "9\n")
    # An object that is not here, which git would fetch.
    lacking = tree.root / ".git/objects"
    blob = subprocess.run(
        ["git", "-C", str(tree.root), "rev-parse", f"{commit}:b.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (lacking / blob[:2] / blob[2:]).unlink()
    mark.unlink(missing_ok=True)
    sync_repository(indexer, "tree", tree.root)
    assert _files(indexer)["a.py"] == "x = 9\n"
    assert _files(indexer)["sub/i.py"] == "x = 9\n"
    sync_branch(indexer, "tree", tree.root, "main")
    assert _skips(indexer, "main")["b.py"] == "unreadable"
    assert not mark.exists()
