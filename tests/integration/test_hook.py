"""pgcodesearch hook: commits index themselves; what hooks held before stays."""

import subprocess

import pytest
from click.testing import CliRunner

from pgcodesearch.cli import main
from pgcodesearch.indexing.hooks import HOOKS
from support.workers import wait_until
from support.worktrees import WorkTree

A = "def committed(x):\n    return x + 1\n"


@pytest.fixture
def tree(tmp_path):
    return WorkTree(tmp_path / "tree")


def _call(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_commit_is_indexed(tree, installed):
    installed.rows("update codesearch.model_version set status = 'retired'")
    assert _call("--database", installed.url, "hook", "install", tree.root).exit_code == 0
    commit = tree.commit(a_py=A)
    state = "select indexed_commit, pending_files from codesearch.index_status where repository = 'tree'"
    wait_until(lambda: installed.rows(state) == [(commit, 0)], "the commit")
    found = installed.rows("select path from codesearch.search('committed', mode => 'lexical')")
    assert ("a.py",) in found


def test_an_existing_hook_stays_and_installing_twice_is_the_same(tree):
    hook = tree.root / ".git/hooks/post-commit"
    before = "#!/bin/bash\necho before >> hook.log\nexit 0\n"
    hook.write_text(before)
    hook.chmod(0o755)
    assert _call("hook", "install", tree.root, "--repository", "it's").exit_code == 0
    first = {name: (hook.parent / name).read_text() for name in HOOKS}
    assert first["post-commit"].startswith("#!/bin/bash\n")
    assert first["post-commit"].endswith("echo before >> hook.log\nexit 0\n")
    assert _call("hook", "install", tree.root, "--repository", "it's").exit_code == 0
    assert {name: (hook.parent / name).read_text() for name in HOOKS} == first
    for name in HOOKS:
        subprocess.run(["sh", "-n", hook.parent / name], check=True)
    assert _call("hook", "remove", tree.root).exit_code == 0
    assert hook.read_text() == before
    assert [name for name in HOOKS if (hook.parent / name).exists()] == ["post-commit"]
    assert "nothing was installed" in _call("hook", "remove", tree.root).output


def test_hooks_in_another_folder_and_below_the_top(tree):
    tree.git("config", "core.hooksPath", "own/hooks")
    (tree.root / "sub").mkdir()
    assert _call("hook", "install", tree.root / "sub").exit_code == 0
    assert f"index {tree.root} --repository tree" in (tree.root / "own/hooks/post-commit").read_text()


def test_refusals_name_the_mend(tree, tmp_path):
    hook = tree.root / ".git/hooks/post-commit"
    hook.write_text("#!/usr/bin/env python3\nprint('mine')\n")
    refused = _call("hook", "install", tree.root)
    assert refused.exit_code == 1
    assert "is not a shell script" in refused.output
    assert hook.read_text() == "#!/usr/bin/env python3\nprint('mine')\n"
    outside = tmp_path / "outside"
    outside.mkdir()
    assert "not in a git work tree" in _call("hook", "install", outside).output


def _hook(tree, name="post-commit"):
    return tree.root / ".git/hooks" / name


def test_links_are_left_alone(tree, tmp_path):
    precious, missing = tmp_path / "precious.sh", tmp_path / "missing"
    precious.write_text("#!/bin/sh\n# precious\n")
    _hook(tree, "post-merge").symlink_to(precious)
    refused = _call("hook", "install", tree.root)
    assert refused.exit_code == 1
    assert "is a link" in refused.output
    assert "hint: " in refused.output
    _hook(tree, "post-merge").unlink()
    _hook(tree).symlink_to(missing)
    assert "is a link" in _call("hook", "install", tree.root).output
    assert _call("hook", "remove", tree.root).exit_code == 0
    assert precious.read_text() == "#!/bin/sh\n# precious\n"
    assert not missing.exists()
    assert [name for name in HOOKS if _hook(tree, name).is_file()] == []


@pytest.mark.parametrize(
    "content", [b"\x7fELF\x02\x01\x00\xff\xfe", b"\xff\xfe\x00", b"#!/bin/sh\n\0", b"echo no first line\n"]
)
def test_programs_are_left_alone(tree, content):
    _hook(tree).write_bytes(content)
    refused = _call("hook", "install", tree.root)
    assert refused.exit_code == 1
    assert "is not a shell script" in refused.output
    assert _call("hook", "remove", tree.root).exit_code == 0
    assert _hook(tree).read_bytes() == content
    assert not _hook(tree, "post-merge").exists()


def test_hooks_of_other_repositories_too_are_left_alone(tree, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    tree.git("config", "core.hooksPath", str(shared))
    refused = _call("hook", "install", tree.root)
    assert refused.exit_code == 1
    assert "which other repositories may use" in refused.output
    assert list(shared.iterdir()) == []
    tree.git("config", "--unset", "core.hooksPath")
    (tree.root / ".git/hooks").rename(shared / "hooks")
    (tree.root / ".git/hooks").symlink_to(shared / "hooks")
    assert "which other repositories may use" in _call("hook", "install", tree.root).output


def test_a_second_work_tree_of_the_repository(tree, tmp_path):
    tree.commit(a_py=A)
    tree.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    assert _call("hook", "install", tmp_path / "second").exit_code == 0
    assert _hook(tree).is_file()


@pytest.mark.parametrize(
    "database",
    [
        "postgresql://u:topsecret@/x?host=/nonexistent",
        "postgresql://u@/x?password=topsecret&host=/nonexistent",
        "postgresql+psycopg://u:topsecret@/x",
        "host=/nonexistent user=u password=topsecret dbname=x",
    ],
)
def test_no_password_is_written(tree, database):
    done = _call("--database", database, "hook", "install", tree.root)
    assert done.exit_code == 0
    assert "~/.pgpass" in done.output
    text = _hook(tree).read_text()
    assert "topsecret" not in text
    assert "user=u" in text
    assert "dbname=x" in text


def test_a_new_hook_is_its_owners_and_one_that_was_there_keeps_its_mode(tree):
    _hook(tree, "post-merge").write_text("#!/bin/sh\necho mine\n")
    _hook(tree, "post-merge").chmod(0o755)
    assert _call("hook", "install", tree.root).exit_code == 0
    assert _hook(tree).stat().st_mode & 0o777 == 0o700
    assert _hook(tree, "post-merge").stat().st_mode & 0o777 == 0o755
