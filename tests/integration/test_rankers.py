"""Rankers as versions: added with their weights checked, fitted to judged queries, switched and taken back at once."""

import json

import psycopg
import pytest
from psycopg.types.json import Jsonb

from support.commands import call, call_json
from support.indexing import chunk_all, upsert

VERBS = ("open", "close", "merge", "split", "send", "parse")
NOUNS = ("packet", "ledger", "cursor")


def _only(**weights):
    classes = dict.fromkeys(("identifier", "mixed", "semantic", "language"), weights)
    return dict.fromkeys(("hybrid", "lexical", "vector"), classes)


@pytest.fixture
def filled(database):
    """Every verb and noun as a function of its own file; a file of tests calls them all."""
    with database.connect() as connection:
        for repository in ("left", "right"):
            for noun in NOUNS:
                text = "".join(
                    f"def {verb}_{noun}(n):\n    return n + {i}\n\n\n" for i, verb in enumerate(VERBS)
                )
                upsert(connection, f"src/{noun}.py", text, repository)
                text = "".join(f"def test_{verb}_{noun}():\n    {verb}_{noun}(1)\n\n\n" for verb in VERBS)
                upsert(connection, f"tests/test_{noun}.py", text, repository)
    chunk_all(database)
    return database


def _judged(tmp_path, repositories=("left", "right")):
    rows = [
        {"id": f"{repository}-{verb}-{noun}", "repository": repository, "query": f"{verb} a {noun}",
         "relevant": [{"path": f"src/{noun}.py", "start_line": 4 * i + 1, "end_line": 4 * i + 2, "grade": 3}]}
        for repository in repositories for noun in NOUNS for i, verb in enumerate(VERBS)
    ]  # fmt: skip
    file = tmp_path / "judged.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def _best(database, query="open a packet"):
    return database.rows(
        "select path from codesearch.search(%s, mode => 'lexical', repository => 'left', log => false)",
        (query,),
    )[0][0]


@pytest.mark.parametrize(
    "weights",
    [
        {}, [], {"hybrid": {}}, _only(bogus=1), _only(lexical="1"), _only(lexical=None), _only(lexical=1e9),
        {**_only(lexical=1), "both": {}}, {**_only(lexical=1), "vector": {"words": {}}},
        {**_only(lexical=1), "vector": 3},
        {**_only(lexical=1), "vector": {"mixed": 3}},
    ],
    ids=str,
)  # fmt: skip
def test_weights_that_no_search_could_use_are_refused(database, weights):
    with pytest.raises(psycopg.Error) as caught:
        database.rows("select codesearch.add_ranker('r', %s)", (Jsonb(weights),))
    assert caught.value.sqlstate == "CS001"
    assert "shipped_ranker" in caught.value.diag.message_hint
    assert database.value("select count(*) from codesearch.ranker") == 0


def test_the_shipped_one_has_the_form_that_is_asked_of_others(database):
    database.rows("select codesearch.add_ranker('copy', codesearch.shipped_ranker())")
    shipped = database.value("select codesearch.shipped_ranker()")
    assert set(shipped) == {"hybrid", "lexical", "vector"}
    assert all(
        set(classes) == {"identifier", "mixed", "semantic", "language"} for classes in shipped.values()
    )


def test_switched_and_taken_back(filled):
    assert _best(filled) == "src/packet.py"
    for name, weight in (("tests", 100), ("files", -100)):
        filled.rows("select codesearch.add_ranker(%s, %s)", (name, Jsonb(_only(lexical=1, test=weight))))
    assert filled.value("select codesearch.activate_ranker('tests')") == 1
    assert _best(filled) == "tests/test_packet.py"
    assert filled.value("select codesearch.activate_ranker('tests')") is None
    filled.rows("select codesearch.activate_ranker('files', 'looks better')")
    assert _best(filled) == "src/packet.py"
    assert filled.value("select codesearch.rollback_ranker()") == "tests"
    assert _best(filled) == "tests/test_packet.py"
    assert filled.value("select codesearch.rollback_ranker()") is None  # the one that ships
    assert _best(filled) == "src/packet.py"
    with pytest.raises(psycopg.Error) as caught:
        filled.rows("select codesearch.rollback_ranker()")
    assert caught.value.sqlstate == "CS010"
    with pytest.raises(psycopg.Error) as caught:
        filled.rows("select codesearch.activate_ranker('gone')")
    assert caught.value.sqlstate == "CS002"


def test_a_refused_one_answers_by_force_alone(filled):
    filled.rows(
        "select codesearch.add_ranker('worse', %s, refused => true)", (Jsonb(_only(lexical=1, test=100)),)
    )
    with pytest.raises(psycopg.Error) as caught:
        filled.rows("select codesearch.activate_ranker('worse')")
    assert caught.value.sqlstate == "CS011"
    filled.rows("select codesearch.activate_ranker('worse', force => true)")
    assert _best(filled) == "tests/test_packet.py"


def test_a_kept_answer_is_of_the_ranker_that_gave_it(filled):
    ask = "select path from codesearch.search('open a packet', mode => 'lexical', repository => 'left')"
    assert filled.rows(ask)[0][0] == filled.rows(ask)[0][0] == "src/packet.py"
    filled.rows("select codesearch.add_ranker('tests', %s)", (Jsonb(_only(lexical=1, test=100)),))
    filled.rows("select codesearch.activate_ranker('tests')")
    assert filled.rows(ask)[0][0] == "tests/test_packet.py"


def test_tune_learns_what_is_wanted_and_is_undone(filled, tmp_path):
    """Begun with a ranker that likes tests: the fit finds out that no judged place is in one."""
    call(filled, "eval", "import", str(_judged(tmp_path)), "--set", "mine")
    filled.rows("select codesearch.add_ranker('before', %s)", (Jsonb(_only(lexical=1, test=100)),))
    filled.rows("select codesearch.activate_ranker('before')")
    report = call_json(filled, "tune", "--set", "mine", "--name", "after", "--activate", "--folds", "2")
    assert report["promote"]
    assert report["held_out"]["mine"]["after"] > report["held_out"]["mine"]["before"] + 0.2
    assert report["held_out"]["all"]["low"] > 0
    assert _best(filled) == "src/packet.py"
    stored = filled.rows("select parent_id, fitted_on, metrics from codesearch.ranker where name = 'after'")[
        0
    ]
    assert stored[0] == 1
    assert stored[1]["query_sets"] == {"mine": 1.0}
    assert (stored[1]["queries"], stored[1]["repositories"]) == (36, 2)
    assert stored[2]["gate"]["promote"]
    listed = {row["name"]: row["status"] for row in call_json(filled, "rankers")}
    assert listed == {"before": "candidate", "after": "active"}
    call(filled, "rankers", "rollback")
    assert _best(filled) == "tests/test_packet.py"
    call(filled, "rankers", "activate", "--shipped")
    assert _best(filled) == "src/packet.py"


def test_what_is_reported_is_what_search_gives(filled, tmp_path):
    """The order on features in memory is that of codesearch.search."""
    from pgcodesearch.evaluating import read_judged_queries
    from pgcodesearch.evaluating.tuning import collect, rank

    queries = read_judged_queries(_judged(tmp_path, ("left",)).read_text().splitlines())
    with filled.connect() as connection:
        names, weights = connection.execute(
            "select codesearch.feature_names(), codesearch.shipped_ranker()"
        ).fetchone()
        (per_file,) = connection.execute("select codesearch.setting_number('search.per_file')").fetchone()
        for example in collect(connection, "mine", queries, None):
            rows = connection.execute(
                "select chunk_id from codesearch.search(%s, mode => 'lexical', repository => 'left', log => false)",
                (example.query.query,),
            ).fetchall()
            order = rank(example, weights, names, int(per_file)).order
            assert [int(example.chunks[number]) for number in order] == [chunk for (chunk,) in rows]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--set", "gone"), "no judged queries in set"),
        (("--set", "mine=x"), "is a number"),
    ],
)
def test_what_cannot_be_tuned(filled, tmp_path, arguments, message):
    call(filled, "eval", "import", str(_judged(tmp_path)), "--set", "mine")
    result = call(filled, "tune", "--name", "r", *arguments)
    assert result.exit_code != 0
    assert message in result.output


def test_what_users_used_tunes_a_ranker(filled):
    """Copies of results, and no judged query: the tests lose to what was copied."""
    pytest.importorskip("torch")
    with filled.connect() as connection:
        for noun in NOUNS:
            for verb in VERBS:
                rows = connection.execute(
                    "select chunk_id, path, query_id"
                    " from codesearch.search(%s, mode => 'lexical', repository => 'left')",
                    (f"{verb} a {noun}",),
                ).fetchall()
                for chunk, path, query in rows:
                    if path == f"src/{noun}.py":
                        connection.execute(
                            "select codesearch.record_feedback(%s, %s, 'copy')", (query, chunk)
                        )
                        break
    report = call_json(filled, "tune", "--set", "feedback", "--name", "used", "--folds", "2")
    assert report["promote"], report["reason"]
    assert report["held_out"]["feedback"]["queries"] >= 15


def _tuned_with_settings(database, tmp_path, name, *options):
    call(database, "eval", "import", str(_judged(tmp_path)), "--set", "s")
    done = call(
        database, "tune", "--set", "s", "--name", name, "--folds", "2", "--settings", "3", "--json", *options
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("options", [(), ("--grid",)], ids=["bayesian", "grid"])
def test_settings_are_tried_and_leave_nothing(filled, tmp_path, options):
    pytest.importorskip("optuna")
    report = _tuned_with_settings(filled, tmp_path, "with-settings", *options)
    assert 0 <= report["settings"]["before"] <= report["settings"]["after"] <= 1
    assert filled.rows("select name from codesearch.setting") == []
    assert filled.rows("select name from codesearch.ranker") == [("with-settings",)]


def test_settings_go_with_their_ranker(filled):
    """Beneath the database's own, until the ranker is taken back."""
    weights = filled.value("select codesearch.shipped_ranker()")
    settings = Jsonb({"search.per_file": 2, "search.candidates": 50})
    filled.rows("select codesearch.add_ranker('r', %s, settings => %s)", (Jsonb(weights), settings))
    now = "select s ->> 'search.per_file', s ->> 'search.candidates' from codesearch.current_settings() s"
    before = filled.rows(now)[0]
    filled.rows("select codesearch.activate_ranker('r')")
    assert filled.rows(now)[0] == ("2", "50")
    filled.rows("select codesearch.change_setting('search.per_file', '3')")
    assert filled.rows(now)[0] == ("3", "50")
    filled.rows("delete from codesearch.setting")
    filled.rows("select codesearch.rollback_ranker()")
    assert filled.rows(now)[0] == before
    with pytest.raises(psycopg.Error, match="no settings of a ranker"):
        filled.rows(
            "select codesearch.add_ranker('x', %s, settings => %s)",
            (Jsonb(weights), Jsonb({"search.per_file": 0})),
        )
