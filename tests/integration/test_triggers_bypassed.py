"""Rows that were written while no trigger fired: status and doctor see them, and maintenance mends them."""

import pytest

from pgcodesearch.indexing.worker import Worker
from pgcodesearch.operating.doctor import examine
from support.tenants import fill_tenants

_NEW = "def changed_by_replica(): return 3"
_COUNTS = """
select (select count(*) from codesearch.chunk), (select count(*) from codesearch.chunk_text),
       (select sum(chunk_count) from codesearch.lexical_statistic where level < 2)
"""


@pytest.fixture
def bypassed(database):
    with database.connect() as connection:
        fill_tenants(connection)
    with database.connect(autocommit=False) as connection:
        Worker(connection, ("chunk",)).run_until_idle()
    return database


def _bypass(database, *statements: str) -> None:
    with database.connect() as connection:
        connection.execute("set session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def _found(database) -> bool:
    return {finding.check: finding for finding in examine(database.url)}["files"].ok


def _pending(database) -> int:
    """The files of a repository that wait, without the one that waits for its vectors in any case."""
    return database.value("select pending_files from codesearch.index_status where repository = 'open'") - 1


def _mend(database) -> str:
    outcome = database.value("select outcome from codesearch.run_maintenance() where step = 'files' and ok")
    with database.connect(autocommit=False) as connection:
        Worker(connection, ("chunk",)).run_until_idle()
    return str(outcome)


def _paths(database, query: str) -> list[str]:
    rows = database.rows(
        "select distinct path from codesearch.search(%s, mode => 'lexical', log => false)", (query,)
    )
    return sorted(path for (path,) in rows)


def test_all_is_well_without(bypassed):
    assert _found(bypassed)
    assert _pending(bypassed) == 0
    assert _mend(bypassed) == "0 files queued, 0 rows removed"


@pytest.mark.parametrize("hashed", [True, False], ids=["with its hash", "with the old hash"])
def test_a_changed_file(bypassed, hashed):
    own = f"content_hash = sha256('{_NEW}')" if hashed else "modified_ns = 1"
    _bypass(
        bypassed,
        f"update codesearch.source_file set content = '{_NEW}', {own} where path = 'src/cookies.py'",
    )
    assert not _found(bypassed)
    if hashed:  # what takes a look at every content is not for status
        assert _pending(bypassed) == 1
    assert _mend(bypassed).startswith("1 files queued")
    assert _paths(bypassed, "changed_by_replica") == ["src/cookies.py"]
    assert _found(bypassed)


def test_a_new_file(bypassed):
    _bypass(
        bypassed,
        "insert into codesearch.source_file (repository_id, branch_id, path, content, content_hash, size_bytes)"
        f" select 1, branch_id, 'new.py', '{_NEW}', sha256('{_NEW}'), 34 from codesearch.branch"
        " where repository_id = 1",
    )
    assert not _found(bypassed)
    assert _pending(bypassed) == 1
    assert _mend(bypassed).startswith("1 files queued")
    assert _paths(bypassed, "changed_by_replica") == ["new.py"]


def test_a_deleted_file(bypassed):
    _bypass(bypassed, "delete from codesearch.source_file where path = 'src/cookies.py'")
    assert "src/cookies.py" not in _paths(bypassed, "set_cookie")
    _mend(bypassed)
    assert _found(bypassed)
    assert "src/cookies.py" not in _paths(bypassed, "set_cookie")
    assert bypassed.value("select count(*) from codesearch.chunk where symbol = 'set_cookie'") == 0
    chunks, _, counted = bypassed.rows(_COUNTS)[0]
    assert chunks == counted


@pytest.mark.parametrize("with_file", [True, False], ids=["and its file", "under its file"])
def test_a_deleted_version(bypassed, with_file):
    """Its chunks are left: nobody's, and the inverted index counts them still."""
    of_version = "(select version_id from codesearch.file_version where path = 'src/cookies.py')"
    file = [f"delete from codesearch.source_file where version_id = {of_version}"] if with_file else []
    _bypass(bypassed, *file, "delete from codesearch.file_version where path = 'src/cookies.py'")
    assert bypassed.value("select chunks from codesearch.orphaned_rows()") == 1
    assert not _found(bypassed)
    assert _pending(bypassed) == (not with_file)
    assert _mend(bypassed) == f"{int(not with_file)} files queued, 1 rows removed"
    assert _found(bypassed)
    assert ("src/cookies.py" in _paths(bypassed, "set_cookie")) == (not with_file)
    chunks, _, counted = bypassed.rows(_COUNTS)[0]
    assert chunks == counted


def test_deleted_chunks(bypassed):
    _bypass(bypassed, "delete from codesearch.chunk where symbol = 'set_cookie'")
    assert not _found(bypassed)
    _mend(bypassed)
    assert _found(bypassed)
    chunks, _, counted = bypassed.rows(_COUNTS)[0]
    assert chunks == counted
