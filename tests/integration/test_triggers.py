"""Whoever changes source_file, in whatever way: the change is queued in the same transaction, once."""

import contextlib

import psycopg
import pytest

from support.indexing import check_index, check_postings, chunk_all, jobs, upsert

A = "def first(x):\n    return x + 1\n\n\ndef second(y):\n    return y * 2\n"
B = "def third(z):\n    return z - 3\n"


@pytest.fixture
def repository(connection):
    return connection.execute("select codesearch.ensure_repository('demo')").fetchone()[0]


def _chunk_ids(connection):
    rows = connection.execute(
        "select symbol, kind, chunk_id from codesearch.chunk order by chunk_id"
    ).fetchall()
    return {(symbol, kind): chunk_id for symbol, kind, chunk_id in rows}


def _insert(connection, repository):
    connection.execute(
        "insert into codesearch.source_file (repository_id, path, content) values (%s, 'a.py', %s), (%s, 'b.py', %s)",
        (repository, A, repository, B),
    )


def test_insert_fills_the_derived_columns(connection, repository):
    _insert(connection, repository)
    assert jobs(connection) == [("a.py", "queued", 1), ("b.py", "queued", 1)]
    size, branch = connection.execute(
        "select size_bytes, b.name from codesearch.source_file join codesearch.branch b using (branch_id)"
        " where path = 'a.py'"
    ).fetchone()
    assert (size, branch) == (len(A), "HEAD")
    with pytest.raises(psycopg.errors.UniqueViolation):
        _insert(connection, repository)
    assert jobs(connection) == [("a.py", "queued", 1), ("b.py", "queued", 1)]


def test_copy_queues(connection, repository):
    with connection.cursor().copy(
        "copy codesearch.source_file (repository_id, path, content) from stdin"
    ) as copy:
        for number in range(50):
            copy.write_row((repository, f"copied/{number:02}.py", A))
    assert len(jobs(connection)) == 50


def test_on_conflict_queues_both_ways(connection, repository):
    _insert(connection, repository)
    connection.execute(
        "insert into codesearch.source_file (repository_id, path, content) values (%s, 'a.py', %s), (%s, 'c.py', %s)"
        " on conflict (repository_id, branch_id, path) do update set content = excluded.content",
        (repository, B, repository, B),
    )
    assert jobs(connection) == [("a.py", "queued", 2), ("b.py", "queued", 1), ("c.py", "queued", 1)]


def test_update_queues_once(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    assert jobs(connection) == []
    for content in (B, A, B):
        connection.execute("update codesearch.source_file set content = %s where path = 'a.py'", (content,))
    assert [job[:2] for job in jobs(connection)] == [("a.py", "queued")]
    chunk_all(database)
    assert ("third", "function") in _chunk_ids(connection)
    assert ("first", "function") not in _chunk_ids(connection)
    check_index(connection)


def test_other_columns_queue_nothing(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    connection.execute("update codesearch.source_file set modified_ns = 5, content = content")
    assert jobs(connection) == []


def test_touching_a_dead_letter_does_not_revive_it(connection, repository):
    _insert(connection, repository)
    connection.execute("update codesearch.index_job set state = 'failed', attempts = 5")
    connection.execute("update codesearch.source_file set modified_ns = 5")
    assert {job[1] for job in jobs(connection)} == {"failed"}
    connection.execute("update codesearch.source_file set content = content || '#' where path = 'a.py'")
    assert jobs(connection) == [("a.py", "queued", 2), ("b.py", "failed", 1)]


def test_rolled_back_changes_are_not_queued(connection, repository):
    with contextlib.suppress(psycopg.Rollback), connection.transaction():
        _insert(connection, repository)
        assert len(jobs(connection)) == 2
        raise psycopg.Rollback
    assert jobs(connection) == []


def test_notifies(connection, database, repository):
    with database.connect() as listener:
        listener.execute("listen codesearch_jobs")
        _insert(connection, repository)
        assert [n.channel for n in listener.notifies(timeout=10, stop_after=1)] == ["codesearch_jobs"]


def test_change_while_the_job_runs_is_done_again(connection, database, repository):
    _insert(connection, repository)
    claimed = connection.execute(
        "select job_id, generation from codesearch.claim_jobs('w', 10, stages => '{chunk}')"
    ).fetchall()
    connection.execute("update codesearch.source_file set content = %s where path = 'a.py'", (B,))
    done = connection.execute(
        "select codesearch.complete_jobs(%s, %s)", ([c[0] for c in claimed], [c[1] for c in claimed])
    ).fetchone()[0]
    assert done == 1
    assert jobs(connection) == [("a.py", "queued", 2)]


def test_delete_takes_everything_with_it(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    connection.execute("delete from codesearch.source_file where path = 'a.py'")
    assert set(_chunk_ids(connection)) == {("third", "function"), ("b", "module")}
    check_index(connection)
    assert connection.execute("select codesearch.delete_file('demo', 'b.py')").fetchone()[0] is True
    assert connection.execute("select codesearch.delete_file('demo', 'b.py')").fetchone()[0] is False
    check_postings(connection)


def test_truncate_empties_the_index(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute("truncate codesearch.source_file")
    connection.execute("truncate codesearch.source_file cascade")
    for table in ("chunk", "chunk_text", "stored_text", "index_job", "posting", "lexical_statistic"):
        assert connection.execute(f"select count(*) from codesearch.{table}").fetchone()[0] == 0, table
    _insert(connection, repository)
    chunk_all(database)
    check_index(connection)


def test_deleting_a_repository_takes_its_index(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    connection.execute("delete from codesearch.repository")
    assert connection.execute("select count(*) from codesearch.posting").fetchone()[0] == 0


def test_rename_keeps_ids_and_moves_the_words_of_the_path(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    before = _chunk_ids(connection)
    connection.execute("update codesearch.source_file set path = 'gamma/delta.py' where path = 'a.py'")
    assert jobs(connection) == [("gamma/delta.py", "queued", 1)]
    chunk_all(database)
    after = _chunk_ids(connection)
    assert set(after.values()) == set(before.values())
    assert after["first", "function"] == before["first", "function"]
    assert after["delta", "module"] == before["a", "module"]
    found = connection.execute(
        "select path from codesearch.search('gamma delta', mode => 'lexical')"
    ).fetchall()
    assert {path for (path,) in found} == {"gamma/delta.py"}
    texts = connection.execute(
        "select bool_and(s.text like '%%gamma/delta.py%%') from codesearch.chunk_text t"
        " join codesearch.stored_text s using (text_hash) where t.chunk_id = %s and role = 'whole'",
        (after["first", "function"],),
    ).fetchone()[0]
    assert texts is True
    check_index(connection)


def test_a_moved_file_that_is_found_by_its_content_keeps_ids(connection, database, repository):
    _insert(connection, repository)
    chunk_all(database)
    before = _chunk_ids(connection)
    upsert(connection, "moved/a.py", A)
    assert (
        connection.execute("select codesearch.forget_files(%s, '{a.py}')", (repository,)).fetchone()[0] == 1
    )
    chunk_all(database)
    assert _chunk_ids(connection) == before
    paths = connection.execute("select path from codesearch.source_file order by path").fetchall()
    assert paths == [("b.py",), ("moved/a.py",)]
    check_index(connection)


def test_rename_files_leaves_taken_paths(connection, database, repository):
    _insert(connection, repository)
    renamed = connection.execute(
        "select codesearch.rename_files(%s, '{a.py,b.py}', '{c.py,a.py}')", (repository,)
    ).fetchone()[0]
    assert renamed == 1
    paths = connection.execute("select path from codesearch.source_file order by path").fetchall()
    assert paths == [("b.py",), ("c.py",)]


def test_a_file_that_a_writer_holds_is_left_to_its_next_job(connection, database, repository):
    """The worker never waits for a row with others in hand: that is how deadlocks come about."""
    _insert(connection, repository)
    with database.connect(autocommit=False) as writer:
        writer.execute("update codesearch.source_file set content = %s where path = 'a.py'", (B,))
        chunk_all(database)
        assert {symbol for symbol, _ in _chunk_ids(connection)} == {"third", "b"}
        writer.commit()
    connection.execute("update codesearch.index_job set run_after = now()")
    chunk_all(database)
    assert jobs(connection) == []
    check_index(connection)
