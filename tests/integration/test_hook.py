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
