"""Which files a walk finds: what git lists where there is a work tree, and without git what git would list."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pgcodesearch.indexing import git_command
from pgcodesearch.indexing.ignoring import Patterns
from pgcodesearch.indexing.sieve import Selection
from pgcodesearch.indexing.walking import Walk
from support.workers import wait_until
from support.worktrees import WorkTree

NAMES = ["a", "b", "ab", "a.go", "b.go", "a.log", "keep", "Änd", "x y", "target", "vendor", "-o", "[a]", "a*"]
PATTERNS = [
    "a", "b/", "/a", "/ab/", "*", "!*/", "!*.go", "*.log", "!keep", "a/**", "**/a", "a/**/b", "a/*", "!a/b", "?",
    "[ab]", "[!a]", "# a", "\\#a", "\\!keep", "!", "/", "a ", "a\\ ", "  ", "ab*", "*b", "**", "**/", "!a/", "!b",
    "target", "/*", "!/a", "a/b", "*.go", "x y", "Än*", "-o", "\\[a\\]", "a\\*", "a**", "!ab/keep", "***", "[a-b]",
    "[", "a//", "*/a", "/**/a", "[[:alpha:]]",
]  # fmt: skip
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
FILES = st.lists(PATHS, min_size=1, max_size=12)
LINES = st.lists(st.sampled_from(PATTERNS), max_size=5).map("\n".join)
RULES = st.dictionaries(
    st.lists(st.sampled_from(NAMES), max_size=2).map(lambda parts: "/".join([*parts, ".gitignore"])),
    LINES,
    max_size=3,
)
ROOTS = st.sampled_from(["", "a", "ab/a"])
MARKS = st.sampled_from(["", "\ufeff"])
MANY = settings(
    max_examples=int(os.environ.get("WALK_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def found(root, **options):
    return {entry.path for entry in Walk(root, Selection(**options)) if entry.skip != "repository"}


def skips(root, **options):
    return {entry.path: entry.skip for entry in Walk(root, Selection(**options)) if entry.skip}


def listed(root):
    """What git would index, as its own words have it."""
    output = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    return {
        path for path in output.split("\0") if path and not path.endswith("/") and (root / path).is_file()
    }


def is_ignored(root):
    return subprocess.run(["git", "-C", str(root), "check-ignore", "-q", "."]).returncode == 0


def write_all(root, files):
    """Write the files that can be: a path may lead through another's."""
    for path, text in files.items():
        target = root / path
        if not any(place.is_file() for place in target.parents) and not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


@pytest.fixture
def tree(tmp_path):
    return WorkTree(tmp_path / "tree")


@given(files=FILES, rules=RULES, exclude=LINES, tracked=st.lists(PATHS, max_size=4), root=ROOTS, mark=MARKS)
@MANY
def test_a_walk_finds_what_git_lists(files, rules, exclude, tracked, root, mark):
    with tempfile.TemporaryDirectory() as folder:
        tree = WorkTree(Path(folder) / "tree")
        (tree.root / ".git/info/exclude").write_text(exclude)
        write_all(
            tree.root, {path: mark + lines for path, lines in rules.items()} | dict.fromkeys(files, "x = 1\n")
        )
        for path in tracked:
            subprocess.run(
                ["git", "-C", str(tree.root), "add", "-f", "--", f":(literal){path}"], capture_output=True
            )
        root = tree.root / root
        assume(root.is_dir() and not is_ignored(root))
        assert found(root) == listed(root)


@given(files=FILES, rules=RULES, root=ROOTS, mark=MARKS)
@MANY
def test_without_git_the_rules_are_those_of_git(files, rules, root, mark):
    with tempfile.TemporaryDirectory() as folder:
        tree = WorkTree(Path(folder) / "tree")
        files = {path: mark + lines for path, lines in rules.items()} | dict.fromkeys(files, "x = 1\n")
        by_name = {"target", "vendor"}
        write_all(
            tree.root, {path: text for path, text in files.items() if not by_name & set(path.split("/"))}
        )
        root = tree.root / root
        assume(root.is_dir() and not is_ignored(root))
        expected = listed(root)
        shutil.rmtree(tree.root / ".git")
        assert found(root) == expected


def test_what_is_ignored_is_counted_and_not_recorded(tree):
    write_all(tree.root, {".gitignore": "*.log\nbuild/\n", "a.log": "x", "build/b/c.py": "x", "d.py": "x"})
    for _ in range(2):  # with git, and without
        walk = Walk(tree.root, Selection())
        assert {entry.path for entry in walk} == {".gitignore", "d.py"}
        assert (walk.ignored.files, walk.ignored.folders, walk.notes) == (1, ["build/"], [])
        shutil.rmtree(tree.root / ".git", ignore_errors=True)


def test_tracked_folders_are_indexed_whatever_they_are_called(tree):
    names = ["target", "vendor", "venv", ".cache", "node_modules", "third_party", "dist"]
    write_all(
        tree.root, {f"src/{name}/a.py": "x" for name in names} | {".gitignore": "node_modules\ntarget\n"}
    )
    tree.git("add", "-f", ".")
    write_all(tree.root, {"node_modules/b.js": "x", "site-packages/c.py": "x", "site-packages/d/e.py": "x"})
    assert found(tree.root) == {".gitignore", "site-packages/"} | {f"src/{name}/a.py" for name in names}
    assert skips(tree.root) == {"site-packages/": "vendored"}
    assert "site-packages/d/e.py" in found(tree.root, include=("site-packages/d",))


def test_without_git_folders_of_caches_are_left_out_unless_they_are_asked_for(tmp_path):
    write_all(tmp_path, {"target/a.py": "x", "vendor/b.py": "x", "vendor/c/d.py": "x", "e.py": "x"})
    assert skips(tmp_path) == {"target/": "ignored", "vendor/": "vendored"}
    assert found(tmp_path, include=("vendor/c",)) == {"target/", "vendor/", "vendor/c/d.py", "e.py"}


def test_other_work_trees_are_left_out_and_submodules_belong_to_it(tree, tmp_path):
    tree.commit(a_py="x")
    inner = WorkTree(tmp_path / "inner")
    inner.commit(src__b_py="x")
    inner.write(".gitignore", "*.log\n")
    inner.commit()
    for path in ("sub", "gone"):
        tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), path)
    tree.git("commit", "-qm", "submodules")
    tree.git("submodule", "deinit", "-f", "gone")
    tree.git("worktree", "add", "-q", ".worktrees/one", "-b", "one")
    WorkTree(tree.root / "embedded").commit(c_py="x")
    tree.write("sub/d.py", "x")
    tree.write("sub/e.log", "x")
    assert found(tree.root) == {"a.py", ".gitmodules", "sub/.gitignore", "sub/src/b.py", "sub/d.py"}
    assert skips(tree.root) == dict.fromkeys([".worktrees/one/", "embedded/", "gone/"], "repository")
    assert found(tree.root / ".worktrees/one") == {"a.py", ".gitmodules"}


def test_a_folder_of_work_trees_has_the_files_of_each(tmp_path):
    for name in ("one", "two"):
        tree = WorkTree(tmp_path / name)
        tree.write(".gitignore", "*.log\n")
        tree.write("a.log", "x")
        tree.git("add", "-f", "a.log")
        tree.write("b.log", "x")
    assert found(tmp_path) == {"one/.gitignore", "one/a.log", "two/.gitignore", "two/a.log"}


def test_the_users_own_excludes_count(tree, tmp_path, monkeypatch):
    (tmp_path / "excludes").write_text("*.bak\n")
    (tmp_path / "config").write_text(f"[core]\n excludesFile = {tmp_path / 'excludes'}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    write_all(tree.root, {"a.bak": "x", "b.py": "x"})
    assert found(tree.root) == {"b.py"}
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert found(tree.root) == {"b.py"}


def test_what_an_index_names_outside_of_the_folder_is_not_read(tree, tmp_path):
    (tmp_path / "outside.py").write_text("x")
    tree.write("a/b.py", "x")
    tree.git("add", ".")
    shutil.rmtree(tree.root / "a")
    (tree.root / "a").symlink_to(tmp_path)
    index = (tree.root / ".git/index").read_bytes()
    assert index.count(b"a/b.py") == 1
    assert found(tree.root) == {"a"}
    (tmp_path / "b.py").write_text("x")
    assert skips(tree.root) == {"a": "symlink"}


def test_git_that_is_silent_is_named_and_the_folder_is_walked(tree, monkeypatch):
    write_all(
        tree.root,
        {".gitignore": "*.log\n", "a.log": "x", "b.py": "x", ".git/info/exclude": "c.py\n", "c.py": "x"},
    )
    (tree.root / ".git/HEAD").write_text("nonsense")
    walk = Walk(tree.root, Selection())
    assert {entry.path for entry in walk} == {".gitignore", "b.py", "c.py"}
    assert len(walk.notes) == 1
    assert "not a git repository" in walk.notes[0]


@pytest.mark.parametrize("file", ["index", "config", "HEAD"])
def test_a_broken_repository_is_walked_and_named(tree, file):
    write_all(tree.root, {".gitignore": "*.log\n", "a.log": "x", "b.py": "x"})
    tree.git("add", ".")
    (tree.root / ".git" / file).write_text("[nonsense")
    walk = Walk(tree.root, Selection())
    assert {entry.path for entry in walk} == {".gitignore", "b.py"}
    assert len(walk.notes) == 1


def test_git_that_waits_for_a_pipe_is_given_up(tree, monkeypatch):
    monkeypatch.setattr(git_command, "_IDLE_SECONDS", 0.5)
    os.mkfifo(tree.root / ".gitignore")
    tree.write("a.py", "x")
    walk = Walk(tree.root, Selection())
    assert {entry.path: entry.skip for entry in walk} == {"a.py": None, ".gitignore": "not a file"}
    assert "in time" in walk.notes[0]


def test_git_that_takes_too_long_is_given_up(tree, tmp_path, monkeypatch):
    (tmp_path / "git").write_text("#!/bin/sh\nwhile :; do :; done\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(git_command, "SECONDS", 0.5)
    tree.write("a.py", "x")
    walk = Walk(tree.root, Selection())
    assert {entry.path for entry in walk} == {"a.py"}
    assert "in time" in walk.notes[0]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="a limit of Linux")
def test_git_ends_by_itself_where_its_caller_was_killed(tree, tmp_path):
    (tmp_path / "git").write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nwhile :; do :; done\n")
    (tmp_path / "git").chmod(0o755)
    code = "import sys; from pathlib import Path; from pgcodesearch.indexing import git_command"
    code += "; git_command.SECONDS = 1; git_command.run(Path(sys.argv[1]), 'status')"
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    caller = subprocess.Popen([sys.executable, "-c", code, str(tree.root)], env=environment)
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip(), "git runs")
    git = psutil.Process(int((tmp_path / "pid").read_text()))
    # It runs a moment before it gets its limit.
    wait_until(lambda: git.rlimit(resource.RLIMIT_CPU)[0] == 1, "git has a limit")
    caller.kill()
    caller.wait()
    try:
        # Where nobody collects orphans, its entry stays.
        ended = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        wait_until(lambda: not git.is_running() or git.status() in ended, "git has ended", 20)
    finally:
        if git.is_running():
            git.kill()


def test_without_the_git_command_folders_are_walked(tree, tmp_path, monkeypatch):
    tree.write("a.py", "x")
    monkeypatch.setenv("PATH", str(tmp_path))
    walk = Walk(tree.root, Selection())
    assert {entry.path for entry in walk} == {"a.py"}
    assert "not installed" in walk.notes[0]


@pytest.mark.parametrize(
    "lines",
    [
        ["*a" * 400 + "b"],
        ["**/" * 300 + "x"],
        ["(" * 500],
        ["[" * 900],
        ["\\"],
        ["*?" * 400 + "b"] * 100,
        ["[z-a]", "[\\"],
    ],
)
def test_no_pattern_hangs_or_fails(lines):
    patterns = Patterns(lines)
    for path in ("a" * 4_000, "a/" * 1_000 + "y"):
        assert not patterns.verdict(path, is_folder=True)


def test_a_pattern_is_of_the_path_itself_and_not_of_what_is_below():
    patterns = Patterns(["a", "!b", "c/**", "!**/d/**"])
    assert patterns.verdict("b/a")
    assert patterns.verdict("b", is_folder=True) is False
    assert patterns.verdict("c", is_folder=True) is None
    assert patterns.verdict("c/x\ny")
    assert patterns.verdict("c/d/e") is False


def test_more_patterns_than_fit_into_one_set():
    patterns = Patterns([*(f"*a{number}*b/**/c*" for number in range(1_000)), "last*", "!last9"])
    assert patterns.verdict("x/last1")
    assert patterns.verdict("last9") is False
    assert patterns.verdict("za7xb/q/c")
    assert patterns.verdict("nothing") is None
