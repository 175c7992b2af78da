"""Blind spots: what was asked and not answered, what was shown and not used, and what only one of two runs finds."""

import json

import pytest
from psycopg.types.json import Jsonb

from support.commands import call, call_json
from support.searches import ask
from support.tenants import acting_as, temporary_roles


def spots(database, columns="query, searches, unanswered, unclicked", arguments=""):
    return database.rows(f"select {columns} from codesearch.find_blind_spots({arguments})")


def test_what_is_not_answered_is_counted_by_question(database):
    """The newest words stand for those that mean the same; the newest question comes first."""
    ask(database, "where are redirects followed", confidence=0.02, repository="a", days=2)
    ask(database, "Where  are redirects followed", confidence=0.01, shown=0, repository="b", days=1)
    ask(database, "redirects, followed?", confidence=0.03)
    ask(database, "how is a cookie stored", confidence=0.05, days=0.5)
    ask(database, "what parses a header")
    assert spots(database) == [("redirects, followed?", 3, 3, 0), ("how is a cookie stored", 1, 1, 0)]
    ((repositories, wordings, confidence),) = spots(database, "repositories, wordings, confidence")[:1]
    assert repositories == ["a", "b"]
    assert wordings == ["redirects, followed?", "Where  are redirects followed"]
    assert confidence == pytest.approx(0.02)
    assert database.rows("select query from codesearch.blind_spots") == [
        ("redirects, followed?",),
        ("how is a cookie stored",),
    ]


def test_what_was_answered_since_is_none(database):
    ask(database, "where are redirects followed", confidence=0.02, days=3)
    ask(database, "where are redirects followed", confidence=0.9)
    ask(database, "how is a cookie stored", confidence=0.02, days=31)
    assert spots(database) == []
    assert spots(database, arguments="now() - interval '40 days'") == [("how is a cookie stored", 1, 1, 0)]


def test_scores_tell_where_nothing_is_calibrated(database):
    for query, mode, score in [
        ("low one", "hybrid", 1.0),
        ("high one", "hybrid", 9.0),
        ("ranks only", "rrf", 0.03),
    ]:
        ask(database, query, confidence=None, mode=mode, score=score)
    ask(database, "nothing at all", confidence=None, mode="rrf", shown=0)
    assert {query for query, *_ in spots(database)} == {"low one", "nothing at all"}


def test_what_nobody_clicks_is_one_where_people_say_what_they_use(database):
    ask(database, "where are redirects followed")
    assert spots(database) == [], "nobody says what is used"
    ask(database, "what parses a header", used="click")
    ask(database, "how is a cookie stored", role="silent")
    ask(database, "how is it written", used="reject")
    ask(database, "where are redirects followed", days=1)
    assert set(spots(database)) == {("where are redirects followed", 2, 0, 2), ("how is it written", 1, 0, 1)}
    ask(database, "where are redirects followed", used="copy", days=2)
    assert spots(database) == [("how is it written", 1, 0, 1)]


def test_near_by_meaning_is_the_same_question(installed):
    """Pairs that mean the same, and pairs of the same form that do not, by the shipped model's query table."""
    same = [
        ("parse csv header", "parsing of the header of a csv file"),
        ("timeout for connections", "set the connection timeout"),
        ("auth middleware", "authentication middleware"),
        ("database connection pool", "db connection pooling"),
    ]
    other = [
        ("where are redirects followed", "where are cookies followed"), ("encode json", "decode json"),
        ("open file", "close file"), ("read timeout", "connect timeout"),
    ]  # fmt: skip
    like = "select count(distinct leader) from codesearch.like_queries(%s, codesearch.resolve_model(null))"
    assert [installed.value(like, (list(pair),)) for pair in same] == [1] * 4
    assert [installed.value(like, (list(pair),)) for pair in other] == [2] * 4
    installed.rows("select codesearch.change_setting('blind_spots.likeness', '2')")
    assert installed.value(like, (list(same[0]),)) == 2


def test_a_tenant_sees_its_own(database):
    with temporary_roles(database.url, "codesearch_reader", "codesearch_reader") as (one, other):
        ask(database, "of one", confidence=0.02, role=one)
        ask(database, "of the other", confidence=0.02, role=other)
        database.rows("select codesearch.enable_row_level_security()")
        for role, query in ((one, "of one"), (other, "of the other")):
            with acting_as(database, role) as connection:
                assert connection.execute("select query from codesearch.blind_spots").fetchall() == [(query,)]
                health = "select sum(searches) from codesearch.search_health"
                assert connection.execute(health).fetchone() == (1,)
                weekly = "select value from codesearch.weekly_report where measure = 'searches'"
                assert connection.execute(weekly).fetchone() == (1,)
                measures = {
                    row[0] for row in connection.execute("select measure from codesearch.weekly_report")
                }
                assert not measures & {"drift", "mrr", "triplets", "index_bytes", "files"}


@pytest.fixture
def runs(database):
    """Two runs of three judged queries, each as (place, confidence)."""
    places = {
        "right": [[("a.py", 0.8), ("c.py", 0.2)], [("b.py", 0.6), ("a.py", 0.1)]],
        "wrong": [[("a.py", 0.9)], [("a.py", 0.55), ("d.py", 0.7)]],
        "unsure": [[("a.py", 0.5)], [("a.py", 0.31)]],
    }
    for key in places:
        database.rows(
            "insert into codesearch.judged_query values ('dev', %s, null, null, null, %s)", (key, f"{key}?")
        )
    database.rows("insert into codesearch.judgment values ('dev', 'right', 'a.py', null, 2, 3, 3),"
                  " ('dev', 'wrong', 'd.py', null, 1, 9, 0)")  # fmt: skip
    found = []
    for number in range(2):
        run = database.value("insert into codesearch.evaluation_run (query_set, mode, k, settings, metrics)"
                             " values ('dev', 'hybrid', 10, '{}', '{}') returning run_id")  # fmt: skip
        for key, of_runs in places.items():
            results = [
                {"path": path, "start_line": 1, "end_line": 9, "symbol": "f", "confidence": confidence}
                for path, confidence in of_runs[number]
            ]
            database.rows(
                "insert into codesearch.evaluation_result (run_id, query_key, metrics, results, latency_ms)"
                " values (%s, %s, '{}', %s, 1)", (run, key, Jsonb(results)),
            )  # fmt: skip
        found.append(run)
    return found


def test_what_only_one_run_finds(database, runs):
    rows = database.rows(
        "select found_by, query_key, path, confidence, other_confidence, grade from codesearch.found_by_one(%s, %s)",
        runs,
    )
    assert rows == [
        (runs[0], "right", "a.py", 0.8, 0.1, 3),
        (runs[1], "wrong", "d.py", 0.7, None, 0),
        (runs[1], "right", "b.py", 0.6, None, None),
    ]
    database.rows(
        'update codesearch.evaluation_result set results = \'[{"path": "a.py"}]\' where run_id = %s',
        (runs[1],),
    )
    assert database.rows("select * from codesearch.found_by_one(%s, %s)", runs) == [], (
        "one has no confidences"
    )


def test_the_report(database, runs):
    ask(database, "where are redirects followed", confidence=None, shown=0)
    ask(database, "where are redirects followed", confidence=None, shown=0)
    ask(database, "how is a cookie \x1b[31mstored", confidence=None, shown=0)
    rows = call_json(database, "report", "blind-spots")
    assert [row["query"] for row in rows] == [
        "how is a cookie \x1b[31mstored",
        "where are redirects followed",
    ]
    most = call_json(database, "report", "blind-spots", "--most-asked", "--limit", "1")
    assert [(row["query"], row["searches"]) for row in most] == [("where are redirects followed", 2)]
    printed = call(database, "report", "blind-spots").stdout
    assert "redirects" in printed
    assert "\x1b[31m" not in printed
    between = call_json(database, "report", "blind-spots", "--between", *map(str, runs))
    assert [row["query_key"] for row in between] == ["right", "wrong", "right"]
    assert "a.py:1" in call(database, "report", "blind-spots", "--between", *map(str, runs)).stdout
    assert json.loads(json.dumps(between)) == between
