"""What logging a search costs its transaction, and what it leaves alone."""

import pytest

from support.databases import fresh_database

SEARCH = "select * from codesearch.search('follow redirects', mode => 'lexical')"
WAITS = "select waited from public.committed order by number desc limit 1"


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            connection.execute("select codesearch.upsert_file('r', 'a.py', 'def follow_redirects(): pass')")
            # Deferred triggers fire in the order of their names: this one sees what the product's has left.
            connection.execute(
                "create table public.committed (number int generated always as identity, waited text);"
                " create function public.note() returns trigger language plpgsql as $$ begin"
                " insert into public.committed (waited) values (current_setting('synchronous_commit'));"
                " return null; end $$;"
                " create constraint trigger zzz after insert on codesearch.query_log deferrable initially deferred"
                " for each row execute function public.note();"
                " create table public.mine (number int)"
            )
        yield made


def _run(database, autocommit, *statements, **how):
    with database.connect(autocommit=autocommit) as connection:
        for statement in statements:
            connection.execute(statement, **how)
        connection.commit()
        return connection.execute(WAITS).fetchone()[0]


@pytest.mark.parametrize("how", [{}, {"params": ()}, {"prepare": True}, {"binary": True}])
def test_a_search_alone_does_not_wait_for_the_disk(database, how):
    """Whatever the protocol: simple, extended, prepared."""
    assert _run(database, True, SEARCH, **how) == "off"


def test_writes_of_the_same_transaction_are_safe_on_disk(database):
    write = "insert into public.mine values (1)"
    for statements in ([SEARCH, write], [write, SEARCH], [SEARCH, SEARCH]):
        assert _run(database, False, *statements) == "on", statements


def test_writes_of_the_same_pipeline_are_safe_on_disk(database):
    write = "insert into public.mine values (1)"
    for statements in ([SEARCH, write], [write, SEARCH]):
        with database.connect() as connection:
            with connection.pipeline():
                for statement in statements:
                    connection.execute(statement)
            assert connection.execute(WAITS).fetchone()[0] == "on", statements


@pytest.mark.parametrize(
    "remove", ["delete from codesearch.query_log", "truncate codesearch.query_log cascade"]
)
def test_results_go_with_their_search(database, remove):
    with database.connect() as connection:
        connection.execute(
            "insert into codesearch.query_results select query_id, 1, 1, 1, md5('x')::uuid, 1"
            " from codesearch.search('x', mode => 'lexical') right join codesearch.query_log using (query_id)"
        )
        shown = "select count(*) from codesearch.query_results"
        assert connection.execute(shown).fetchone()[0] > 0
        connection.execute(remove)
        assert connection.execute(shown).fetchone()[0] == 0
        connection.execute(SEARCH)


def test_the_server_confirms_fewer_flushes(database):
    """PostgreSQL 18 counts them for each backend."""
    with database.connect() as connection:
        if connection.info.server_version < 180000:
            pytest.skip("the server does not count a backend's flushes")
        flushes = "select coalesce(sum(fsyncs), 0) from pg_stat_get_backend_io(pg_backend_pid()) where object = 'wal'"
        connection.execute("select pg_stat_force_next_flush()")
        before = connection.execute(flushes).fetchone()[0]
        for _ in range(20):
            connection.execute(SEARCH, prepare=True)
        connection.execute("select pg_stat_force_next_flush()")
        assert connection.execute(flushes).fetchone()[0] - before <= 2


SECRETS = [
    "where is AKIA" + "ABCDEFGH234567QR used",
    "where is AKIA" + "QWERTYUIOPASDFGH used",
    "ghp_" + "a1B2c3D4" * 5 + " in the logs",
    "connect postgres://app:" + "hunter2abc9@db.corp.net/x",
    "password = 'hunter2abc9'",
    "why is the password is hunter2abc9 refused",
    "-----BEGIN RSA PRIVATE " + "KEY----- MIIEpAIBAAKCAQEA7xYz3kq9",
    "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
]
ORDINARY = [
    "where are passwords hashed",
    "password: str",
    "token = lexer.next_token()",
    "postgresql://user:%s@host",
    "-----BEGIN RSA PRIVATE KEY-----",
    "secret_key=os.environ['SECRET_KEY_2']",
    "sk_live_ prefix",
    "access_token is None",
]


@pytest.mark.parametrize("query", SECRETS)
def test_a_query_with_a_secret_is_logged_by_its_hash_alone(database, query):
    asked = "select max(query_id) from codesearch.search(%(query)s, mode => 'lexical', path => %(query)s)"
    with database.connect() as connection:
        connection.execute(asked, {"query": query})
        row = connection.execute(
            "select query, query_hash = md5(%s)::uuid, filters from codesearch.query_log order by query_id desc",
            (query,),
        ).fetchone()
    assert row == (None, True, {})


@pytest.mark.parametrize("query", ORDINARY)
def test_ordinary_queries_are_logged(database, query):
    with database.connect() as connection:
        connection.execute("select * from codesearch.search(%s, mode => 'lexical')", (query,))
        logged = connection.execute(
            "select query from codesearch.query_log order by query_id desc limit 1"
        ).fetchone()
    assert logged == (query,)


def test_no_text_takes_long_to_look_at(database):
    """10,000 characters each: nothing is measured, but where a pattern backtracks this takes hours."""
    with database.connect() as connection:
        for piece in (
            "eyJaaaaaaaaaaa.",
            "://a:",
            "password=",
            "password ",
            "AKIA",
            "x",
            "PRIVATE KEY-----\n",
            "xoxb-1-",
        ):
            text = piece * (10_000 // len(piece))
            assert connection.execute("select codesearch.looks_secret(%s)", (text,)).fetchone()[0] in (
                True,
                False,
            )
