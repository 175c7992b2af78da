"""Locks that work takes: nobody outside can hold them, and whoever waits gets in."""

import threading

import psycopg
import pytest

from pgcodesearch.indexing.worker import Worker
from support.tenants import acting_as, fill_tenants, temporary_roles

_WORK = (
    "select codesearch.refresh_lexical_index(1, true)",
    "select codesearch.lock_repository(1)",
    "select codesearch.delete_file('open', 'src/cookies.py')",
    "select codesearch.check_drift()",
    "select codesearch.retire_model('tiny')",
)


@pytest.fixture
def filled(database):
    with database.connect() as connection:
        fill_tenants(connection)
        connection.execute("select codesearch.add_model('other', 4, 16, '{}')")
        connection.execute("select codesearch.activate_model('other', force => true)")
        connection.execute("select codesearch.enable_row_level_security()")
    return database


def _expect_no_waiting(database) -> None:
    """Everything that takes a lock goes through while others hold what they could get."""
    with database.connect() as connection:
        connection.execute("set lock_timeout = '2s'")
        for statement in _WORK:
            connection.execute(statement)
        steps = connection.execute("select step, ok, outcome from codesearch.run_maintenance()").fetchall()
        assert len(steps) > 1
        assert all(ok for _, ok, _ in steps), steps
        connection.execute("select codesearch.upsert_file('open', 'new.py', 'def new(): pass')")
    with database.connect(autocommit=False) as connection:
        connection.execute("set lock_timeout = '2s'")
        Worker(connection, stages=("chunk",)).run_until_idle()
    assert database.value("select count(*) from codesearch.chunk where symbol = 'new' and level = 0") == 1


def test_a_stranger_with_every_advisory_lock(filled):
    with temporary_roles(filled.url, "") as (name,), acting_as(filled, name) as stranger:
        for number in range(1886872430, 1886872440):
            for key in range(4):
                stranger.execute("select pg_advisory_lock(%s, %s)", (number, key))
        for number in range(0x7067_6370, 0x7067_6380):
            stranger.execute("select pg_advisory_lock(%s)", (number,))
        for table in ("work_lock", "repository", "lexical_norm", "maintenance_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), stranger.transaction():
                stranger.execute(f"lock table codesearch.{table} in access share mode")
        _expect_no_waiting(filled)


@pytest.mark.parametrize("membership", ["codesearch_reader", "codesearch_writer"])
def test_another_tenant_with_every_lock_it_can_get(filled, membership):
    with temporary_roles(filled.url, membership) as (name,), acting_as(filled, name) as tenant:
        filled.rows("select codesearch.grant_repository('zanzibar-vault', %s)", (name,))
        tenant.execute("begin")
        for statement in (
            "select codesearch.lock_repository(1)",
            "select codesearch.lock_postings(1)",
            "select codesearch.lock_postings(1, alone => true)",
            "select codesearch.refresh_lexical_index(1, true)",
            "select codesearch.hold_work_lock('maintenance')",
            "select from codesearch.work_lock for key share",
            "insert into codesearch.work_lock values ('maintenance', 0)",
        ):
            try:
                with tenant.transaction():
                    tenant.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
        _expect_no_waiting(filled)
        tenant.execute("rollback")


def test_a_refresh_gets_in_among_writers_that_never_pause(filled):
    """Writers whose transactions overlap share the lock all the time; a refresh that waits comes before the next."""
    stop = threading.Event()

    def write() -> None:
        with filled.connect(autocommit=False) as connection:
            while not stop.is_set():
                connection.execute("select codesearch.lock_postings(1), pg_sleep(0.05)")
                connection.commit()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    try:
        with filled.connect() as connection:
            connection.execute("set lock_timeout = '20s'")
            assert connection.execute("select codesearch.refresh_lexical_index(1, true)").fetchone() == (
                True,
            )
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def test_who_is_inside_passes_the_gate(filled):
    """A transaction that writes twice, with a refresh that came between, does not deadlock with it."""
    with filled.connect(autocommit=False) as writer, filled.connect() as refresher:
        writer.execute("select codesearch.delete_file('open', 'src/cookies.py')")
        pid = refresher.info.backend_pid
        waiting = threading.Thread(
            target=refresher.execute, args=("select codesearch.refresh_lexical_index(1, true)",)
        )
        waiting.start()
        while filled.value("select cardinality(pg_blocking_pids(%s))", (pid,)) == 0:
            pass
        writer.execute("set local lock_timeout = '2s'")
        writer.execute("select codesearch.delete_file('open', 'src/redirect.py')")
        writer.commit()
        waiting.join()


def test_one_run_of_maintenance(filled):
    with filled.connect(autocommit=False) as first:
        first.execute("select codesearch.hold_work_lock('maintenance')")
        assert filled.rows("select step, outcome from codesearch.run_maintenance()") == [
            ("lock", "another run is at work")
        ]
