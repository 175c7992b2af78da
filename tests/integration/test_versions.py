"""Files of branches point to versions: what is the same is derived once, what changes stays on its branch."""

import random
import threading

import psycopg
import pytest

from pgcodesearch.indexing import Worker
from support.beside import Beside
from support.indexing import check_index, chunk_all, replace, upsert

A = "def first(x):\n    return x + 1\n\n\ndef second(y):\n    return y * 2\n"
B = "def third(z):\n    return z - 3\n"
PATHS = ["src/a.py", "src/b.py", "src/c.py"]
WORDS = ["apple", "cherry", "lemon", "plum"]


@pytest.fixture
def topic(connection, database):
    """Repository web with two files, indexed, and a branch of it."""
    upsert(connection, "src/a.py", A, "web")
    upsert(connection, "src/b.py", B, "web")
    chunk_all(database)
    connection.execute("select codesearch.ensure_branch('web', 'topic')")
    return connection


def _version(connection, branch: str, path: str = "src/a.py") -> int:
    row = connection.execute(
        "select version_id from codesearch.repository_file where branch = %s and path = %s", (branch, path)
    ).fetchone()
    assert row is not None
    return row[0]


def _chunks(connection, version: int) -> dict[str, int]:
    return dict(
        connection.execute(
            "select symbol, chunk_id from codesearch.chunk where version_id = %s and level = 0", (version,)
        ).fetchall()
    )


def _found(connection, query: str, repository: str | None) -> set[tuple[str, str]]:
    rows = connection.execute(
        "select repository, path from codesearch.search(%s, repository => %s, mode => 'lexical', k => 50,"
        " log => false)",
        (query, repository),
    ).fetchall()
    return set(rows)


def test_a_branch_begins_with_the_versions_of_the_default_one(topic):
    assert _version(topic, "topic") == _version(topic, "HEAD")
    assert topic.execute("select count(*) from codesearch.file_version").fetchone() == (2,)
    assert topic.execute("select count(*) from codesearch.index_job").fetchone() == (0,)
    assert _found(topic, "first", "web@topic") == {("web@topic", "src/a.py")}
    # Without a name the default branch of each repository is searched: nothing twice.
    assert _found(topic, "first", None) == {("web", "src/a.py")}


def test_a_version_that_others_have_stays_as_it_is(topic, database):
    before = _chunks(topic, _version(topic, "HEAD"))
    upsert(topic, "src/a.py", A.replace("x + 1", "x + 7"), "web@topic")
    chunk_all(database)
    assert _chunks(topic, _version(topic, "HEAD")) == before
    assert _version(topic, "topic") != _version(topic, "HEAD")
    assert _found(topic, "7", "web@topic") == {("web@topic", "src/a.py")}
    assert _found(topic, "7", "web") == set()
    check_index(topic)


def test_a_version_of_one_file_changes_in_place(topic, database):
    upsert(topic, "src/a.py", A.replace("x + 1", "x + 7"), "web@topic")
    chunk_all(database)
    version = _version(topic, "topic")
    before = _chunks(topic, version)
    upsert(topic, "src/a.py", A.replace("x + 1", "x + 8"), "web@topic")
    chunk_all(database)
    assert _version(topic, "topic") == version
    after = _chunks(topic, version)
    assert after["second"] == before["second"]
    assert after["first"] != before["first"]
    check_index(topic)


def test_branches_that_meet_share_a_version_again(topic, database):
    changed = A.replace("x + 1", "x + 7")
    upsert(topic, "src/a.py", changed, "web@topic")
    chunk_all(database)
    upsert(topic, "src/a.py", changed, "web")
    chunk_all(database)
    assert _version(topic, "topic") == _version(topic, "HEAD")
    assert topic.execute("select count(*) from codesearch.file_version").fetchone() == (2,)
    check_index(topic)


def test_what_no_file_points_to_is_collected(topic, database):
    topic.execute("select codesearch.delete_file('web', 'src/a.py')")
    assert _found(topic, "first", "web") == set()
    assert _found(topic, "first", "web@topic") == {("web@topic", "src/a.py")}
    topic.execute("select codesearch.delete_file('web@topic', 'src/a.py')")
    assert topic.execute("select path from codesearch.file_version").fetchall() == [("src/b.py",)]
    topic.execute("delete from codesearch.branch where name = 'topic'")
    assert topic.execute("select count(*) from codesearch.chunk where level = 0").fetchone() == (1,)
    topic.execute("delete from codesearch.repository")
    for table in ("file_version", "chunk", "stored_text", "source_file", "branch"):
        assert topic.execute(f"select count(*) from codesearch.{table}").fetchone() == (0,), table


def test_forgetting_takes_a_branch_or_all_of_a_repository(topic, database):
    for name in ("web@topic", "other"):
        upsert(topic, "src/c.py", B.replace("third", "fourth"), name)
    chunk_all(database)
    topic.execute("select codesearch.forget_repository('web@topic')")
    assert topic.execute("select distinct branch from codesearch.repository_file").fetchall() == [("HEAD",)]
    assert _found(topic, "third", "web") == {("web", "src/b.py")}
    check_index(topic)
    for address in ("web@topic", "web@", "nowhere", None):
        with pytest.raises(psycopg.Error) as caught:
            topic.execute("select codesearch.forget_repository(%s)", (address,))
        assert caught.value.sqlstate == "CS006"
    topic.execute("select codesearch.forget_repository('web')")
    assert _found(topic, "third", None) == set()
    assert _found(topic, "fourth", None) == {("other", "src/c.py")}
    check_index(topic)


def test_a_repository_is_forgotten_while_a_worker_is_at_it(topic, database):
    file_id = upsert(topic, "src/c.py", B, "web")
    with database.connect(autocommit=False) as worker, database.connect() as other:
        # As replace_chunks begins, before it has stored anything that refers to the repository.
        worker.execute("select codesearch.lock_postings(repository_id) from codesearch.repository")
        worker.execute("select from codesearch.source_file where file_id = %s for no key update", (file_id,))
        forgetting = Beside(other.execute, "select codesearch.forget_repository('web')")
        assert forgetting.waits(database)
        assert replace(worker, file_id) == 1
        worker.commit()
        forgetting.end()
    for table in ("repository", "source_file", "file_version", "chunk", "posting", "index_job"):
        assert topic.execute(f"select count(*) from codesearch.{table}").fetchone() == (0,), table


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_every_isolation_level_takes_changes(topic, database, isolation):
    with database.connect(autocommit=False) as writer:
        writer.execute(f"set transaction isolation level {isolation}")
        writer.execute("select 1 from codesearch.source_file")
        writer.execute(
            "update codesearch.source_file set content = content || E'# more\\n' where path = 'src/a.py'"
        )
        writer.execute("delete from codesearch.source_file where path = 'src/b.py'")
        writer.execute(
            "insert into codesearch.source_file (repository_id, path, content)"
            " select repository_id, 'src/c.py', 'def new(): pass' from codesearch.repository"
        )
        writer.commit()
    chunk_all(database)
    assert _found(topic, "third", "web") == set()
    assert _found(topic, "new", "web") == {("web", "src/c.py")}
    topic.execute("select codesearch.run_maintenance()")
    check_index(topic)


def test_a_deletion_under_an_old_snapshot_is_no_error(topic, database):
    """A worker has changed the version in place since: what the deletion leaves is collected later."""
    with database.connect(autocommit=False) as writer:
        writer.execute("set transaction isolation level repeatable read")
        writer.execute("select 1 from codesearch.source_file")
        upsert(topic, "src/c.py", A + B, "web")
        chunk_all(database)
        writer.execute("delete from codesearch.source_file where path = 'src/b.py'")
        writer.commit()
    assert _found(topic, "third", "web") == {("web", "src/c.py")}
    outcome = dict(topic.execute("select step, outcome from codesearch.run_maintenance()").fetchall())
    assert outcome["versions"] == "1 unused versions removed"
    check_index(topic)


def test_a_file_moves_to_another_repository(topic, database):
    other = topic.execute("select repository_id, branch_id from codesearch.ensure_branch('other')").fetchone()
    topic.execute(
        "update codesearch.source_file set repository_id = %s, branch_id = %s"
        " where path = 'src/a.py' and branch_id = (select min(branch_id) from codesearch.branch)",
        other,
    )
    chunk_all(database)
    assert _found(topic, "first", "other") == {("other", "src/a.py")}
    assert _found(topic, "first", "web") == set()
    check_index(topic)


def test_a_branch_that_was_truncated(topic, database):
    topic.execute("truncate codesearch.branch cascade")
    for table in ("file_version", "chunk", "stored_text", "posting", "source_file"):
        assert topic.execute(f"select count(*) from codesearch.{table}").fetchone() == (0,), table
    upsert(topic, "src/a.py", A, "web")
    chunk_all(database)
    assert _found(topic, "first", "web") == {("web", "src/a.py")}


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_in_any_order(topic, database, seed):
    """Random statements on three branches; at the end each finds just what it has, and nothing is left over."""
    chance = random.Random(seed)
    branches = ["web", "web@topic", "web@third"]
    topic.execute("select codesearch.ensure_branch('web', 'third')")
    model = {name: {"src/a.py": A, "src/b.py": B} for name in branches}
    for _ in range(60):
        name, path, number = chance.choice(branches), chance.choice(PATHS), chance.randrange(4)
        step = chance.random()
        if step < 0.5:
            content = f"def {WORDS[number]}():\n    return {number}\n" + (B if chance.random() < 0.5 else "")
            upsert(topic, path, content, name)
            model[name][path] = content
        elif step < 0.65:
            topic.execute("select codesearch.delete_file(%s, %s)", (name, path))
            model[name].pop(path, None)
        elif step < 0.8 and path in model[name]:
            new = f"src/new{number}.py"
            if new not in model[name]:
                topic.execute(
                    "update codesearch.source_file f set path = %s from codesearch.split_address(%s) a,"
                    " codesearch.branch b where b.name = coalesce(a.branch, 'HEAD') and f.branch_id = b.branch_id"
                    " and f.path = %s",
                    (new, name, path),
                )
                model[name][new] = model[name].pop(path)
        else:
            chunk_all(database)
    chunk_all(database)
    check_index(topic)
    for name in branches:
        for word in (*WORDS, "third"):
            expected = {(name, path) for path, content in model[name].items() if f"{word}(" in content}
            assert _found(topic, word, name) == expected, (name, word)


def test_two_workers_and_writers_on_branches(topic, database):
    """Branches take the same contents in other orders while two workers index: nothing fails, and all is found."""
    stop = threading.Event()
    errors: list[Exception] = []

    def guarded(work) -> None:
        try:
            while not stop.is_set():
                work()
        except Exception as error:
            errors.append(error)

    def writer(name: str, seed: int):
        chance = random.Random(seed)

        def work() -> None:
            with database.connect() as connection:
                for path in chance.sample(PATHS, 3):
                    upsert(connection, path, f"def word{chance.randrange(5)}(): pass\n", name)

        return work

    def worker() -> None:
        with database.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()

    jobs = [writer("web", 1), writer("web@topic", 2), worker, worker]
    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    threads[0].join(timeout=6)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (
        topic.execute("select last_error from codesearch.index_job where last_error is not null").fetchall()
        == []
    )
    topic.execute("update codesearch.index_job set run_after = now()")
    chunk_all(database)
    topic.execute("select codesearch.run_maintenance()")
    check_index(topic)


def test_versions_never_cross_repositories(topic):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        topic.execute(
            "insert into codesearch.source_file (repository_id, branch_id, path, content, version_id)"
            " select e.repository_id, e.branch_id, 'x.py', 'x', (select min(version_id) from codesearch.file_version)"
            " from codesearch.ensure_branch('other') e"
        )
