"""Searches that give their log entries to the client: what is in them, and that they are logged once."""

import json
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.rows import dict_row

from support.indexing import chunk_all, upsert
from support.tenants import acting_as, fill_tenants, temporary_roles

SEARCH = "select * from codesearch.{}({}, log => codesearch.log_by_client())"
LOGGED = (
    "select query, query_class, mode, filters, k, result_count, top_score, encoder, session, packed"
    " from codesearch.query_log order by query_id"
)


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        upsert(connection, "src/redirect.py", "def follow_redirects(response):\n    return response.next\n")
        upsert(connection, "src/cookies.py", "def set_cookie(jar, name):\n    jar[name] = 'redirects'\n")
        chunk_all(database)
        yield connection


def _entry(connection, function, arguments):
    """The rows of a search and the entry that it gave, or None."""
    given = []

    def keep(diagnostic):
        if diagnostic.table_name == "query_log":
            given.append(diagnostic.message_detail)

    connection.add_notice_handler(keep)
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(SEARCH.format(function, arguments)).fetchall()
    rows = [(row["query_id"], row.get("chunk_id")) for row in found]
    connection.remove_notice_handler(keep)
    assert len(given) <= 1
    return rows, given[0] if given else None


def _logged(connection):
    return connection.execute(LOGGED).fetchall()


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("search", "'follow redirects', path => 'src/*', context => '{\"session\": \"s\"}'"),
        ("search", "'nothing_of_this_name_anywhere', 3, mode => 'lexical'"),
        ("pack", "'follow redirects'"),
        ("search_hops", "'follow redirects'"),
        ("ask", "'where do we follow redirects?'"),
    ],
)
def test_an_entry_says_what_the_log_would(connection, function, arguments):
    connection.execute(f"select * from codesearch.{function}({arguments})").fetchall()
    (expected,) = _logged(connection)
    shown = "select rank, chunk_id, content_hash, score from codesearch.query_results where query_id = %s"
    first = connection.execute("select max(query_id) from codesearch.query_log").fetchone()[0]
    rows, entry = _entry(connection, function, arguments)
    assert len(_logged(connection)) == 1
    (logged_id,) = connection.execute("select codesearch.log_shown(%s)", (entry,)).fetchone()
    assert _logged(connection) == [expected] * 2
    assert (
        connection.execute(shown, (logged_id,)).fetchall() == connection.execute(shown, (first,)).fetchall()
    )
    assert all(query_id == json.loads(entry)["provisional_id"] >= 2**52 for query_id, _ in rows)


def test_an_entry_that_is_sent_twice_is_logged_once(database, connection):
    _, entry = _entry(connection, "search", "'follow redirects'")

    def send(_):
        return database.value("select codesearch.log_shown(%s)", (entry,))

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(send, range(12)))) == 1
    assert database.value("select count(*) from codesearch.query_log") == 1
    assert database.value("select count(*) from codesearch.query_results") == 2


def test_feedback_by_the_provisional_id_is_recorded_once(connection):
    rows, entry = _entry(connection, "search", "'follow redirects'")
    query_id, chunk_id = rows[0]
    record = "select codesearch.record_feedback(%s, %s, 'copy', key => md5('x')::uuid, given_at => %s)"
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(record, (query_id, chunk_id, None))
    assert caught.value.sqlstate == "CS009"
    connection.execute("select codesearch.log_shown(%s)", (entry,))
    for at in ("infinity", "-infinity"):
        connection.execute(record, (query_id, chunk_id, at))
    connection.execute("select codesearch.record_feedback(%s, %s, 'click')", (query_id, chunk_id))
    rows = connection.execute(
        "select f.signal, f.given_at between q.asked_at and now() from codesearch.query_feedback f"
        " join codesearch.query_log q using (query_id) order by f.feedback_id"
    ).fetchall()
    assert rows == [("copy", True), ("click", True)]


def test_a_reranked_order_is_logged_by_the_provisional_id(connection):
    rows, entry = _entry(connection, "search", "'follow redirects'")
    connection.execute("select codesearch.log_shown(%s)", (entry,))
    order = [chunk for _, chunk in reversed(rows)]
    connection.execute("select codesearch.log_rerank(%s, %s::bigint[], 'm')", (rows[0][0], order))
    kept = connection.execute("select chunk_id from codesearch.query_results order by rank").fetchall()
    assert [chunk for (chunk,) in kept] == order


@pytest.mark.parametrize("hidden", ["a secret", "setting"])
def test_no_hidden_text_is_in_an_entry(connection, hidden):
    text = "where is follow redirects"
    if hidden == "a secret":
        text = "connect postgres://app:" + "hunter2abc9@db.corp.net/x"
    else:
        connection.execute("select codesearch.change_setting('log.query_text', 'false')")
    _, entry = _entry(connection, "search", f"'{text}', path => '{text}'")
    said = json.loads(entry)
    if hidden == "setting":
        del said["filters"]
    assert text not in json.dumps(said)
    connection.execute("select codesearch.log_shown(%s)", (entry,))
    hashed = "select query is null, query_hash = md5(%s)::uuid from codesearch.query_log"
    assert connection.execute(hashed, (text,)).fetchall() == [(True, True)]


def test_what_was_hidden_stays_hidden_whatever_the_client_sends(connection):
    secret = "connect postgres://app:" + "hunter2abc9@db.corp.net/x"
    _, entry = _entry(connection, "search", "'follow redirects'")
    connection.execute(
        "select codesearch.log_shown(%s)", (json.dumps({**json.loads(entry), "query": secret}),)
    )
    assert _logged(connection)[0][0] is None


def test_nothing_is_given_where_nothing_is_logged(connection):
    connection.execute("select codesearch.change_setting('log.enabled', 'false')")
    rows, entry = _entry(connection, "search", "'follow redirects'")
    assert (rows[0][0], entry) == (None, None)


def test_it_holds_for_the_transaction_alone(connection):
    _entry(connection, "search", "'follow redirects'")
    connection.execute("select * from codesearch.search('follow redirects')")
    assert len(_logged(connection)) == 1


def test_a_read_only_session_gives_entries_too(connection):
    connection.execute("set default_transaction_read_only = on")
    connection.execute("set client_min_messages = error")
    rows, entry = _entry(connection, "search", "'follow redirects'")
    assert rows[0][0] == json.loads(entry)["provisional_id"]


def test_forged_entries_are_refused_or_cut(database):
    with database.connect() as connection:
        fill_tenants(connection)
        connection.execute("delete from codesearch.query_log")
        connection.execute("select codesearch.enable_row_level_security()")
        chunks = dict(
            connection.execute(
                "select repository_id, min(chunk_id) from codesearch.chunk group by 1"
            ).fetchall()
        )
    given = {
        "provisional_id": 2**52, "asked_at": "2026-01-01T00:00:00Z", "query": "x", "mode": "hybrid", "k": 10,
        "hits": [{"rank": 1, "chunk_id": chunk, "repository_id": 1, "score": 1} for chunk in chunks.values()],
    }  # fmt: skip
    with temporary_roles(database.url, "codesearch_reader", "codesearch_reader") as (name, other):
        for role in (name, other):
            database.rows("select codesearch.grant_repository('open', %s)", (role,))
        with acting_as(database, name) as reader:
            for change in (
                {"provisional_id": 7},
                {"provisional_id": 2**60},
                {"asked_at": "-infinity"},
                {"query": " "},
                {"query": None},
                {"query": "x" * 100_000},
                {"mode": "x"},
                {"k": 10**9},
                {"hits": given["hits"] * 100},
                {"filters": {"repository": "x" * 20_000}},
            ):
                with pytest.raises(psycopg.Error) as caught:
                    reader.execute("select codesearch.log_shown(%s)", (json.dumps({**given, **change}),))
                assert caught.value.sqlstate == "CS001", change
            for entry in ({}, [], None, "x", {**given, "hits": 1}, {**given, "k": "x"}):
                with pytest.raises(psycopg.Error):
                    reader.execute("select codesearch.log_shown(%s)", (json.dumps(entry),))
            far = {
                **given,
                "asked_at": "infinity",
                "asked_by": "postgres",
                "latency_ms": "NaN",
                "filters": {"x": 1},
            }
            reader.execute("select codesearch.log_shown(%s)", (json.dumps(far),))
        # Another role's entry of the same number is another one.
        with acting_as(database, other) as reader:
            reader.execute("select codesearch.log_shown(%s)", (json.dumps(far),))
    rows = database.rows(
        "select asked_by, asked_at <= now(), latency_ms, filters, result_count from codesearch.query_log"
        " order by query_id"
    )
    assert rows == [(role, True, 60_000.0, {}, 1) for role in (name, other)]
    shown = database.rows("select distinct repository_id, chunk_id from codesearch.query_results")
    assert shown == [(1, chunks[1])]
