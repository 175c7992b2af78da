"""index_freshness: what an answer says of its index, without counting every text where nothing is owed."""

import pytest

from pgcodesearch.indexing import Worker
from pgcodesearch.searching import freshness
from support.indexing import chunk_all, upsert

SOURCE = "def handle_{0}(request):\n    return request.number + {0}\n"
EXACT = "select repository, vector_coverage from codesearch.index_status order by 1"


@pytest.fixture
def indexed(installed):
    """Two repositories whose texts all have vectors."""
    with installed.connect(autocommit=False) as connection:
        for repository in ("one", "two"):
            for number in range(3):
                upsert(connection, f"src/f{number}.py", SOURCE.format(number), repository)
        connection.commit()
        Worker(connection).run_until_idle()
    return installed


def _coverage(database):
    with database.connect() as connection:
        return [(state.repository, state.vector_coverage) for state in freshness(connection)]


def _counted(database):
    """How often one answer's freshness counted the texts."""
    with database.connect(autocommit=False) as connection:
        connection.execute("set local track_functions = 'all'")
        freshness(connection)
        row = connection.execute(
            "select coalesce(sum(calls), 0) from pg_stat_xact_user_functions where funcname = 'embedding_coverage'"
        ).fetchone()
    return int(row[0])


def test_nothing_is_counted_where_nothing_is_owed(indexed):
    assert _coverage(indexed) == [("one", 1.0), ("two", 1.0)] == indexed.rows(EXACT)
    assert _counted(indexed) == 0


def test_texts_are_counted_once_for_those_that_wait(indexed):
    for repository in ("one", "two"):
        indexed.rows(
            "select codesearch.upsert_file(%s, 'new.py', %s)", (repository, SOURCE.format(repository))
        )
    chunk_all(indexed)
    (_, one), (_, two) = _coverage(indexed)
    assert 0 < one < 1
    assert 0 < two < 1
    assert _coverage(indexed) == indexed.rows(EXACT)
    assert _counted(indexed) == 1


def test_one_that_waits_does_not_lower_the_other(indexed):
    indexed.rows("select codesearch.upsert_file('one', 'new.py', %s)", (SOURCE.format("new"),))
    chunk_all(indexed)
    assert dict(_coverage(indexed))["two"] == 1
    assert _coverage(indexed) == indexed.rows(EXACT)


def test_pending_files_and_a_repository_without_any(indexed):
    indexed.rows("select codesearch.ensure_branch('empty')")
    indexed.rows("select codesearch.upsert_file('three', 'new.py', %s)", (SOURCE.format("new"),))
    with indexed.connect() as connection:
        states = {state.repository: state for state in freshness(connection)}
        assert freshness(connection, "three") == [states["three"]]
    assert (states["empty"].pending_files, states["empty"].vector_coverage) == (0, 1)
    assert (states["three"].pending_files, states["three"].vector_coverage) == (1, 0)
    assert _coverage(indexed) == [("empty", 1), ("one", 1), ("three", 0), ("two", 1)]


def test_files_that_were_written_while_no_trigger_fired_are_pending(indexed):
    """As a replica writes them: with no job, and with their hash or, where it is new, no version."""
    with indexed.connect() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update codesearch.source_file f set content = 'x = 1', content_hash = sha256('x = 1')"
            " from codesearch.repository r where r.repository_id = f.repository_id and name = 'one'"
            " and path <> 'src/f0.py'"
        )
        connection.execute(
            "insert into codesearch.source_file (repository_id, branch_id, path, content, content_hash, size_bytes)"
            " select repository_id, branch_id, 'new.py', 'x = 2', sha256('x = 2'), 5 from codesearch.branch"
            " join codesearch.repository using (repository_id) where repository.name = 'two'"
        )
        states = {state.repository: state.pending_files for state in freshness(connection)}
    assert states == {"one": 2, "two": 1}
    # Queued by maintenance, they are counted once.
    indexed.rows("select codesearch.repair_files()")
    with indexed.connect() as connection:
        assert {state.repository: state.pending_files for state in freshness(connection)} == states


def test_vectors_of_another_model_do_not_count(indexed):
    indexed.rows("update codesearch.model_version set status = 'candidate' returning 1")
    assert _coverage(indexed) == [("one", 0.0), ("two", 0.0)] == indexed.rows(EXACT)
