"""Search on a hot standby of PostgreSQL's own replication, and after its promotion."""

import pytest

from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from support.replication import cluster
from support.workers import wait_until

_QUESTION = "hexadecimal digits to number"
_ASK = "select path, lexical_rank, vector_rank, query_id from codesearch.search(%s)"


@pytest.fixture
def replicated():
    """A database on a primary, with two files and their vectors, and the same on its standby; the standby's server."""
    with cluster(1) as servers:
        database, standby = servers.primary, servers.database(servers.servers[1])
        install(database.url)
        database.rows(
            "select codesearch.upsert_file('demo', 'b.py', 'def parse_colour(x): return int(x[1:], 16)')"
        )
        database.rows(
            "select codesearch.upsert_file('demo', 'a.py', 'def follow(answer): return send(answer.next)')"
        )
        with database.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        yield database, standby, servers.servers[1]


def test_a_standby_answers_by_meaning_and_logs_after_its_promotion(replicated):
    primary, standby, server = replicated
    position = primary.value("select pg_current_wal_lsn()")
    wait_until(
        lambda: standby.value("select pg_last_wal_replay_lsn() >= %s::pg_lsn", (position,)), "the standby"
    )
    notices = []
    with standby.connect() as connection:
        connection.add_notice_handler(lambda diag: notices.append(diag.message_primary))
        for _ in range(2):
            assert connection.execute(_ASK, (_QUESTION,)).fetchall()[0] == ("b.py", None, 1, None)
        connection.execute("select * from codesearch.search(%s, log => false)", (_QUESTION,))
    assert notices == ["searches of a read-only session are not logged"]
    assert standby.value("select value from codesearch.metric where name = 'pgcodesearch_repositories'") == 1
    assert standby.value("select encoder from codesearch.explain(%s) limit 1", (_QUESTION,)) == "table"
    primary.rows("select codesearch.upsert_file('demo', 'c.py', 'def hexadecimal_digits(): return 16')")
    with primary.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()
    wait_until(lambda: standby.rows(_ASK, (_QUESTION,))[0][0] == "c.py", "what the primary indexed since")

    server._control("promote")
    wait_until(lambda: not standby.value("select pg_is_in_recovery()"), "the promotion")
    path, _, near, query_id = standby.rows(_ASK, (_QUESTION,))[0]
    assert (path, near is not None, query_id is not None) == ("c.py", True, True)
    standby.rows("select codesearch.upsert_file('demo', 'c.py', 'def other(): pass')")
    with standby.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()
    assert standby.rows(_ASK, (_QUESTION,))[0][0] == "b.py"
