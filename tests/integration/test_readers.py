"""A client that searches on standbys: what it logs, what it keeps while the primary is away, and a failover."""

import json
import uuid

import psycopg
import pytest

from pgcodesearch.database.errors import CannotConnect, DatabaseError, InvalidArgument, UnknownId, translate
from pgcodesearch.home import HOME_VARIABLE
from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from pgcodesearch.searching import AsyncClient, Client, NotKept
from pgcodesearch.searching import outbox as sending
from pgcodesearch.searching.outbox import spool_of
from pgcodesearch.searching.pool import ClientPool
from pgcodesearch.searching.retrying import is_away, stands
from support.commands import call, call_json
from support.reading import measure
from support.replication import cluster
from support.workers import wait_until

_CODE = "def follow_redirects(response):\n    return response.next\n"


@pytest.fixture(scope="module")
def servers():
    """A primary with two files, and its standby."""
    with cluster(1) as made:
        install(made.primary.url)
        made.primary.rows("select codesearch.upsert_file('demo', 'a.py', %s)", (_CODE,))
        made.primary.rows("select codesearch.upsert_file('demo', 'b.py', 'def set_cookie(jar): jar.clear()')")
        with made.primary.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        made.wait_for_standbys()
        yield made


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder for what is kept, as a new process has it."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(sending, "_known", {})
    return tmp_path


@pytest.fixture
def urls(servers, home):
    """The primary's URL and the standby's; the log is empty."""
    servers.primary.rows("delete from codesearch.query_log")
    return servers.primary.url, servers.database(servers.servers[1]).url


def _logged(servers):
    return servers.primary.rows(
        "select q.provisional_id, q.query, q.k, count(r.*), max(f.signal) from codesearch.query_log q"
        " left join codesearch.query_results r using (query_id)"
        " left join codesearch.query_feedback f using (query_id) group by q.query_id order by q.query_id"
    )


def test_what_a_standby_answered_is_logged_by_the_primary(servers, urls):
    url, read_url = urls
    with Client(url, read_url=read_url) as client:
        hits = client.search("follow redirects", 5)
        assert hits[0].path == "a.py"
        assert client.record_feedback(hits[0].query_id, hits[0].chunk_id, "copy") > 0
        pack = client.pack("set cookie")
        hops = client.search_hops("follow redirects", k=3)
        places = client.ask("where do we follow redirects?", k=4)
        client.search("not logged", log=False)
        with pytest.raises(UnknownId):
            client.record_feedback(hits[0].query_id, 10**6, "copy")
        with pytest.raises(InvalidArgument):
            client.record_feedback(hits[0].query_id, hits[0].chunk_id, "like")
    logged = _logged(servers)
    ids = [hits[0].query_id, pack.query_id, hops[0].query_id, places[0].query_id]
    assert [row[0] for row in logged] == ids
    assert logged[0] == (hits[0].query_id, "follow redirects", 5, 2, "copy")


def test_a_standby_says_how_far_it_is_behind(servers, urls):
    url, read_url = urls
    with Client(url) as client:
        assert client.freshness()[0].replica_lag_seconds is None
    with Client(url, read_url=read_url) as client:
        standby = client.read(lambda connection: connection.execute("select pg_is_in_recovery()").fetchone())
        assert standby == (True,)
        servers.wait_for_standbys()
        # However long ago the primary wrote last.
        assert client.freshness()[0].replica_lag_seconds == 0
        database = servers.database(servers.servers[1])
        database.rows("select pg_wal_replay_pause()")
        servers.primary.rows("select codesearch.upsert_file('demo', 'c.py', 'def late(): pass')")
        wait_until(lambda: client.freshness()[0].replica_lag_seconds > 0, "a lag")
        bytes_behind = "select value from codesearch.metric where name = 'pgcodesearch_replica_lag_bytes'"
        assert database.value(bytes_behind) > 0
        assert servers.primary.value(bytes_behind) == 0
        database.rows("select pg_wal_replay_resume()")
        servers.primary.rows("select codesearch.delete_file('demo', 'c.py')")
        servers.wait_for_standbys()
        wait_until(lambda: client.freshness()[0].replica_lag_seconds == 0, "the end of the lag")


def test_log_and_feedback_wait_while_the_primary_is_away(servers, urls, monkeypatch):
    url, read_url = urls
    server = servers.servers[0]
    server.stop("immediate")
    try:
        with Client(url, read_url=read_url) as client:
            hits = client.search("follow redirects")
            assert hits[0].path == "a.py"
            assert client.record_feedback(hits[0].query_id, hits[0].chunk_id, "accept") == 0
            assert client.record_opened("s", "demo", "a.py") == 0
        assert spool_of(url).state().waiting == 3
        kept = spool_of(url).first(1)[0].arguments
        assert json.loads(kept["shown"])["query"] == "follow redirects"
    finally:
        server.start()
    # Another process, which has nothing to send itself.
    monkeypatch.setattr(sending, "_known", {})
    with Client(url, read_url=read_url):
        wait_until(lambda: spool_of(url).state().waiting == 0, "what waited")
    assert _logged(servers) == [(hits[0].query_id, "follow redirects", 10, 2, "accept")]
    given = servers.primary.rows(
        "select f.given_at - q.asked_at between '0' and '1 minute', q.asked_at < pg_postmaster_start_time()"
        " from codesearch.query_feedback f join codesearch.query_log q using (query_id)"
    )
    assert given == [(True, True)]
    assert spool_of(url).state().refused == 0


def test_no_secret_is_kept_in_a_file(servers, urls, home):
    url, read_url = urls
    secret = "hunter2abc9" + "d4"
    servers.servers[0].stop("immediate")
    try:
        with Client(url, read_url=read_url) as client:
            client.search(f"connect postgres://app:{secret}@db.corp.net/x")
        assert spool_of(url).state().waiting == 1
        files = list((home / "spool").iterdir())
        assert not any(secret.encode() in file.read_bytes() for file in files)
    finally:
        servers.servers[0].start()
    wait_until(lambda: spool_of(url).state().waiting == 0, "what waited")
    assert _logged(servers)[0][1] is None


def test_what_the_primary_refuses_holds_up_nothing(servers, urls):
    url, read_url = urls
    spool = spool_of(url)
    spool.put("record_feedback", {"query_id": 1, "chunk_id": 1, "signal": "copy", "key": str(uuid.uuid4())})
    spool.put("log_shown", {"shown": "{}"})
    spool.put("of another release", {"x": 1})
    with Client(url, read_url=read_url) as client:
        hits = client.search("follow redirects")
    assert [row[0] for row in _logged(servers)] == [hits[0].query_id]
    assert (spool.state().waiting, spool.state().refused) == (0, 3)


def test_a_reranked_order_is_kept_behind_its_search(servers, urls):
    url, read_url = urls
    with Client(url, read_url=read_url) as client:
        hits = client.search("follow redirects")
        client._keep("log_rerank", query_id=hits[0].query_id, chunk_ids=[hits[-1].chunk_id], model="m")
    assert servers.primary.rows("select reranked_by, result_count from codesearch.query_log") == [("m", 1)]


def test_an_answer_comes_where_nothing_can_be_kept(servers, urls, home):
    url, read_url = urls
    (home / "spool").write_text("")
    with Client(url, read_url=read_url) as client, pytest.warns(NotKept):
        assert client.search("follow redirects")[0].path == "a.py"


def test_a_search_is_asked_again_where_its_session_ends(servers, urls):
    url, read_url = urls
    with Client(url, read_url=read_url) as client:
        backends = []

        def ended_once(connection):
            backends.append(connection.info.backend_pid)
            if len(backends) == 1:
                connection.execute("select pg_terminate_backend(pg_backend_pid())")
            return client.search("follow redirects", log=False)

        assert client.read(ended_once)[0].path == "a.py"
        assert (client.retries, len(set(backends))) == (1, 2)
        # A session that was ended while nobody asked is replaced before anything is sent.
        servers.database(servers.servers[1]).rows("select pg_terminate_backend(%s)", (backends[1],))
        wait_until(lambda: not stands(client._reading), "the end of the session")
        assert client.search("follow redirects")[0].path == "a.py"
        assert client.retries == 1


def test_an_error_of_the_question_is_not_asked_again(servers, urls):
    url, read_url = urls
    with Client(url, read_url=read_url) as client:
        with pytest.raises(InvalidArgument):
            client.search("x", mode="like")
        with pytest.raises(DatabaseError):
            client.read(lambda connection: connection.execute("select 1/0"))
        assert client.retries == 0


def test_where_nobody_answers_it_ends_with_the_typed_error(servers, urls, tmp_path, monkeypatch):
    url, _ = urls
    monkeypatch.setattr("pgcodesearch.searching.connected.PAUSES", (0.01, 0.01))
    with Client(url, read_url=f"host={tmp_path} dbname=x") as client:
        with pytest.raises(CannotConnect):
            client.search("follow redirects")
        assert client.retries == 2


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (psycopg.errors.SerializationFailure(), True),  # conflict with recovery
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.ConnectionFailure(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (psycopg.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (psycopg.errors.QueryCanceled(), False),  # statement_timeout, or somebody's wish
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.SyntaxError(), False),
        (psycopg.ProgrammingError("of the driver"), False),
        (ValueError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_worth_another_try(error, away):
    assert is_away(error) is away
    if isinstance(error, psycopg.Error):
        typed = translate(error)
        typed.__cause__ = error
        assert is_away(typed) is away


def test_a_read_url_alone_is_refused(monkeypatch):
    monkeypatch.delenv("PGCODESEARCH_DATABASE_URL", raising=False)
    with pytest.raises(InvalidArgument, match="primary"):
        Client(read_url="host=x")


async def _search(client):
    return await client.search("follow redirects")


def test_pools_and_tasks_read_there_too(servers, urls):
    import asyncio

    url, read_url = urls

    async def ask():
        async with AsyncClient(url, read_url=read_url) as client:
            return await asyncio.gather(*(_search(client) for _ in range(4)))

    answers = asyncio.run(ask())
    pool = ClientPool(url, read_url=read_url)
    with pool.client() as client:
        answers.append(client.search("follow redirects"))
    pool.close()
    assert sorted(row[0] for row in _logged(servers)) == sorted(hits[0].query_id for hits in answers)


def test_commands_read_from_the_standby(servers, urls, monkeypatch):
    _, read_url = urls
    monkeypatch.setenv("PGCODESEARCH_READ_DATABASE_URL", read_url)
    found = call_json(servers.primary, "search", "follow redirects")
    best = found["results"][0]
    assert found["freshness"][0]["replica_lag_seconds"] is not None
    said = call(servers.primary, "feedback", best["query_id"], best["chunk_id"], "copy")
    assert said.output == "recorded copy\n"
    assert _logged(servers) == [(best["query_id"], "follow redirects", 10, 2, "copy")]
    status = call_json(servers.primary, "status")
    assert (status["replica_lag_seconds"] is not None, status["waiting_for_primary"]) == (True, 0)
    for command in ("explain", "grep", "pack", "ask"):
        assert call(servers.primary, command, "redirects").exit_code == 0


def test_a_failover_under_load(home):
    """Every answer is right, and what is logged arrives once; benchmarks/readers.py does it for a minute."""
    with cluster(2, synchronous=True) as servers:
        load = measure(servers, seconds=10)
    assert load.wrong == []
    assert not load.failed
    assert (load.searches > 50, load.retries > 0, load.writes > 10, load.answered_by_standbys > 0) == (
        True,
    ) * 4
    assert (load.logged_lost, load.logged_twice, load.feedback_lost, load.feedback_twice, load.refused) == (
        0,
    ) * 5
    assert load.logged == load.searches
