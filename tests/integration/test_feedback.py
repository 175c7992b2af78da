"""record_feedback: what it takes, what it refuses, and that feedback outlives what it names."""

import psycopg
import pytest

from pgcodesearch.database.errors import translate
from pgcodesearch.indexing.sync import sync_repository
from support.indexing import chunk_all, upsert
from support.tenants import acting_as, fill_tenants, temporary_roles

CODE = "def follow_redirects(response):\n    return send(response.next)\n"
BODY = "return send(response.next)"
OTHER = "def set_cookie(jar, name):\n    jar[name] = 'redirects'\n"
_SEARCH = "select query_id, chunk_id, rank from codesearch.search(%s, mode => 'lexical')"


@pytest.fixture
def searched(database):
    """Two files, searched once: the connection, the query's id, its chunks by rank."""
    with database.connect() as connection:
        upsert(connection, "src/redirect.py", CODE)
        upsert(connection, "src/cookies.py", OTHER)
        chunk_all(database)
        rows = connection.execute(_SEARCH, ("follow redirects",)).fetchall()
        yield connection, rows[0][0], [chunk for _, chunk, _ in rows]


def _record(connection, *arguments):
    places = ", ".join(["%s"] * len(arguments))
    return connection.execute(f"select codesearch.record_feedback({places})", arguments).fetchone()[0]


def _refused(connection, code, *arguments):
    with pytest.raises(psycopg.Error) as caught:
        _record(connection, *arguments)
    assert caught.value.sqlstate == code, caught.value
    assert caught.value.diag.message_hint
    return str(translate(caught.value))


def test_every_signal_is_kept_with_rank_and_content(searched):
    connection, query_id, chunks = searched
    signals = [
        ("click", None),
        ("dwell", 31.5),
        ("copy", None),
        ("accept", None),
        ("reject", 2),
        ("edit", 40),
    ]
    for signal, value in signals:
        _record(connection, query_id, chunks[1], signal, value)
    _record(connection, query_id, None, "abandon")
    rows = connection.execute(
        "select signal, value, rank, content_hash = (select content_hash from codesearch.chunk where chunk_id = %s)"
        " from codesearch.query_feedback order by feedback_id", (chunks[1],)
    ).fetchall()  # fmt: skip
    assert rows == [(*signal, 2, True) for signal in signals] + [("abandon", None, None, None)]
    texts = connection.execute("select text from codesearch.feedback_text order by text").fetchall()
    assert len(texts) == 2
    assert any(BODY in text for (text,) in texts), "what was shown beside it is kept too"


def test_wrong_arguments_are_refused_with_a_mend(searched):
    connection, query_id, chunks = searched
    assert "click, dwell" in _refused(connection, "CS001", query_id, chunks[0], "like")
    _refused(connection, "CS001", query_id, chunks[0], None)
    _refused(connection, "CS001", query_id, None, "copy")
    assert "log.enabled" in _refused(connection, "CS001", None, chunks[0], "copy")
    assert "seconds" in _refused(connection, "CS001", query_id, chunks[0], "dwell")
    _refused(connection, "CS001", query_id, chunks[0], "dwell", -1)
    _refused(connection, "CS001", query_id, chunks[0], "click", float("nan"))
    _refused(connection, "CS009", query_id + 1000, chunks[0], "click")
    assert "did not show chunk 99" in _refused(connection, "CS009", query_id, 99, "click")
    assert connection.execute("select count(*) from codesearch.query_feedback").fetchone() == (0,)


def _kept(connection):
    return connection.execute(
        "select f.signal, f.rank, t.text from codesearch.query_feedback f"
        " left join codesearch.feedback_text t using (content_hash) order by 1"
    ).fetchall()


@pytest.mark.parametrize("change", ["reindex", "edit", "delete file", "delete repository"])
def test_survives(searched, database, change):
    connection, query_id, chunks = searched
    _record(connection, query_id, chunks[0], "accept")
    before = _kept(connection)
    connection.execute({
        "reindex": "update codesearch.source_file set content = '# new first line' || chr(10) || content",
        "edit": "update codesearch.source_file set content = 'def other(): return 1'",
        "delete file": "select codesearch.delete_file('demo', 'src/redirect.py')",
        "delete repository": "delete from codesearch.repository",
    }[change])  # fmt: skip
    chunk_all(database)
    assert _kept(connection) == before
    assert BODY in before[0][2]
    # What is shown is history: it takes feedback still.
    _record(connection, query_id, chunks[0], "copy")
    assert [row[1:] for row in _kept(connection)] == [row[1:] for row in before * 2]


@pytest.mark.parametrize("change", ["edit", "delete file"])
def test_feedback_on_a_chunk_that_went_between_search_and_click_has_its_text(searched, database, change):
    """An agent searches, edits what it found, and then says that it was of use."""
    connection, query_id, chunks = searched
    connection.execute({
        "edit": "select codesearch.upsert_file('demo', 'src/redirect.py', 'def other(): return 1')",
        "delete file": "select codesearch.delete_file('demo', 'src/redirect.py')",
    }[change])  # fmt: skip
    chunk_all(database)
    gone = "select chunk_id from codesearch.query_results where chunk_id not in (select chunk_id from codesearch.chunk)"
    gone_chunks = [row[0] for row in connection.execute(gone).fetchall()]
    assert gone_chunks == [chunks[0]]
    _record(connection, query_id, chunks[0], "accept")
    [(signal, _, text)] = _kept(connection)
    assert signal == "accept"
    assert BODY in text
    assert connection.execute("select count(*) from codesearch.triplet").fetchone() == (1,)


def test_texts_of_chunks_that_nobody_was_shown_are_not_kept(searched, database):
    connection, _, _ = searched
    kept = "select count(*) from codesearch.feedback_text"
    upsert(connection, "src/other.py", "def never_shown():\n    return 1\n")
    chunk_all(database)
    connection.execute("select codesearch.delete_file('demo', 'src/other.py')")
    assert connection.execute(kept).fetchone() == (0,)
    connection.execute("update codesearch.query_log set asked_at = now() - interval '2 days'")
    connection.execute("select codesearch.delete_file('demo', 'src/redirect.py')")
    assert connection.execute(kept).fetchone() == (0,)


def test_a_kept_text_without_feedback_goes_after_a_day(searched, database):
    connection, _, _ = searched
    connection.execute("select codesearch.delete_file('demo', 'src/redirect.py')")
    connection.execute("select codesearch.prune_logs()")
    assert connection.execute("select count(*) from codesearch.feedback_text").fetchone() == (1,)
    connection.execute("update codesearch.feedback_text set kept_at = now() - interval '25 hours'")
    connection.execute("select codesearch.prune_logs()")
    assert connection.execute("select count(*) from codesearch.feedback_text").fetchone() == (0,)


def test_survives_a_rename(database, tmp_path):
    def sync():
        with database.connect(autocommit=False) as opened:
            sync_repository(opened, "demo", tmp_path, progress=lambda result: None)
            opened.commit()
        chunk_all(database)

    (tmp_path / "redirect.py").write_text(CODE)
    sync()
    with database.connect() as connection:
        query_id, chunk_id, _ = connection.execute(_SEARCH, ("follow redirects",)).fetchone()
        _record(connection, query_id, chunk_id, "copy")
        (tmp_path / "redirect.py").rename(tmp_path / "moved.py")
        sync()
        path = connection.execute(
            "select f.path from codesearch.query_feedback join codesearch.chunk using (chunk_id)"
            " join codesearch.file_version f using (version_id)"
        ).fetchall()
        assert path == [("moved.py",)]
        assert BODY in _kept(connection)[0][2]


def test_a_reader_for_its_own_searches_only(database):
    with database.connect() as connection:
        fill_tenants(connection)
        connection.execute("select codesearch.enable_row_level_security()")
        with temporary_roles(
            database.url, "codesearch_reader", "codesearch_reader", "codesearch_admin"
        ) as names:
            for name in names:
                connection.execute("select codesearch.grant_repository('open', %s)", (name,))
            first, second, admin = names
            with acting_as(database, first) as own:
                query_id, chunk_id, _ = own.execute(_SEARCH, ("follow redirects",)).fetchone()
                _record(own, query_id, chunk_id, "copy")
                assert own.execute("select signal from codesearch.query_feedback").fetchall() == [("copy",)]
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    own.execute("select * from codesearch.feedback_text")
            with acting_as(database, second) as other:
                assert "no query" in _refused(other, "CS009", query_id, chunk_id, "copy")
                assert other.execute("select count(*) from codesearch.query_feedback").fetchone() == (0,)
            with acting_as(database, admin) as above:
                _record(above, query_id, chunk_id, "reject")
                assert above.execute("select count(*) from codesearch.query_feedback").fetchone() == (2,)
            connection.execute("delete from codesearch.repository_access")


def test_retention(searched):
    connection, query_id, chunks = searched
    unused = connection.execute(_SEARCH, ("cookie",)).fetchone()[0]
    _record(connection, query_id, chunks[0], "copy")

    def age(days):
        connection.execute(
            "update codesearch.query_log set asked_at = now() - make_interval(days => %s)", (days,)
        )
        connection.execute(
            "update codesearch.query_feedback set given_at = now() - make_interval(days => %s)", (days,)
        )
        connection.execute("update codesearch.feedback_text set kept_at = now() - interval '2 days'")
        connection.execute("select codesearch.prune_logs()")
        return tuple(
            connection.execute(f"select count(*) from codesearch.{name}").fetchone()[0]
            for name in ("query_log", "query_feedback", "feedback_text")
        )

    assert age(100) == (2, 1, 2)
    assert age(200) == (1, 1, 2), "a search with feedback stays longer, with its texts"
    assert (
        connection.execute("select query_id from codesearch.query_log").fetchone() == (query_id,) != (unused,)
    )
    assert age(400) == (0, 0, 0)


def test_a_hashed_query_keeps_no_text(searched):
    connection, _, chunks = searched
    connection.execute("select codesearch.change_setting('log.query_text', 'false')")
    query_id = connection.execute(_SEARCH, ("follow redirects",)).fetchone()[0]
    _record(connection, query_id, chunks[0], "copy")
    assert _kept(connection) == [("copy", 1, None)]
