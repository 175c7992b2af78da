"""The caller's context: what goes with the file in hand is raised, what was just seen is lowered."""

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.indexing import Worker
from pgcodesearch.searching import CallerContext, Client
from support.commands import call_json
from support.databases import fresh_database
from support.tenants import acting_as, temporary_roles

REFUND = "def {name}(order):\n    '''Refund the order.'''\n    return order.total\n"
FILES = {
    "shop/checkout.py": "import shop.stripe\nfrom shop.stripe import refund_stripe\n\n\ndef checkout(order):\n"
    "    if not order.paid:\n        return refund_stripe(order)\n    return order\n",
    "shop/stripe.py": REFUND.format(name="refund_stripe"),
    "bank/wire.py": REFUND.format(name="refund_wire"),
    "post/letter.py": REFUND.format(name="refund_letter")
    + "\n\ndef post(order):\n    return checkout(order)\n",
    "post/test_wire.py": "def test_nothing():\n    assert refund_wire\n\n\n"
    + REFUND.format(name="refund_check"),
}
QUESTION = "refund the order"
RELATIONS = ["same_folder", "named_alike", "test_of", "test_too", "imports", "called", "calls", "like_seen"]


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            for path, content in FILES.items():
                connection.execute("select codesearch.upsert_file('web', %s, %s)", [path, content])
            connection.execute("update codesearch.repository set root = '/home/me/web'")
        with made.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        yield made


def _explained(database, context, **options):
    """Of each path its place, its score and the measures of its best result."""
    given = "".join(f", {name} => %({name})s" for name in options)
    rows = database.rows(
        "select path, rank, score, coalesce(measures, '{}'), coalesce(shares, '{}')"
        f" from codesearch.explain(%(query)s, context => %(context)s, per_file => 1{given}) order by rank",
        {"query": QUESTION, "context": None if context is None else json.dumps(context), **options},
    )
    return {path: row for path, *row in rows}


def test_what_the_file_in_hand_imports_and_calls_is_raised(database):
    plain, about = (_explained(database, context) for context in (None, {"current_file": "shop/checkout.py"}))
    assert about["shop/stripe.py"][0] < about["bank/wire.py"][0]
    assert about["shop/stripe.py"][1] > plain["shop/stripe.py"][1]
    assert about["bank/wire.py"][1] == plain["bank/wire.py"][1]
    measures = about["shop/stripe.py"][2]
    assert {"same_folder", "imports", "called"} <= set(measures)
    assert not set(RELATIONS) & set(about["bank/wire.py"][2])


def test_who_calls_the_file_in_hand_is_raised(database):
    plain, about = (_explained(database, context) for context in (None, {"current_file": "shop/checkout.py"}))
    assert about["post/letter.py"][2]["calls"] > 0
    assert about["post/letter.py"][1] > plain["post/letter.py"][1]


def test_the_test_of_the_file_in_hand_is_raised(database):
    plain, about = (_explained(database, context) for context in (None, {"current_file": "bank/wire.py"}))
    assert about["post/test_wire.py"][2]["test_of"] == about["post/test_wire.py"][2]["named_alike"] > 0
    assert about["post/test_wire.py"][1] > plain["post/test_wire.py"][1]


def test_what_was_just_seen_is_lowered(database):
    plain = _explained(database, None)
    about = _explained(
        database, {"current_file": "bank/wire.py", "recent_files": ["shop/stripe.py", "no/where.py"]}
    )
    for path, feature in (("bank/wire.py", "is_current"), ("shop/stripe.py", "is_recent")):
        assert about[path][2][feature] == 1
        assert about[path][3][feature] < 0
        assert about[path][0] > plain[path][0]


def test_the_task_and_recent_queries_count(database):
    plain = _explained(database, None)
    about = _explained(database, {"task": "the letter is lost", "recent_queries": ["stripe"]})
    assert about["post/letter.py"][2]["task_lexical"] > 0
    assert about["shop/stripe.py"][2]["recent_lexical"] > 0
    assert "task_lexical" not in about["bank/wire.py"][2]
    assert set(about) == set(plain)


@pytest.mark.parametrize(
    "context", [None, {}, {"current_file": None, "recent_files": []}, {"current_file": " "}]
)
def test_without_a_context_nothing_of_it_counts(database, context):
    """Whatever its features weigh."""
    plain = _explained(database, None)
    (weights,) = database.rows("select codesearch.context_weights()")[0]
    assert weights
    with database.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "select codesearch.change_setting('ranking.weights', %s)",
            [json.dumps(dict.fromkeys(weights, 100))],
        )
        rows = connection.execute(
            "select path, score, measures from codesearch.explain(%s, context => %s, per_file => 1) order by rank",
            [QUESTION, None if context is None else json.dumps(context)],
        ).fetchall()
    assert [(path, score) for path, score, _ in rows] == [(path, row[1]) for path, row in plain.items()]
    assert not any(set(weights) & set(measures) for *_, measures in rows)


def test_reciprocal_rank_fusion_stays_what_it_is(database):
    about = {"current_file": "shop/checkout.py", "task": "letter"}
    assert [row[:2] for row in _explained(database, about, mode="rrf").values()] == [
        row[:2] for row in _explained(database, None, mode="rrf").values()
    ]


def test_a_ranker_of_ones_own_keeps_what_a_context_counts(database):
    """One that was fitted to searches without a context says nothing of it."""
    with database.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("select codesearch.add_ranker('mine', codesearch.shipped_ranker())")
        connection.execute("select codesearch.activate_ranker('mine')")
        (shares,) = connection.execute(
            'select shares from codesearch.explain(%s, context => \'{"current_file": "shop/checkout.py"}\')'
            " where path = 'shop/stripe.py'",
            [QUESTION],
        ).fetchone()
    assert shares["called"] > 0


@pytest.mark.parametrize(
    "path",
    ["bank/wire.py", "./bank/wire.py", "bank//wire.py", r"bank\wire.py", "/home/me/web/bank/wire.py", "bank/wire.py:12",
     "bank/wire.py:12:3"],
)  # fmt: skip
def test_paths_are_read_as_people_type_them(database, path):
    assert _explained(database, {"current_file": path})["bank/wire.py"][2]["is_current"] == 1


def test_a_file_that_is_not_indexed_says_nothing(database):
    with database.connect() as connection:
        notices = []
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        ask = "select path, score from codesearch.search(%s, context => %s, log => false) order by rank"

        def asked(context):
            notices.clear()
            return connection.execute(ask, [QUESTION, json.dumps(context)]).fetchall()

        plain = asked({})
        assert asked({"current_file": "no/where.py"}) == plain
        assert [notice for notice in notices if "no/where.py" in notice]
        asked({"current_file": "no/where.py", "recent_files": ["bank/wire.py"]})
        assert not [notice for notice in notices if "no/where.py" in notice]


@pytest.mark.parametrize(
    ("context", "state", "words"),
    [
        ('["a.py"]', "CS001", "not an object"),
        ('"a.py"', "CS001", "not an object"),
        ("null", "CS001", "not an object"),
        ('{"file": "a.py"}', "CS001", "unknown key file"),
        ('{"file": null}', "CS001", "unknown key file"),
        ('{"current_file": ["a.py"]}', "CS001", "current_file of context is a JSON array"),
        ('{"recent_files": "a.py"}', "CS001", "recent_files of context is a JSON string"),
        ('{"recent_queries": [1]}', "CS001", "recent_queries of context has an entry"),
        ('{"recent_files": [null]}', "CS001", "recent_files of context has an entry"),
        ('{"task": 7}', "CS001", "task of context is a JSON number"),
        (json.dumps({"recent_files": ["a.py"] * 101}), "CS001", "101 entries, at most 100"),
        (json.dumps({"task": "x" * 10_001}), "CS004", "10001 characters"),
        (json.dumps({"recent_queries": ["x" * 10_001]}), "CS001", "longer than 10000"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
@pytest.mark.parametrize("function", ["search", "explain"])
def test_what_cannot_be_meant_is_refused(database, context, state, words, function):
    with pytest.raises(psycopg.Error) as error:
        database.rows(f"select * from codesearch.{function}('x', context => %s)", [context])
    assert error.value.sqlstate == state
    assert words in error.value.diag.message_primary
    assert error.value.diag.message_hint


def test_another_context_is_another_answer(database):
    """Answers are kept with their context, and until a file changes."""
    kept = "select from_cache from codesearch.query_log order by query_id desc limit 1"

    def asked(context):
        rows = database.rows("select path from codesearch.search(%s, context => %s)", [QUESTION, context])
        return [path for (path,) in rows], database.value(kept)

    one, other = ('{"current_file": "shop/checkout.py"}', '{"current_file": "bank/wire.py"}')
    assert asked(one)[1] is False
    assert asked(other)[1] is False
    assert asked(one) == (asked(one)[0], True)
    assert asked(one)[0] != asked(other)[0]


def test_a_file_of_another_tenant_tells_nothing(server_url):
    """Neither that it is there nor what it imports: the answer and the notice are those of a file that is nowhere."""
    with (
        fresh_database(server_url) as database,
        temporary_roles(database.url, "codesearch_reader") as (mine,),
    ):
        with database.connect() as connection:
            for repository in ("mine", "theirs"):
                for path, content in FILES.items():
                    connection.execute(
                        "select codesearch.upsert_file(%s, %s, %s)",
                        [repository, path if repository == "mine" else f"secret/{path}", content],
                    )
        with database.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        database.rows("select codesearch.enable_row_level_security()")
        database.rows("select codesearch.grant_repository('mine', %s)", [mine])
        with acting_as(database, mine) as connection:
            answers = []
            for name in ("secret/shop/checkout.py", "nobody/shop/checkout.py"):
                notices = []
                connection.add_notice_handler(
                    lambda notice, notices=notices: notices.append(notice.message_primary)
                )
                rows = connection.execute(
                    "select path, score, measures from codesearch.explain(%s, context => %s) order by rank",
                    [QUESTION, json.dumps({"current_file": name, "recent_files": [name]})],
                ).fetchall()
                answers.append((rows, [notice.replace(name, "NAME") for notice in notices]))
            assert answers[0] == answers[1]
            assert answers[0][0]


def test_the_command_and_the_client_pass_it_on(database):
    options = ["--current-file", "shop/checkout.py", "--recent-file", "bank/wire.py", "--recent-file", "post/letter.py",
               "--recent-query", "stripe", "--task", "the letter is lost"]  # fmt: skip
    shown = call_json(database, "explain", QUESTION, "--mode", "lexical", *options)
    about = CallerContext(
        "shop/checkout.py", ["bank/wire.py", "post/letter.py"], ["stripe"], "the letter is lost"
    )
    with Client(database.url) as client:
        rows = client.explain(QUESTION, mode="lexical", context=about)
        hits = client.search(QUESTION, mode="lexical", context=about, log=False)
        with pytest.raises(InvalidArgument, match="NUL"):
            client.search(QUESTION, context=CallerContext(recent_files=["a\0b"]))
    assert [row["measures"] for row in shown] == [row.measures for row in rows]
    assert {"is_recent", "called", "task_lexical", "recent_lexical"} <= {
        name for row in rows for name in row.measures
    }
    found = call_json(database, "search", QUESTION, "--mode", "lexical", "--no-log", *options)["results"]
    assert [hit["score"] for hit in found] == [hit.score for hit in hits] == [row.score for row in rows]


def test_the_examples_of_the_readme_run(database):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## What the caller is about\n")[2].partition("\n## ")[0]
    (statement,) = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    (program,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    found = [path for path, _ in database.rows(statement)]
    assert found.index("shop/stripe.py") < found.index("bank/wire.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGCODESEARCH_DATABASE_URL", database.url)
        names: dict[str, Any] = {}
        exec(program, names)
    assert {hit.path for hit in names["hits"]} == set(found)
