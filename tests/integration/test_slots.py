"""Slots of the inverted index: a large repository has blocks to itself, and writers that work on it don't wait."""

import pytest

from support.indexing import check_index, chunk_all, upsert

LARGE, BLOCK = 512, 8192


def _fill(database, connection, repository: str, first: int, functions: int) -> None:
    for start in range(first, first + functions, 100):
        code = "\n\n".join(f"def {repository}_{n}():\n    return {n}" for n in range(start, start + 100))
        upsert(connection, f"f{start}.py", code, repository)
    chunk_all(database)


def _slots(connection, repository: str) -> list[int]:
    rows = connection.execute(
        "select c.slot from codesearch.chunk c join codesearch.repository r using (repository_id)"
        " where r.name = %s order by c.chunk_id", (repository,)
    ).fetchall()  # fmt: skip
    return [slot for (slot,) in rows]


@pytest.fixture
def large(database):
    """A repository beyond the size from which it has blocks of its own, and a small one; a connection."""
    with database.connect() as connection:
        _fill(database, connection, "small", 0, 200)
        _fill(database, connection, "large", 0, LARGE + 100)
        yield connection


def _take(connection, wanted: int) -> list[int]:
    (slots,) = connection.execute(
        "select codesearch.take_slots(repository_id, %s) from codesearch.repository where name = 'large'", (wanted,)
    ).fetchone()  # fmt: skip
    return slots


def test_a_large_repository_has_blocks_of_its_own(large, database):
    shared = max(_slots(large, "small") + _slots(large, "large"))
    assert shared < 10**9, "both share the first blocks"
    _fill(database, large, "large", 5000, 200)
    _fill(database, large, "small", 5000, 100)
    own = [slot for slot in _slots(large, "large") if slot > shared]
    assert len({slot // BLOCK for slot in own if slot > 10**9}) == 1
    assert sorted(own) == list(range(min(own), min(own) + len(own))), "one after the other"
    assert not {slot // BLOCK for slot in own} & {slot // BLOCK for slot in _slots(large, "small")}
    check_index(large)
    rows = large.execute("select symbol from codesearch.search('large_5150', mode => 'lexical')").fetchall()
    assert rows[0] == ("large_5150",)


def test_a_full_block_is_followed_by_another(large):
    slots = _take(large, BLOCK + 5)
    assert len(set(slots)) == BLOCK + 5
    assert len({slot // BLOCK for slot in slots}) == 2
    assert _take(large, 1) == [slots[-1] + 1]
    assert large.execute("select count(*) from codesearch.slot_run").fetchone() == (1,)


def test_writers_neither_wait_nor_share(large, database):
    with database.connect(autocommit=False) as one, database.connect(autocommit=False) as other:
        other.execute("set lock_timeout = '1s'")
        mine, theirs = _take(one, 10), _take(other, 10)
        assert not set(mine) & set(theirs)
        one.commit()
        other.rollback()
    assert _take(large, 5) == [slot + 10 for slot in mine[:5]], "goes on where one ended"


def test_what_was_rolled_back_is_taken_again(large, database):
    _take(large, 1)
    with database.connect(autocommit=False) as connection:
        taken = _take(connection, 3)
        connection.rollback()
    assert _take(large, 3) == taken
