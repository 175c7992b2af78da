"""Several databases searched as one: a coordinator on Debian's server asks its shards through PL/Proxy."""

import threading
import time

import psycopg
import pytest

from pgcodesearch.database.errors import InvalidArgument, ShardError
from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from pgcodesearch.sharding.coordinator import add_shard
from pgcodesearch.sharding.moving import move_repository
from pgcodesearch.sharding.states import shard_states
from support.commands import call, call_json
from support.databases import Database, create_database, fresh_database, installed_template
from support.servers import DebianServer, temporary_home
from support.shard_load import search_while, whole_again
from support.shards import REPOSITORIES, coordinator_of, sharded
from support.workers import wait_until

QUESTIONS = [
    "where are cookies parsed", "LogRecord", "HTTPConnection.putheader", "expires after max-age", "scan a json string",
    "format a log message", "chunked transfer encoding", "domain_match", "which class writes to a stream", "set level",
    "escape unicode characters", "JSONEncoder.default", "tunnel through a proxy", "getLogger", "quote a cookie value",
    "floats that are not numbers", "read the status line", "handlers of the root logger", "xyzzy", "request method",
]  # fmt: skip
_ROWS = (
    "select repository, path, start_line, symbol, round(score::numeric, 2)::float8,"
    " round(confidence::numeric, 2)::float8 from codesearch.search(%s, log => false"
)


@pytest.fixture(scope="module")
def asked(debian_server):
    """A coordinator over three shards, and one database with the same; both with exact vector legs."""
    with sharded(debian_server.url) as made:
        for database in (made.whole, *made.shards):
            database.rows("select codesearch.change_setting('vector.ef_search', '1000')")
        yield made


def _same(asked, query, parameters):
    whole, parts = asked.whole.rows(query, parameters), asked.coordinator.rows(query, parameters)
    assert whole == parts
    return whole


def test_shards_answer_as_one_database_does(asked):
    same = found = 0
    for question in QUESTIONS:
        whole = asked.whole.rows(f"{_ROWS})", (question,))
        parts = asked.coordinator.rows(f"{_ROWS})", (question,))
        same += [row[:4] for row in whole] == [row[:4] for row in parts]
        found += len(whole)
        assert [row[4:] for row in parts] == [pytest.approx(row[4:], abs=0.05) for row in whole], question
    assert found > 150
    assert same >= len(QUESTIONS) - 1, "a place may change with its neighbour where scores are the same"


@pytest.mark.parametrize(
    "options",
    ["repository => 'logs'", "per_file => 1", "kind => 'class'", "path => '**/client.py'", "mode => 'lexical'",
     "kind => 'module'", "mode => 'vector'", "mode => 'rrf'", "min_confidence => 0.1", "k => 40"],
)  # fmt: skip
def test_options_mean_the_same(asked, options):
    for question in QUESTIONS[:5]:
        whole = asked.whole.rows(f"{_ROWS}, {options})", (question,))
        parts = asked.coordinator.rows(f"{_ROWS}, {options})", (question,))
        assert {row[:4] for row in whole} == {row[:4] for row in parts}, question


def test_explain_and_context_mean_the_same(asked):
    query = (
        "select path, start_line, round(score::numeric, 2), query_class, matched_terms, missing_terms"
        " from codesearch.explain(%s)"
    )
    _same(asked, query, ("where are cookies parsed",))
    shares = asked.coordinator.rows("select shares, score from codesearch.explain('LogRecord')")
    for own, score in shares:
        assert sum(own.values()) == pytest.approx(score, abs=0.01)
    # What is near a file is known where the file is.
    query = f"{_ROWS}, repository => 'web', context => jsonb_build_object('current_file', 'http/client.py'))"
    whole, parts = (
        database.rows(query, ("request method",)) for database in (asked.whole, asked.coordinator)
    )
    assert [row[:4] for row in whole] == [row[:4] for row in parts]


def test_the_graph_and_grep_are_merged(asked):
    for verb in ("find_definition", "find_usages", "find_implementations"):
        places = "select repository, path, line, symbol, round(confidence::numeric, 3)"
        _same(asked, f"{places} from codesearch.{verb}('LogRecord') order by 5 desc, 1, 2, 3, 4", None)
    lines = _same(asked, "select repository, path, line from codesearch.grep('def .*cookie', k => 20)", None)
    assert len(lines) == 20
    _same(
        asked,
        "select repository, path, start_line, role from codesearch.impact('getLogger', repository => 'logs')",
        None,
    )
    asking = "codesearch.ask('who calls getLogger', repository => 'logs')"
    _same(asked, f"select intent, repository, path, start_line from {asking}", None)
    # A name of another shard's repository is resolved there by its name alone, as in a database without that shard.
    assert {row[0] for row in asked.coordinator.rows(f"select intent from {asking.split(',')[0]})")} == {
        "usages"
    }


def test_what_was_found_is_read_and_learned_from_where_it_is(asked):
    rows = asked.coordinator.rows(
        "select chunk_id, query_id, symbol, repository from codesearch.search('where are cookies parsed in logs')"
    )
    assert {row[1] >> 40 for row in rows} == {row[0] >> 40 for row in rows}
    for chunk_id, query_id, symbol, repository in rows:
        assert chunk_id >> 40 == query_id >> 40
        assert asked.coordinator.rows(
            "select repository, symbol from codesearch.read_chunk(%s)", (chunk_id,)
        ) == [(repository, symbol)]
    assert asked.coordinator.value("select codesearch.record_feedback(%s, %s, 'accept')", rows[0][1::-1]) > 0
    shard = asked.shards[rows[0][0] >> 40]
    assert shard.rows("select chunk_id from codesearch.query_feedback") == [(rows[0][0],)]
    assert (
        asked.coordinator.rows("select query_id from codesearch.search('qqqq wwww zzzz', path => 'none/*')")
        == []
    )
    assert asked.coordinator.value("select count(*) from codesearch.query_log where result_count = 0") == 1


def test_errors_are_those_of_one_database(asked):
    for statement in (
        "select * from codesearch.search('x', repository => 'none')",
        "select * from codesearch.search('x', k => 0)",
        "select * from codesearch.find_definition('')",
        "select * from codesearch.grep('(')",
        "select * from codesearch.read_chunk(999999999999999)",
    ):
        told = []
        for database in (asked.whole, asked.coordinator):
            with pytest.raises(psycopg.Error) as caught:
                database.rows(statement)
            told.append((caught.value.sqlstate, caught.value.diag.message_primary))
        assert told[0][0] == told[1][0], told
        assert "REMOTE ERROR" not in told[1][1]
    with pytest.raises(psycopg.Error, match="one shard at a time"):
        asked.coordinator.rows("select * from codesearch.pack('cookies')")
    assert asked.coordinator.rows("select * from codesearch.pack('cookies', repository => 'cookies')")


def test_states_are_told(asked):
    rows = call_json(asked.coordinator, "shards", "status")
    assert [row["shard"] for row in rows] == ["s0", "s1", "s2"]
    assert sum(row["repositories"] for row in rows) == len(REPOSITORIES)
    assert all(row["state"] == "answers" and row["problems"] == [] for row in rows)
    known = call_json(asked.coordinator, "status")
    assert {row["repository"] for row in known["repositories"]} == set(REPOSITORIES)
    assert (known["pending_files"], known["vector_coverage"]) == (0, 1)
    freshness = "select repository, pending_files from codesearch.index_freshness order by 1"
    assert asked.coordinator.rows(freshness) == asked.whole.rows(freshness)


def test_init_keeps_a_coordinator_one(asked):
    # Nothing is known of what was installed, so that all is made anew.
    asked.coordinator.rows("delete from codesearch.installation")
    install(asked.coordinator.url)
    assert asked.coordinator.rows(f"{_ROWS})", ("LogRecord",)) != []
    body = "select prosrc from pg_proc where proname = 'find_usages' and pronamespace = 'codesearch'::regnamespace"
    assert "find_usages_of_shards" in asked.coordinator.value(body)
    assert "find_usages_of_shards" not in asked.shards[0].value(body)


def test_what_can_be_no_shard_is_refused(asked, debian_server, server_url):
    coordinator, template = asked.coordinator, installed_template(debian_server.url)
    with pytest.raises(InvalidArgument, match="password"):
        add_shard(coordinator.url, "x", "host=elsewhere password=secret")
    with fresh_database(debian_server.url, template=template) as other:
        other.rows("select codesearch.upsert_file('other', 'a.py', 'def f(): pass')")
        with other.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        with pytest.raises(ShardError, match="numbered"):
            add_shard(coordinator.url, "x", other.url)
        with pytest.raises(ShardError, match="no repositories of its own"):
            add_shard(other.url, "x", asked.shards[0].url)
        other.rows("update codesearch.model_version set name = 'another'")
        with pytest.raises(ShardError, match="active model"):
            add_shard(coordinator.url, "x", other.url)
    with (
        fresh_database(server_url, template=installed_template(server_url)) as without,
        pytest.raises(ShardError, match="PL/Proxy"),
    ):
        add_shard(without.url, "x", asked.shards[0].url)
    assert len(shard_states(coordinator.connect())) == 3


def test_roles_hold_in_each_shard(debian_server):
    template = installed_template(debian_server.url)
    with (
        fresh_database(debian_server.url, template=template) as one,
        fresh_database(debian_server.url, template=template) as two,
        coordinator_of(debian_server.url, [one, two]) as coordinator,
    ):
        for name in ("red", "blue"):
            coordinator.rows(
                "select codesearch.upsert_file(%s, 'a.py', 'def follow_redirects(): pass')", (name,)
            )
        for shard in (one, two):
            with shard.connect(autocommit=False) as connection:
                Worker(connection, stages=("chunk",)).run_until_idle()
            shard.rows("select codesearch.enable_row_level_security()")
        coordinator.rows("create role shard_reader login in role codesearch_reader")
        try:
            placed = dict(
                coordinator.rows("select repository, shard_number from codesearch.repository_place")
            )
            [one, two][placed["red"]].rows("select codesearch.grant_repository('red', 'shard_reader')")
            with psycopg.connect(coordinator.url, user="shard_reader", autocommit=True) as reader:
                rows = reader.execute(
                    "select repository from codesearch.search('follow redirects')"
                ).fetchall()
                assert rows == [("red",)]
                rows = reader.execute("select repository from codesearch.grep('follow')").fetchall()
                assert rows == [("red",)]
                for statement in (
                    "select * from codesearch.search('follow', repository => 'blue')",
                    "select codesearch.upsert_file('red', 'b.py', 'x = 1')",
                    "select * from codesearch.shard",
                    "select * from codesearch.repository_place",
                ):
                    with pytest.raises(psycopg.Error):
                        reader.execute(statement)
        finally:
            for database in (coordinator, one, two):
                database.rows("drop owned by shard_reader")
            coordinator.rows("drop role shard_reader")


def test_a_repository_moves_while_it_is_searched_and_written(debian_server):
    template = installed_template(debian_server.url)
    stop = threading.Event()
    wrong: list[object] = []
    written: list[int] = []
    asked = 0
    with (
        fresh_database(debian_server.url, template=template) as one,
        fresh_database(debian_server.url, template=template) as two,
        coordinator_of(debian_server.url, [one, two]) as coordinator,
    ):
        for number in range(40):
            coordinator.rows(
                "select codesearch.upsert_file('demo', %s, %s)",
                (f"f{number}.py", f"def marker_{number}():\n    return {number}\n"),
            )
        _index(one)
        one.rows(
            "select codesearch.store_descriptions(repository_id, jsonb_build_array(jsonb_build_object('content_hash',"
            " content_hash, 'wording', 'query', 'text', 'where is the seventh')), 'writer')"
            " from codesearch.chunk where symbol = 'marker_7'"
        )

        def search() -> None:
            nonlocal asked
            with coordinator.connect() as connection:
                while not stop.is_set():
                    rows = connection.execute(
                        "select path from codesearch.search('marker_7', k => 5, mode => 'lexical')"
                        " where symbol = 'marker_7'"
                    ).fetchall()
                    asked += 1
                    if rows != [("f7.py",)]:
                        wrong.append(rows)

        def write() -> None:
            with coordinator.connect() as connection:
                number = 100
                while not stop.is_set():
                    connection.execute(
                        "select codesearch.upsert_file('demo', %s, %s)",
                        (f"w{number}.py", f"def written_{number}(): pass\n"),
                    )
                    written.append(number)
                    number += 1
                    stop.wait(0.02)

        threads = [threading.Thread(target=target) for target in (search, search, write)]
        for thread in threads:
            thread.start()
        try:
            done = move_repository(coordinator.url, "demo", "s1", grace=0.5)
            wait_until(lambda: bool(written) and asked > 5, "searches and writes")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        _index(two)
        assert wrong == []
        assert (done.source, done.target) == ("s0", "s1")
        assert one.rows("select name from codesearch.repository") == []
        assert two.rows(
            "select c.symbol, s.text from codesearch.chunk c join codesearch.chunk_text t using (chunk_id)"
            " join codesearch.stored_text s using (text_hash) where t.role = 'description'"
        ) == [("marker_7", "where is the seventh")]
        paths = [row[0] for row in two.rows("select path from codesearch.source_file order by 1")]
        assert paths == sorted(
            [f"f{number}.py" for number in range(40)] + [f"w{number}.py" for number in written]
        )
        for statement in ("upsert_file('demo', 'late.py', 'x = 1')", "ensure_branch('demo')"):
            with pytest.raises(psycopg.Error, match="has moved to shard s1"):
                one.rows(f"select codesearch.{statement}")
        # And back again.
        move_repository(coordinator.url, "demo", "s0", grace=0)
        assert one.value("select count(*) from codesearch.source_file") == len(paths)
        assert two.value("select count(*) from codesearch.source_file") == 0
        assert len(coordinator.rows("select path from codesearch.grep('def marker_7')")) == 1


def test_an_interrupted_move_goes_on_or_is_taken_back(debian_server, monkeypatch):
    template = installed_template(debian_server.url)
    with (
        fresh_database(debian_server.url, template=template) as one,
        fresh_database(debian_server.url, template=template) as two,
        coordinator_of(debian_server.url, [one, two]) as coordinator,
    ):
        coordinator.rows("select codesearch.upsert_file('demo', 'a.py', 'def marker(): pass')")
        _index(one)
        with monkeypatch.context() as patched:
            patched.setattr("pgcodesearch.sharding.moving._check", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                move_repository(coordinator.url, "demo", "s1", grace=0)
        ask = "select repository, path from codesearch.search('marker', mode => 'lexical')"
        assert coordinator.rows(ask) == [("demo", "a.py")]
        assert [row["problems"] for row in shard_states(coordinator.connect())] != [[], []]
        move_repository(coordinator.url, "demo", "s0", grace=0)  # taken back
        assert two.rows("select name from codesearch.repository") == []
        coordinator.rows("select codesearch.upsert_file('demo', 'b.py', 'def other(): pass')")
        call(coordinator, "shards", "move", "demo", "s1", "--grace", "0")
        assert coordinator.rows(ask) == [("demo", "a.py")]
        assert two.value("select count(*) from codesearch.source_file") == 2
        assert [row["problems"] for row in shard_states(coordinator.connect())] == [[], []]


@pytest.fixture
def two_servers(debian_server):
    """A coordinator, a shard on its own server named far, which a test may stop, and one beside it: near."""
    away = DebianServer(temporary_home("pgcs-away-"))
    try:
        away.create()
        away.start()
        far = Database(create_database(away.url, "far"))
        install(far.url)
        with (
            fresh_database(debian_server.url, template=installed_template(debian_server.url)) as near,
            coordinator_of(debian_server.url, [near, far]) as coordinator,
        ):
            coordinator.rows("select codesearch.change_setting('shards.away_seconds', '1')")
            for name in ("near", "far"):
                content = f"def marker(): return '{name}'"
                coordinator.rows("select codesearch.upsert_file(%s, 'a.py', %s)", (name, content))
            for shard in (near, far):
                _index(shard)
            yield coordinator, away
    finally:
        away.destroy()


_MARKER = "select repository from codesearch.search('marker', mode => 'lexical') order by 1"


def test_a_shard_that_is_away_is_said(two_servers):
    coordinator, away = two_servers
    told: list[str] = []
    with coordinator.connect() as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
        assert connection.execute(_MARKER).fetchall() == [("far",), ("near",)]
        away.stop("immediate")
        for _ in range(2):
            told.clear()
            assert connection.execute(_MARKER).fetchall() == [("near",)]
            assert told.count("the answer is partial: shard s1 does not answer") == 1
            told.clear()
            found = connection.execute("select repository from codesearch.grep('marker')").fetchall()
            assert found == [("near",)]
            assert told.count("the answer is partial: shard s1 does not answer") == 1
        with pytest.raises(psycopg.Error, match="shard s1 does not answer") as caught:
            connection.execute("select * from codesearch.search('marker', repository => 'far')")
        assert caught.value.sqlstate == "CS019"
        connection.execute("set codesearch.partial = off")
        with pytest.raises(psycopg.Error, match="shard s1 does not answer") as caught:
            connection.execute(_MARKER)
        assert caught.value.sqlstate == "CS019"
        connection.execute("reset codesearch.partial")
        assert [row["state"] for row in shard_states(connection)] == ["answers", "does not answer"]
        away.start()
        wait_until(
            lambda: connection.execute(_MARKER).fetchall() == [("far",), ("near",)], "the shard's return"
        )


def test_a_shard_killed_under_load_gives_declared_partial_answers_only(two_servers):
    coordinator, away = two_servers

    def kill() -> None:
        for _ in range(2):
            time.sleep(1.5)
            away.stop("immediate")
            time.sleep(1.5)
            away.start()
        time.sleep(1.5)

    load = search_while(coordinator, _MARKER, {"near", "far"}, {"near"}, 6, kill)
    assert load.wrong == []
    assert load.errors == []
    assert load.whole > 0
    assert load.partial > 0
    assert whole_again(coordinator, _MARKER, {"near", "far"}) < 30


def _index(database):
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()
