"""Whose jobs are worked on: repositories take turns, `index` does its own, and a wait ends when nobody works."""

import subprocess

import psycopg
import pytest

from pgcodesearch.indexing import IndexOptions, index_folder
from pgcodesearch.indexing.processes import DaemonOptions
from pgcodesearch.indexing.supervising import Supervisor
from pgcodesearch.indexing.worker import Worker
from support.commands import call_json, start
from support.databases import Database

_PENDING = (
    "select r.name, count(*) from codesearch.index_job j join codesearch.repository r using (repository_id)"
    " group by 1 order by 1"
)


def _queue(database: Database, repository: str, files: int) -> None:
    database.rows(
        "insert into codesearch.source_file (repository_id, path, content, content_hash, size_bytes)"
        " select codesearch.ensure_repository(%s), format('m%%s.py', n), format('def f%%s(): return %%s', n, n), '', 0"
        " from generate_series(1, %s) n",
        (repository, files),
    )


def _claimed(connection: psycopg.Connection, worker: str, after: int = 0, **arguments: object) -> list[int]:
    named = "".join(f", {name} => %({name})s" for name in arguments)
    rows = connection.execute(
        f"select repository_id from codesearch.claim_jobs(%(worker)s, 10, after_repository => %(after)s{named})",
        {"worker": worker, "after": after, **arguments},
    ).fetchall()
    return [repository for (repository,) in rows]


def test_repositories_take_turns(database):
    for name, files in (("large", 100), ("small", 1), ("other", 30)):
        _queue(database, name, files)
    with database.connect() as connection:
        turn, seen = 0, []
        for _ in range(4):
            claimed = _claimed(connection, "w", turn)
            seen.append(sorted(set(claimed)))
            assert len(claimed) == 10
            turn = max(claimed)
    assert seen == [[1], [2, 3], [1], [3]] or seen == [[1], [2, 3], [1], [2, 3]]


def test_one_file_does_not_wait_for_a_large_repository(database):
    _queue(database, "large", 200)
    with database.connect(autocommit=False) as connection:
        worker = Worker(connection, ("chunk",), name="w")
        worker.run_once()
        _queue(database, "small", 1)
        worker.run_once()
        assert database.value("select count(*) from codesearch.search('f1', repository => 'small')") == 1
    assert dict(database.rows(_PENDING))["large"] > 100


@pytest.mark.parametrize(
    ("files", "asked_for", "left"),
    [(2, 1, ("second", 3)), (2, 2, ("first", 2)), (50, 1, ("second", 3))],
    ids=["less than a claim", "after another", "more than a claim"],
)
def test_only_the_repository_that_was_asked_for(database, files, asked_for, left):
    """All of its jobs, and no other's: where a claim has room for more, and where it is its turn again at once."""
    _queue(database, "first", files)
    _queue(database, "second", 3)
    with database.connect(autocommit=False) as connection:
        Worker(connection, ("chunk",), name="w", only_repository=asked_for).run_until_idle()
    assert database.rows(_PENDING) == [left]


def test_a_claim_reads_what_it_claims(database):
    """With 100,000 jobs queued no claim reads, or sorts, the queue."""
    _queue(database, "large", 100_000)
    _queue(database, "small", 5)
    with database.connect() as connection:
        connection.execute("vacuum analyze codesearch.index_job")
        for after, repository in ((0, 1), (1, 2), (2, 1)):
            before = _buffers(connection)
            assert set(_claimed(connection, "w", after)) >= {repository}
            assert _buffers(connection) - before < 2000


def _buffers(connection: psycopg.Connection) -> int:
    connection.execute("select pg_stat_force_next_flush()")
    row = connection.execute(
        "select heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read from pg_statio_user_tables"
        " where relid = 'codesearch.index_job'::regclass"
    ).fetchone()
    assert row
    return int(row[0])


class _Silent:
    """A progress that nobody reads."""

    def read(self, result: object) -> None: ...

    def advance(self, stage: str, done: int, total: int) -> None: ...

    def step(self, what: str) -> None: ...


@pytest.mark.parametrize("held", [1, 20])
def test_index_takes_over_what_a_dead_worker_elsewhere_holds(database, tmp_path, held):
    """Its lease has ended, and no other worker comes by: the run does not wait for it for ever."""
    for number in range(held):
        (tmp_path / f"m{number}.py").write_text(f"def f{number}(): pass\n")
    with database.connect(autocommit=False) as connection:
        run = (connection, database.url, "demo", tmp_path)
        index_folder(*run, IndexOptions(wait=False), _Silent())
        connection.execute("select codesearch.claim_jobs('elsewhere:1', 100, lease => '1 second')")
        connection.commit()
        report = index_folder(*run, IndexOptions(jobs=2), _Silent())
        assert report.pending_files == 0
        assert report.chunks > 0


def test_index_of_a_branch_with_few_files_ends(database, tmp_path):
    """A model that is loaded beside the run holds none of the pipes through which git is asked."""

    def git(*arguments: str) -> None:
        name = ["-c", "user.email=t@example.org", "-c", "user.name=t", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", "-C", tmp_path, *name, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "a.py").write_text("def f1(): return 1\n")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "next")
    (tmp_path / "b.py").write_text("def f2(): return 2\n")
    git("add", ".")
    git("commit", "-m", "two")
    git("checkout", "main")
    call_json(database, "init")
    for branch in ([], ["--branch", "next"]):
        # Each in a process in which nothing is loaded yet.
        process = start(database, "index", tmp_path, "--repository", "demo", *branch)
        try:
            process.communicate(timeout=100)
        finally:
            process.kill()
        assert process.returncode == 0
    assert database.rows(_PENDING) == []


def test_a_worker_starts_without_reading_every_text(database):
    """What is owed is queued by whoever stores it; only a database older than its installation is looked through."""
    database.rows("select codesearch.add_model('tiny', 4, 16, '{}')")
    _queue(database, "demo", 3)
    with database.connect(autocommit=False) as connection:
        Worker(connection, ("chunk",), name="w").run_until_idle()
    with database.connect(autocommit=False) as busy:
        busy.execute("delete from codesearch.index_job")
        busy.commit()
        busy.execute("lock table codesearch.chunk_text in access exclusive mode")
        Supervisor(database.url, 1, DaemonOptions(once=True))
    assert database.rows(_PENDING) == []
    # As in a restored dump of the extension: repositories are older than the installation.
    database.rows("update codesearch.work_lock set since = now() where purpose = 'vectors'")
    Supervisor(database.url, 1, DaemonOptions(once=True))
    assert database.rows(_PENDING) == [("demo", 3)]
    database.rows("delete from codesearch.index_job")
    Supervisor(database.url, 1, DaemonOptions(once=True))
    assert database.rows(_PENDING) == []
