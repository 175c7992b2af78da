"""pgcodesearch index: what it stores, what it leaves out, and that a second run does only what changed."""

import json
import os
import subprocess
import sys

import pytest

from support.commands import call, call_json, installed_database


@pytest.fixture(scope="module")
def database(server_url):
    with installed_database(server_url) as made:
        # The tests index the same folder again and again, each for the first time.
        yield made


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    for path, text in {
        "src/redirect.py": 'def follow_redirects(response):\n    """Where it points."""\n    return response.next\n',
        "src/cookies.py": "class CookieJar:\n    def set_cookie(self, name, value):\n        self.jar[name] = value\n",
        "web/app.ts": "export function renderPage(title: string): string {\n  return `<h1>${title}</h1>`;\n}\n",
        "README.md": "# Project\n\nHow redirects work.\n",
    }.items():
        _write(root / path, text)
    return root


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_700_000_000, 1_700_000_000))


def _index(database, root, name, *options):
    (report,) = call_json(database, "index", root, "--repository", name, *options)["repositories"]
    return report


def _paths(database, name):
    return [
        row[0]
        for row in database.rows(
            "select path from codesearch.source_file join codesearch.repository r using (repository_id)"
            " where r.name = %s order by 1", [name],
        )
    ]  # fmt: skip


def test_first_run_makes_everything_searchable(database, project):
    report = _index(database, project, "first")
    assert (report["files"], report["changed"], report["pending_files"], report["failed"]) == (4, 4, 0, [])
    assert report["vector_coverage"] == 1
    assert _paths(database, "first") == ["README.md", "src/cookies.py", "src/redirect.py", "web/app.ts"]
    hits = call_json(database, "search", "follow", "redirects", "--repository", "first")["results"]
    assert (hits[0]["path"], hits[0]["symbol"], hits[0]["start_line"]) == (
        "src/redirect.py",
        "follow_redirects",
        1,
    )
    assert hits[0]["lexical_rank"] == hits[0]["vector_rank"] == 1


def test_next_runs_do_what_changed(database, project):
    _index(database, project, "again")
    assert _index(database, project, "again")["unchanged"] == 4
    vectors = "select text_hash, xmin::text from codesearch.embedding_1"
    before = set(database.rows(vectors))
    _write(project / "src/redirect.py", "def follow_redirects(response):\n    return response.previous\n")
    (project / "web/app.ts").unlink()
    _write(project / "src/new.py", "def added():\n    return 1\n")
    report = _index(database, project, "again")
    assert (report["changed"], report["unchanged"], report["removed"]) == (2, 2, 1)
    assert _paths(database, "again") == ["README.md", "src/cookies.py", "src/new.py", "src/redirect.py"]
    kept = {row for row in before if row in set(database.rows(vectors))}
    assert kept
    assert not call_json(database, "search", "renderPage", "--repository", "again", "--mode", "lexical")[
        "results"
    ]


def test_touched_files_are_read_and_nothing_more(database, project):
    _index(database, project, "touched")
    os.utime(project / "src/new.py" if (project / "src/new.py").exists() else project / "README.md")
    report = _index(database, project, "touched")
    assert (report["changed"], report["unchanged"]) == (0, 4)


def test_ignored_and_excluded_files_leave_the_index(database, project):
    _write(project / ".gitignore", "*.log\n/web/\n!keep.log\n")
    _write(project / "src/.gitignore", "generated_*\n")
    _write(project / "debug.log", "x")
    _write(project / "keep.log", "kept")
    _write(project / "src/generated_a.py", "x = 1")
    _write(project / "node_modules/left/index.js", "module.exports = 1")
    report = _index(database, project, "ignoring", "--exclude", "README*")
    assert _paths(database, "ignoring") == [
        ".gitignore", "keep.log", "src/.gitignore", "src/cookies.py", "src/redirect.py",
    ]  # fmt: skip
    assert report["skipped"] == {"vendored": 1}
    _index(database, project, "ignoring", "--exclude", "README*", "--exclude", "src/")
    assert _paths(database, "ignoring") == [".gitignore", "keep.log"]


def test_file_size_limit_may_change(database, project):
    _write(project / "big.py", "value = 1\n" * 500)
    assert _index(database, project, "sizes", "--max-file-size", 2000)["skipped"] == {"too large": 1}
    assert "big.py" not in _paths(database, "sizes")
    assert _index(database, project, "sizes")["skipped"] == {}
    assert "big.py" in _paths(database, "sizes")
    assert _index(database, project, "sizes", "--max-file-size", 2000)["skipped"] == {"too large": 1}
    assert "big.py" not in _paths(database, "sizes")


def test_no_wait_stores_and_queues(database, project):
    report = _index(database, project, "queued", "--no-wait")
    assert (report["files"], report["pending_files"]) == (4, 4)
    assert _index(database, project, "queued")["pending_files"] == 0


def test_git_commit_is_recorded(database, project):
    def git(*arguments):
        subprocess.run(["git", "-C", str(project), "-c", "user.name=t", "-c", "user.email=t@t", *arguments], check=True,
                       capture_output=True)  # fmt: skip

    git("init")
    assert _index(database, project, "git")["commit"] is None
    git("add", "-A")
    git("commit", "-m", "one")
    commit = _index(database, project, "git")["commit"]
    assert len(commit) == 40
    assert ".git" not in {path.split("/")[0] for path in _paths(database, "git")}
    assert commit[:12] in call(database, "search", "redirects", "--repository", "git").output


def test_several_folders_and_default_names(database, project, tmp_path):
    _write(tmp_path / "second" / "a.py", "def a(): pass\n")
    reports = call_json(database, "index", project, tmp_path / "second")["repositories"]
    assert [report["repository"] for report in reports] == ["project", "second"]


def test_a_name_is_not_taken_from_another_folder(database, project, tmp_path):
    _write(tmp_path / "here" / "same" / "a.py", "def a(): pass\n")
    _write(tmp_path / "there" / "same" / "b.py", "def b(): pass\n")
    call_json(database, "index", tmp_path / "here" / "same")
    refused = call(database, "index", tmp_path / "there" / "same")
    assert refused.exit_code == 1
    assert "--repository" in refused.output
    assert _paths(database, "same") == ["a.py"]
    _index(database, tmp_path / "there" / "same", "same")
    assert _paths(database, "same") == ["b.py"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["{root}/src/redirect.py"],
        ["{root}/nowhere"],
        ["{root}", "{root}/src", "--repository", "x"],
        ["{root}", "--repository", ""],
        ["{root}", "--jobs", "0"],
        ["{root}", "--max-file-size", "-1"],
    ],
    ids=str,
)
def test_wrong_usage(database, project, arguments):
    result = call(database, "index", *(argument.format(root=project) for argument in arguments))
    assert result.exit_code == 2
    assert "Error" in result.output


def test_installs_an_empty_database(empty_database, project):
    report = _index(empty_database, project, "fresh")
    assert report["vector_coverage"] == 1
    assert empty_database.value("select count(*) from codesearch.model_version where status = 'active'") == 1


def test_refuses_a_newer_database(empty_database, project):
    _index(empty_database, project, "new", "--no-wait")
    empty_database.rows("update codesearch.alembic_version set version_num = '9999'")
    result = call(empty_database, "index", project)
    assert result.exit_code == 1
    assert "9999" in result.output
    assert "hint: upgrade the pgcodesearch package" in result.output


def test_many_files_with_several_processes(database, tmp_path):
    root = tmp_path / "many"
    for number in range(60):
        _write(
            root / f"m{number % 7}" / f"file{number}.py", f"def function_{number}():\n    return {number}\n"
        )
    done = subprocess.run(
        [sys.executable, "-m", "pgcodesearch", "--database", database.url, "index", str(root), "--jobs", "2", "--json"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["repositories"]
    assert (report["files"], report["pending_files"], report["vector_coverage"]) == (60, 0, 1)
    assert database.rows("select 1 from codesearch.index_job") == []


def test_missing_vectors_without_jobs_are_queued(database, project):
    _index(database, project, "missing")
    database.rows(
        "delete from codesearch.embedding_1 e"
        " using codesearch.repository r join codesearch.chunk_text t using (repository_id)"
        " where t.text_hash = e.text_hash and r.name = 'missing'"
    )
    assert _index(database, project, "missing")["vector_coverage"] == 1


def test_failed_files_are_told_and_tried_again(database, project):
    _index(database, project, "failing")
    database.rows(
        "insert into codesearch.index_job (repository_id, file_id, stage, state, last_error)"
        " select repository_id, file_id, 'chunk', 'failed', 'it broke' from codesearch.source_file"
        " join codesearch.repository r using (repository_id) where r.name = 'failing' and path = 'README.md'"
    )
    status = call_json(database, "status")
    assert [row["failed_files"] for row in status["repositories"] if row["repository"] == "failing"] == [1]
    report = _index(database, project, "failing")
    assert (report["failed"], report["pending_files"]) == ([], 0)
