"""Commits in the index: what is stored of them, incrementally, and what no branch reaches any more."""

import subprocess

import pytest
from click.testing import CliRunner

import pgcodesearch.indexing.history as history_module
from pgcodesearch.cli import main
from pgcodesearch.indexing.git_history import MOST_FILES, MOST_PATCHED, reached
from pgcodesearch.indexing.messages import read_author, read_message
from support import worktrees
from support.commands import call, call_json
from support.histories import History, found, index
from support.indexing import check_postings

A = "def first(x):\n    return x + 1\n\n\ndef second(y):\n    return y * 2\n"


@pytest.fixture
def tree(tmp_path):
    return History(tmp_path / "tree")


@pytest.fixture
def indexer(database):
    with database.connect(autocommit=False) as connection:
        yield connection


@pytest.fixture
def reads(monkeypatch):
    """The commits that git was asked about."""
    seen = []
    real = history_module.read_commits

    def read(root, object_ids, ends):
        seen.extend(object_ids)
        return real(root, object_ids, ends)

    monkeypatch.setattr(history_module, "read_commits", read)
    return seen


def files_of(connection, subject):
    return connection.execute(
        "select f.path, f.old_path, f.status, f.added, f.removed, f.lines::text, f.symbols"
        " from codesearch.commit_file f join codesearch.git_commit g using (commit_id) where g.subject = %s"
        " order by f.path",
        (subject,),
    ).fetchall()


def subjects(connection):
    return [
        s
        for (s,) in connection.execute(
            "select subject from codesearch.git_commit order by commit_id"
        ).fetchall()
    ]


def test_what_is_stored_of_a_commit(tree, indexer):
    tree.say("Begin", a=A)
    tree.git("mv", "a.py", "b.py")
    commit = tree.say(
        "Double by adding\n\nMultiplication was slow.\n\nSigned-off-by: Bob <bob@example.org>",
        author="Grace Hopper <grace@navy.example.mil>", date="2024-05-06T07:08:09+0200", b=A.replace("y * 2", "y + y"),
    )  # fmt: skip
    result = index(indexer, tree.root)
    assert (result.commits, result.added) == (2, 2)
    row = indexer.execute(
        "select encode(hash, 'hex'), author, authored_at = '2024-05-06 05:08:09+00', body, is_merge, detail, file_count"
        " from codesearch.git_commit where subject = 'Double by adding'"
    ).fetchone()
    assert row == (commit, "Grace Hopper", True, "Multiplication was slow.", False, "lines", 1)
    assert files_of(indexer, "Double by adding") == [("b.py", "a.py", "R", 1, 1, "{[6,7)}", ["second"])]
    everything = str(indexer.execute("select * from codesearch.git_commit").fetchall())
    assert "example" not in everything, "addresses are not stored"


def test_only_new_commits_are_read(tree, indexer, reads):
    tree.say("Begin", a=A)
    index(indexer, tree.root)
    second = tree.say("Go on", a=A + "\n")
    reads.clear()
    assert index(indexer, tree.root).added == 1
    assert reads == [second]
    result = index(indexer, tree.root)
    assert (result.added, result.commits) == (0, 2)
    assert reads == [second]
    assert subjects(indexer) == ["Begin", "Go on"]
    check_postings(indexer)


def test_a_merge_is_what_it_brought(tree, indexer):
    tree.say("Begin", a=A, b="b = 1\n")
    tree.git("switch", "-q", "-c", "topic")
    tree.say("Third comes", a=A + "\n\ndef third():\n    pass\n")
    tree.git("switch", "-q", "main")
    tree.say("Beside it", b="b = 2\n")
    tree.git(
        "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from topic\n\nThe third function", "topic"
    )
    index(indexer, tree.root)
    merge = "Merge pull request #7 from topic"
    assert files_of(indexer, merge) == [("a.py", None, "M", 4, 0, "{[7,11)}", ["third"])]
    assert indexer.execute("select count(*) from codesearch.git_commit where is_merge").fetchone() == (1,)
    assert merge in found(indexer, "third function")


def test_commits_that_no_branch_reaches_go(tree, indexer):
    tree.say("Begin", a=A)
    tree.say("Validate the header wrongly", a=A + "\nx = 1\n")
    index(indexer, tree.root)
    assert found(indexer, "validate header") == ["Validate the header wrongly"]
    tree.git("reset", "-q", "--hard", "HEAD^")
    tree.say("Validate the header rightly", a=A + "\nx = 2\n")
    index(indexer, tree.root)
    assert found(indexer, "validate header") == ["Validate the header rightly"]
    assert subjects(indexer) == ["Begin", "Validate the header rightly"]
    check_postings(indexer)


def test_branches_share_commits_and_answer_for_themselves(tree, indexer):
    tree.say("Begin", a=A)
    tree.git("switch", "-q", "-c", "next")
    tree.say("Parse the trailer", a=A + "\n")
    tree.git("switch", "-q", "main")
    tree.say("Parse the header", a=A + "\n\n")
    index(indexer, tree.root)
    assert index(indexer, tree.root, "next").commits == 2
    assert len(subjects(indexer)) == 3
    assert found(indexer, "parse") == ["Parse the header"]
    assert found(indexer, "parse", "tree@next") == ["Parse the trailer"]
    assert found(indexer, "parse", None) == ["Parse the header"]
    indexer.execute("select codesearch.forget_repository('tree@next')")
    assert "Parse the trailer" not in subjects(indexer)
    check_postings(indexer)


def test_the_number_of_commits_is_bounded(tree, indexer, reads):
    for number in range(6):
        tree.say(f"Step {number}", a=f"x = {number}\n")
    indexer.execute("select codesearch.change_setting('history.max_commits', '3')")
    index(indexer, tree.root)
    assert subjects(indexer) == ["Step 3", "Step 4", "Step 5"]
    tree.say("Step 6", a="x = 6\n")
    reads.clear()
    index(indexer, tree.root)
    assert (subjects(indexer), len(reads)) == (["Step 4", "Step 5", "Step 6"], 1)
    # Older ones come in: numbers follow the order of history all the same.
    indexer.execute("select codesearch.change_setting('history.max_commits', '5')")
    index(indexer, tree.root)
    assert subjects(indexer) == ["Step 2", "Step 3", "Step 4", "Step 5", "Step 6"]
    indexer.execute("select codesearch.change_setting('history.max_commits', '0')")
    index(indexer, tree.root)
    assert subjects(indexer) == []
    check_postings(indexer)


def test_the_end_of_a_shallow_clone_changed_nothing_that_is_known(tree, indexer, tmp_path):
    tree.say("Begin", a=A, b="b = 1\n")
    tree.say("Middle", a=A + "\n")
    tree.say("End", b="b = 2\n")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "2", tree.root.as_uri(), str(clone)],
        check=True,
        capture_output=True,
    )
    result = index(indexer, clone)
    assert (subjects(indexer), files_of(indexer, "Middle")) == (["Middle", "End"], [])
    assert "shallow" in result.notes[0]
    assert [row[0] for row in files_of(indexer, "End")] == ["b.py"]
    subprocess.run(["git", "-C", str(clone), "fetch", "-q", "--unshallow"], check=True, capture_output=True)
    index(indexer, clone)
    assert subjects(indexer) == ["Begin", "Middle", "End"]
    assert [row[0] for row in files_of(indexer, "Middle")] == ["a.py"]


def test_what_a_partial_clone_lacks_is_not_fetched(tree, indexer, tmp_path):
    tree.say("Begin", a=A)
    tree.say("Middle", a=A + "\n")
    tree.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--filter=blob:none", "--bare", tree.root.as_uri(), str(clone)], check=True,
        capture_output=True,
    )  # fmt: skip
    work = tmp_path / "work"
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    (work / ".git").rename(tmp_path / "unused")
    clone.rename(work / ".git")
    subprocess.run(["git", "-C", str(work), "config", "core.bare", "false"], check=True)
    index(indexer, work)
    rows = indexer.execute(
        "select subject, detail, file_count from codesearch.git_commit order by commit_id"
    ).fetchall()
    assert rows == [("Begin", "paths", 1), ("Middle", "paths", 1)]
    assert files_of(indexer, "Middle") == [("a.py", None, "M", None, None, None, [])]


def test_of_a_huge_commit_the_paths_are_cut(tree, indexer):
    tree.say("Begin", a=A)
    for number in range(MOST_FILES + 5):
        tree.write(f"vendored/f{number:04}.py", f"x = {number}\n")
    tree.say("Import the package")
    for number in range(MOST_PATCHED + 1):
        tree.write(f"vendored/f{number:04}.py", f"y = {number}\n")
    tree.say("Rename a variable")
    result = index(indexer, tree.root)
    assert len(files_of(indexer, "Import the package")) == MOST_FILES
    rows = indexer.execute(
        "select detail, file_count from codesearch.git_commit order by commit_id"
    ).fetchall()
    assert rows == [("lines", 1), ("paths", MOST_FILES + 5), ("paths", MOST_PATCHED + 1)]
    assert result.notes == [f"history: 1 commits changed more than {MOST_FILES} files; the first are kept"]


def test_messages_that_look_like_git_output(tree, indexer):
    forged = (
        "Odd one\n\ndiff --git a/x b/x\n@@ -1 +1 @@ def forged():\n:100644 100644 1 2 M\tx\n+class Forged:"
    )
    tree.say(forged, a=A)
    tree.say("With \x1b[31mcolour\x1b[0m and \u202ereversed", a=A + "\n")
    index(indexer, tree.root)
    assert subjects(indexer) == ["Odd one", "With [31mcolour[0m and reversed"]
    assert files_of(indexer, "Odd one")[0][0] == "a.py"
    assert files_of(indexer, "Odd one")[0][6] == ["first", "second"]


def test_messages_in_other_encodings(tree, indexer):
    tree.write("a.py", A)
    tree.git("add", "-A")
    message = tree.root / "message"
    message.write_bytes("Größe prüfen".encode("latin-1"))
    tree.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "-F", str(message))
    message.write_bytes("Länge prüfen".encode("latin-1"))  # says nothing of its encoding
    tree.git("commit", "-q", "--allow-empty", "-F", str(message))
    index(indexer, tree.root)
    assert subjects(indexer) == ["Größe prüfen", "Länge prüfen"]
    assert found(indexer, "größe") == ["Größe prüfen"]


def test_a_secret_in_a_message_is_not_stored(tree, indexer):
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    tree.say(f"Log in with {token}", a=A)
    index(indexer, tree.root)
    (subject,) = subjects(indexer)
    assert subject.startswith("(message not stored: ")
    assert token not in str(indexer.execute("select * from codesearch.git_commit").fetchall())
    assert files_of(indexer, subject)[0][0] == "a.py"


def test_nothing_that_the_repository_names_is_run(tree, indexer, tmp_path):
    trap = tmp_path / "trap"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    tree.write(".gitattributes", "*.py diff=evil filter=evil\n")
    tree.say("Begin", a=A)
    for name in ("diff.external", "diff.evil.command", "diff.evil.textconv", "filter.evil.smudge", "core.pager",
                 "core.fsmonitor", "gpg.program", "core.sshCommand"):  # fmt: skip
        tree.git("config", name, str(script))
    tree.git("config", "log.showSignature", "true")
    trap.unlink(missing_ok=True)  # git itself runs some of them
    index(indexer, tree.root)
    assert not trap.exists()
    assert files_of(indexer, "Begin")[1][0] == "a.py"


def test_an_interrupted_run_is_gone_on_with(tree, indexer, monkeypatch):
    for number in range(5):
        tree.say(f"Step {number}", a=f"x = {number}\n")
    monkeypatch.setattr(history_module, "_BATCH", 2)
    real, calls = history_module.read_commits, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(history_module, "read_commits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        index(indexer, tree.root)
    indexer.rollback()
    assert found(indexer, "step") == [], "a branch answers once all of its commits are there"
    assert index(indexer, tree.root).added == 1
    assert subjects(indexer) == [f"Step {number}" for number in range(5)]


def test_a_folder_below_the_top_has_its_own_history(tree, indexer):
    tree.say("Outside", a=A)
    tree.say("Inside", src__b=A)
    tree.say("Both", a=A + "\n", src__b=A + "\n")
    index(indexer, tree.root / "src")
    assert subjects(indexer) == ["Inside", "Both"]
    assert [row[0] for row in files_of(indexer, "Both")] == ["b.py"]


def test_parents_come_before_children_whatever_the_clock_says(tree, monkeypatch):
    for number, year in enumerate((2030, 2001, 2015)):
        monkeypatch.setitem(worktrees._ENVIRONMENT, "GIT_COMMITTER_DATE", f"{year}-01-01T00:00:00")
        tree.say(str(number))
    commits = list(reached(tree.root, "HEAD", 10))
    assert commits == tree.git("rev-list", "--topo-order", "--reverse", "HEAD").split()


def test_outside_of_git_there_is_none(tmp_path, indexer):
    (tmp_path / "a.py").write_text(A)
    assert index(indexer, tmp_path).commits == 0


def test_the_commands(installed, tree):
    tree.say("Begin", a=A)
    tree.say("Double by adding", author="Grace <g@example.org>", a=A.replace("y * 2", "y + y"))
    report = call_json(installed, "index", tree.root, "--repository", "tree")["repositories"][0]
    assert (report["commits"], report["new_commits"]) == (2, 2)
    assert report["vector_coverage"] == 1.0
    (first, *_) = call_json(installed, "changes", "double", "by", "adding", "--repository", "tree")["results"]
    assert (first["subject"], first["author"], first["paths"]) == ("Double by adding", "Grace", ["a.py"])
    assert [place["symbol"] for place in first["code"]] == ["second"]
    assert first["vector_rank"] is not None, "messages have vectors"
    shown = call(installed, "changes", "--path", "a.py", "--author", "grace").stdout
    assert "Double by adding" in shown
    assert "a.py:5  second" in shown
    assert "Begin" not in shown
    assert (
        "neither a query nor a filter"
        in CliRunner().invoke(main, ["--database", installed.url, "changes"]).output
    )


def test_a_message_without_what_has_no_place_in_it():
    message = read_message(
        b"Fix it\r\n\r\nAsk me@example.org.\r\nCo-authored-by: A <a@b.example>\n\n\n\nEnd\x00\x07\n"
    )
    assert (message.subject, message.body) == ("Fix it", "Ask …\n\nEnd")
    assert read_author(b"ada@example.org") == "ada"
    assert len(read_message(b"x" * 100_000).subject) == 500
