"""What a session opened after a search that showed nothing of use is learned from, at a weight of its own."""

import pytest

from pgcodesearch.errors import CodeSearchError
from pgcodesearch.indexing import Worker
from pgcodesearch.searching import CallerContext, Client
from support.tenants import acting_as, temporary_roles

_FILES = {
    "jar.py": "def put_biscuit(jar, biscuit):\n    jar.append(biscuit)\n",
    "send.py": "def follow_redirects(response):\n    return send(response.next)\n",
    "log.py": "def redirect_log(stream):\n    return open(stream)\n",
}
_ROWS = "select anchor, signal, positive_rank, weight::float8 from codesearch.triplet order by query_id, negative_rank"


@pytest.fixture
def shop(database):
    for path, content in _FILES.items():
        database.rows("select codesearch.upsert_file('shop', %s, %s)", (path, content))
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()
    return database


def _search(client, query, session="s"):
    return client.search(query, 5, mode="lexical", context=CallerContext(session=session))


def _opened(database):
    return database.rows(
        "select q.query, o.rank from codesearch.session_opened o join codesearch.query_log q using (query_id)"
        " order by query_id"
    )


def test_a_file_that_no_search_showed_is_what_the_last_one_looked_for(shop):
    with shop.connect() as connection, Client(connection=connection) as client:
        hits = _search(client, "redirect log stream")
        assert "jar.py" not in {hit.path for hit in hits}
        assert client.record_opened("s", "shop", "jar.py", 2) == 1
        assert client.record_opened("s", "shop", "jar.py") == 0, "once"
    assert _opened(shop) == [("redirect log stream", None)]
    rows = shop.rows(_ROWS)
    assert {(anchor, signal, rank) for anchor, signal, rank, _ in rows} == {
        ("redirect log stream", "open", None)
    }
    assert sum(weight for *_, weight in rows) == pytest.approx(0.25)
    code, path, repository = shop.rows("select code, path, repository from codesearch.feedback_pair")[0]
    assert "put_biscuit" in code
    assert (path, repository) == ("jar.py", "shop")
    shop.rows("select codesearch.change_setting('feedback.session_weight', '0.1')")
    assert sum(weight for *_, weight in shop.rows(_ROWS)) == pytest.approx(0.1)


def test_what_is_found_in_other_words_is_learned_for_the_first_ones(shop):
    """Back to the first search that was answered, or asked for something else."""
    with shop.connect() as connection, Client(connection=connection) as client:
        _search(client, "biscuit redirect")
        _search(client, "put biscuit")
        _search(client, "log redirect stream")
        _search(client, "redirects in responses")
        other = _search(client, "redirects in responses", session="other")
        hits = _search(client, "follow redirects")
        client.record_feedback(hits[0].query_id, hits[0].chunk_id, "accept")
        assert other
    shown = {rank for _, rank in _opened(shop)}
    assert [query for query, _ in _opened(shop)] == ["log redirect stream", "redirects in responses"]
    assert shown <= {1, 2}, "it was shown, and passed over"
    strong = shop.rows(
        "select q.query from codesearch.feedback_positive p join codesearch.query_log q using (query_id)"
    )
    assert strong == [("follow redirects",)]


def test_an_answered_search_looked_for_nothing_more(shop):
    with shop.connect() as connection, Client(connection=connection) as client:
        hits = _search(client, "follow redirects")
        client.record_feedback(hits[0].query_id, hits[0].chunk_id, "click")
        assert client.record_opened("s", "shop", "jar.py") == 0
        _search(client, "log stream")
        shop.rows("update codesearch.query_log set asked_at = asked_at - interval '1 hour'")
        assert client.record_opened("s", "shop", "jar.py") == 0, "long ago"
        for arguments in (("no such", "shop", "jar.py"), ("s", "shop", "none.py"), ("s", "none", "jar.py")):
            assert client.record_opened(*arguments) == 0
        with pytest.raises(CodeSearchError, match="a session"):
            client.record_opened(" ", "shop", "jar.py")
    assert _opened(shop) == []


def test_a_strong_positive_of_its_own_counts_alone(shop):
    with shop.connect() as connection, Client(connection=connection) as client:
        hits = _search(client, "redirect log stream")
        client.record_opened("s", "shop", "jar.py")
        client.record_feedback(hits[0].query_id, hits[0].chunk_id, "accept")
    assert shop.rows("select distinct signal, trust from codesearch.learned_positive") == [("accept", 1)]


def test_texts_stay_as_long_as_they_teach(shop):
    with shop.connect() as connection, Client(connection=connection) as client:
        _search(client, "redirect log stream")
        client.record_opened("s", "shop", "jar.py")
    shop.rows("delete from codesearch.source_file")
    shop.rows("update codesearch.feedback_text set kept_at = kept_at - interval '2 days'")
    shop.rows("select codesearch.prune_logs()")
    assert shop.rows(_ROWS)
    shop.rows("delete from codesearch.query_log")
    assert _opened(shop) == []
    shop.rows("select codesearch.prune_logs()")
    assert shop.value("select count(*) from codesearch.feedback_text") == 0


def test_a_session_is_of_one_role_and_of_what_it_sees(shop):
    with temporary_roles(shop.url, "codesearch_reader", "codesearch_reader") as (one, other):
        shop.rows("select codesearch.upsert_file('vault', 'key.py', 'def vault_key(): pass')")
        with shop.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        shop.rows("select codesearch.enable_row_level_security()")
        for role in (one, other):
            shop.rows("select codesearch.grant_repository('shop', %s)", (role,))
        with acting_as(shop, one) as connection:
            connection.execute("select * from codesearch.search('redirect log', 5, mode => 'lexical',"
                               " context => '{\"session\": \"s\"}')")  # fmt: skip
            opened = "select codesearch.record_opened('s', %s, %s)"
            assert connection.execute(opened, ("vault", "key.py")).fetchone() == (0,)
        with acting_as(shop, other) as connection:
            assert connection.execute(opened, ("shop", "jar.py")).fetchone() == (0,)
        with acting_as(shop, one) as connection:
            assert connection.execute(opened, ("shop", "jar.py")).fetchone() == (1,)
            assert connection.execute("select count(*) from codesearch.session_opened").fetchone() == (1,)
        with acting_as(shop, other) as connection:
            assert connection.execute("select count(*) from codesearch.session_opened").fetchone() == (0,)


def test_a_session_changes_no_answer_and_is_packed_apart(shop):
    with shop.connect() as connection, Client(connection=connection) as client:
        found = _search(client, "follow redirects")
        assert [hit.chunk_id for hit in client.search("follow redirects", 5, mode="lexical")] == [
            hit.chunk_id for hit in found
        ]
        assert shop.value("select from_cache from codesearch.query_log order by query_id desc limit 1")
        pack = client.pack("follow redirects", mode="lexical", session="s")
        assert "def follow_redirects" in pack.text, "a snippet is not the whole"
