"""Kept answers: the same search again is answered from them, until anything changed that it depends on."""

import psycopg
import pytest
from psycopg import sql

from pgcodesearch.indexing import Worker
from support.databases import fresh_database
from support.tenants import acting_as, temporary_roles

FILES = {
    "redirect.py": "def follow_redirects(response):\n    return response.next\n",
    "cookies.py": "def set_cookie(jar, name):\n    jar[name] = 1\n",
}
SEARCH = "select * from codesearch.search('follow redirects')"
KEPT = "select from_cache from codesearch.query_log order by query_id desc limit 1"


def _shown(row):
    """What a row shows: all but query_id, which the log gave it."""
    return (*row[:-2], row[-1])


@pytest.fixture
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            for path, content in FILES.items():
                connection.execute("select codesearch.upsert_file('web', %s, %s)", [path, content])
        _chunk(made)
        yield made


def _chunk(database):
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()


def _asked(database, statement=SEARCH):
    """The answer, without its query_id, and whether it was kept from before."""
    with database.connect() as connection:
        rows = connection.execute(statement).fetchall()
        return [_shown(row) for row in rows], connection.execute(KEPT).fetchone()[0]


def test_the_same_search_again_is_answered_from_the_cache(database):
    first, second, third = (_asked(database) for _ in range(3))
    assert [kept for _, kept in (first, second, third)] == [False, True, True]
    assert first[0] == second[0] == third[0] != []
    shown = (
        "select query_id, array_agg((rank, chunk_id, score)::text order by rank)"
        " from codesearch.query_results group by 1 order by 1"
    )
    logged = database.rows(shown)
    assert len(logged) == 3
    assert len({tuple(rows) for _, rows in logged}) == 1
    (entries, hits, misses, hit_rate) = database.rows(
        "select entries, hits, misses, hit_rate from codesearch.result_cache_status"
    )[0]
    assert (entries, hits, misses) == (1, 2, 1)
    assert hit_rate == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "other",
    [
        "'follow redirect'", "'follow redirects', k => 3", "'follow redirects', repository => 'web'",
        "'follow redirects', path => '*.py'", "'follow redirects', language => 'python'",
        "'follow redirects', kind => 'function'", "'follow redirects', mode => 'lexical'",
        "'follow redirects', min_score => -5", "'follow redirects', per_file => 1",
        """'follow redirects', context => '{"symbol": "follow_redirects"}'""",
    ],
)  # fmt: skip
def test_another_argument_is_another_search(database, other):
    _asked(database)
    search = f"select * from codesearch.search({other})"
    assert _asked(database, search)[1] is False
    assert _asked(database, search)[1] is True


def test_an_answer_of_the_day_before_goes(database):
    _asked(database)
    assert database.value("select codesearch.prune_answers()") == 0
    database.rows("update codesearch.result_cache set answered_at = now() - interval '25 hours'")
    assert database.value("select codesearch.prune_answers()") == 1
    assert _asked(database)[1] is False


def _write(statement):
    def change(database):
        database.rows(statement)
        _chunk(database)

    return change


CHANGES = {
    "a new file": _write("select codesearch.upsert_file('web', 'more.py', 'def follow_redirects_more(): pass')"),
    "a changed file": _write("update codesearch.source_file set content = content || '# redirects'"),
    "a renamed file": _write("update codesearch.source_file set path = 'tests/redirect.py' where path = 'redirect.py'"),
    "a removed file": _write("select codesearch.delete_file('web', 'redirect.py')"),
    "one removed file of two": _write("select codesearch.delete_file('web', 'second.py')"),
    "removed chunks": _write("delete from codesearch.chunk where symbol = 'follow_redirects'"),
    "truncated chunks": _write("truncate codesearch.chunk cascade"),
    "a removed repository": _write("delete from codesearch.repository"),
    "a new repository": _write("select codesearch.upsert_file('other', 'a.py', 'def follow_redirects(): pass')"),
    "a new index": _write("select codesearch.rebuild_postings(repository_id) from codesearch.repository"),
    "a setting": _write("select codesearch.change_setting('ranking.weights', '{\"method\": 2}')"),
    "a model": _write("select codesearch.add_model('m', 4, 16, '{}')"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_answer_anew(database, change):
    if (
        change == "one removed file of two"
    ):  # the best hit stays, and with it what says that the answer was kept
        text = "def second(response):\n    # redirects\n    return response\n"
        database.rows("select codesearch.upsert_file('web', 'second.py', %s)", (text,))
        _chunk(database)
        assert len(_asked(database)[0]) > 1
    _asked(database)
    assert _asked(database)[1] is True
    CHANGES[change](database)
    rows, kept = _asked(database)
    assert kept is False
    fresh = [_shown(row) for row in database.rows(SEARCH.replace("')", "', log => false)"))]
    # Scores are sums in single precision: their order, and so their last digits, are the planner's.
    assert [_rounded(row) for row in rows] == [_rounded(row) for row in fresh]


def _rounded(row):
    return tuple(round(value, 5) if isinstance(value, float) else value for value in row)


def test_a_change_elsewhere_leaves_the_answer(database):
    search = SEARCH.replace("')", "', repository => 'web')")
    _asked(database, search)
    database.rows("select codesearch.upsert_file('other', 'a.py', 'def follow_redirects(): pass')")
    _chunk(database)
    assert _asked(database, search)[1] is True


def test_new_vectors_make_the_answer_anew(database):
    database.rows("select codesearch.add_model('m', 4, 16, '{}')")
    search = "select * from codesearch.search('follow redirects', query_embedding => '[1,2,3,1]')"
    _asked(database, search)
    assert _asked(database, search)[1] is True
    database.rows(
        "select codesearch.store_embeddings(1, array[t.chunk_id], array[t.unit], array[t.text_hash], '{1}', '{1}',"
        " array['[0.5,0.5,0.5,0.5]'::halfvec]) from codesearch.chunk_text t limit 1"
    )
    assert _asked(database, search)[1] is False
    other = search.replace("[1,2,3,1]", "[1,2,3,2]")
    assert _asked(database, other)[1] is False
    database.rows(
        "select codesearch.add_model('n', 4, 16, '{}'); select codesearch.activate_model('n', force => true)"
    )
    assert _asked(database, search)[1] is False


def test_a_change_that_commits_after_the_search_makes_its_answer_anew(database):
    with database.connect(autocommit=False) as writer:
        writer.execute("delete from codesearch.chunk where symbol = 'follow_redirects'")
        before = _asked(database)
        # Another transaction, later and done: the writer's is older and still open.
        database.rows("select pg_current_xact_id()")
        assert _asked(database) == (before[0], True)
        writer.commit()
    after = _asked(database)
    assert after[1] is False
    assert {row[7] for row in before[0]} - {row[7] for row in after[0]} == {"follow_redirects"}


def test_what_a_transaction_changed_itself_is_not_kept_for_others(database):
    with database.connect(autocommit=False) as writer:
        writer.execute("delete from codesearch.chunk where symbol = 'follow_redirects'")
        assert "follow_redirects" not in {row[7] for row in writer.execute(SEARCH)}
        writer.rollback()
    rows, kept = _asked(database)
    assert not kept
    assert "follow_redirects" in {row[7] for row in rows}


@pytest.mark.parametrize("rolled_back", [False, True])
def test_what_a_transaction_changes_after_its_search_counts(database, rolled_back):
    with database.connect(autocommit=False) as writer:
        writer.execute(SEARCH)
        writer.execute("savepoint here; delete from codesearch.chunk where symbol = 'follow_redirects'")
        assert "follow_redirects" not in {row[7] for row in writer.execute(SEARCH)}
        if rolled_back:
            writer.execute("rollback to here")
        assert ("follow_redirects" in {row[7] for row in writer.execute(SEARCH)}) is rolled_back
        writer.commit()
    assert ("follow_redirects" in {row[7] for row in _asked(database)[0]}) is rolled_back


def test_searches_never_wait_for_each_other(database):
    with database.connect(autocommit=False) as one:
        one.execute(SEARCH)
        with database.connect() as other:
            other.execute("set lock_timeout = '100ms'")
            assert other.execute(SEARCH).fetchall()
        one.execute("select codesearch.prune_answers()")
        with database.connect() as other:
            other.execute("set lock_timeout = '100ms'")
            assert other.execute(SEARCH).fetchall()
            other.execute("select codesearch.prune_answers()")


def test_what_is_not_logged_is_not_kept(database):
    quiet = SEARCH.replace("')", "', log => false)")
    for _ in range(2):
        database.rows(quiet)
    assert database.value("select count(*) from codesearch.result_cache") == 0


def test_the_cache_can_be_off(database):
    database.rows("select codesearch.change_setting('result_cache.max_entries', '0')")
    assert [_asked(database)[1] for _ in range(2)] == [False, False]
    assert database.value("select count(*) from codesearch.result_cache") == 0


def test_a_read_only_transaction_is_answered(database):
    with database.connect() as connection:
        connection.execute("set default_transaction_read_only = on")
        first = connection.execute(SEARCH).fetchall()
        _asked(database)
        assert connection.execute(SEARCH).fetchall() == first != []
    assert database.value("select count(*) from codesearch.result_cache") == 1


def test_each_role_has_its_own_answers(database):
    with temporary_roles(database.url, "codesearch_reader", "codesearch_reader") as (one, other):
        for role, kept in ((one, False), (other, False), (one, True), (other, True)):
            with acting_as(database, role) as connection:
                connection.execute(SEARCH)
            assert database.value(KEPT) is kept
        with acting_as(database, one) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from codesearch.result_cache")


def test_a_revoked_repository_is_in_no_answer(database):
    database.rows("select codesearch.enable_row_level_security()")
    with temporary_roles(database.url, "codesearch_reader") as (role,):
        database.rows("select codesearch.grant_repository('web', %s)", [role])
        with acting_as(database, role) as connection:
            for _ in range(2):
                assert connection.execute(SEARCH).fetchall()
        assert database.value(KEPT) is True
        database.rows("select codesearch.revoke_repository('web', %s)", [role])
        with acting_as(database, role) as connection:
            assert connection.execute(SEARCH).fetchall() == []


def test_pruning_keeps_the_newest_answers_and_the_changes_they_need(database):
    database.rows("select codesearch.change_setting('result_cache.max_entries', '2')")
    for word in ("follow", "redirects", "cookie", "jar"):
        _asked(database, f"select * from codesearch.search('{word}')")
    # Not how many went: an answer that is kept prunes now and then by itself.
    database.rows("select codesearch.prune_answers()")
    assert database.value("select count(*) from codesearch.result_cache") == 2
    assert _asked(database, "select * from codesearch.search('jar')")[1] is True
    assert _asked(database, "select * from codesearch.search('follow')")[1] is False
    changes = "select count(*) from codesearch.index_change"
    before = database.value(changes)
    assert before > 0
    # Seen committed just now: a search that began before may still be running.
    database.rows("select codesearch.prune_answers()")
    assert database.value(changes) == before
    database.rows("update codesearch.index_change set settled_at = settled_at - interval '2 hours'")
    database.rows("select codesearch.prune_answers()")
    assert database.value(changes) == 0
    _write("select codesearch.delete_file('web', 'cookies.py')")(database)
    database.rows("select codesearch.prune_answers()")
    database.rows("update codesearch.index_change set settled_at = settled_at - interval '2 hours'")
    database.rows("select codesearch.prune_answers()")
    # An answer from before the deletion is still there.
    assert database.value(changes) > 0
    assert _asked(database, "select * from codesearch.search('jar')") == ([], False)


def test_maintenance_prunes(database):
    steps = {row[0]: row[1:3] for row in database.rows("select * from codesearch.run_maintenance()")}
    assert steps["result cache"] == (True, "0 answers removed")


def test_a_hostile_name_of_a_role_is_a_role(database):
    with database.connect() as connection:
        name = sql.Identifier('it\'s; "odd" ' + str(connection.info.backend_pid))
        connection.execute(sql.SQL("create role {} in role codesearch_reader").format(name))
        try:
            connection.execute(sql.SQL("set role {}").format(name))
            first = connection.execute(SEARCH).fetchall()
            assert [_shown(row) for row in first] == [_shown(row) for row in connection.execute(SEARCH)]
        finally:
            connection.execute("reset role")
            connection.execute(sql.SQL("drop role {}").format(name))
