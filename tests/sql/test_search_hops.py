"""Answers in several steps: the way, circles, the budget, why it stopped, and only what the caller may see."""

from __future__ import annotations

import psycopg
import pytest

from support.databases import fresh_database
from support.indexing import chunk_all, upsert
from support.tenants import acting_as, temporary_roles

FILES = {
    "src/parcels.py": """from .scales import weigh
from .base import Carrier


def collect_parcels(depot):
    # Each parcel of the depot is taken along.
    return [weigh(parcel) for parcel in depot]


class Van(Carrier):
    def load(self, parcel):
        return parcel


def lonely_zebra():
    return "nothing else"
""",
    "src/scales.py": """def weigh(thing):
    return calibrate(thing.mass)


def calibrate(value):
    return settle(value) or value


def settle(value):
    # The circle closes here.
    return weigh(value)
""",
    "src/base.py": """class Carrier:
    def load(self, thing):
        # How goods are brought aboard is left to heirs.
        raise NotImplementedError
""",
}
ASKED = "collecting the parcels of a depot: how heavy is each"


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            for path, content in FILES.items():
                upsert(connection, path, content)
            upsert(connection, "other.py", "def collect_parcels():\n    return weigh()\n", "elsewhere")
        chunk_all(made)
        yield made


@pytest.fixture
def asked(database):
    with database.connect() as connection:
        yield connection


def hops(connection, query=ASKED, **arguments):
    named = "".join(f", {name} => %({name})s" for name in arguments)
    return connection.execute(
        "select symbol, hop, stopped, trail, reason, chunk_id, via, repository, query_id, start_line, path"
        f" from codesearch.search_hops(%(query)s, repository => 'demo'{named}) order by rank",
        {"query": query, **arguments},
    ).fetchall()


def test_the_way_is_told(asked):
    rows = {row[0]: row for row in hops(asked)}
    assert rows["collect_parcels"][1] == 0
    assert rows["collect_parcels"][3:5] == ("collect_parcels (src/parcels.py:5)", "found by the question")
    weigh = rows["weigh"]
    assert weigh[1] == 1
    assert weigh[6] == rows["collect_parcels"][5]
    assert weigh[3] == "collect_parcels (src/parcels.py:5) calls weigh (src/scales.py:1)"
    assert weigh[4] == "calls it: src/parcels.py:7"


def test_a_second_hop_goes_on_from_the_first(asked):
    assert "calibrate" not in {row[0] for row in hops(asked, hops=1, k=20)}
    rows = {row[0]: row for row in hops(asked, hops=2, k=20)}
    assert rows["calibrate"][1] == 2
    assert rows["calibrate"][6] == rows["weigh"][5]
    assert rows["calibrate"][3].endswith("calls weigh (src/scales.py:1) calls calibrate (src/scales.py:5)")


def test_circles_end_and_no_row_comes_twice(asked):
    rows = hops(asked, hops=5, k=50)
    assert {"weigh", "calibrate", "settle"} <= {row[0] for row in rows}
    ids = [row[5] for row in rows]
    assert len(ids) == len(set(ids))
    assert rows[0][2] in ("nothing new", "nothing better", "answered")


def test_the_same_question_has_the_same_answer(asked):
    first, second = (
        asked.execute(
            "select rank, chunk_id, score, hop, via, trail, stopped from codesearch.search_hops(%s, 3) order by rank",
            (ASKED,),
        ).fetchall()
        for _ in range(2)
    )
    assert first == second


def test_overrides_are_come_to(asked):
    rows = {row[0]: row for row in hops(asked, "goods are brought aboard zzqx", k=20)}
    assert rows["Van.load"][1] == 1
    assert "is overridden by" in rows["Van.load"][3]


@pytest.mark.parametrize(
    ("query", "arguments", "stopped"),
    [
        (ASKED, {"hops": 0}, "hops"),
        (ASKED, {"hops": 1}, "hops"),
        (ASKED, {"max_chunks": 1}, "chunks"),
        (ASKED, {"milliseconds": 1}, "time"),
        ("collect parcels depot", {}, "answered"),
        (ASKED, {"hops": 5, "k": 1}, "nothing better"),
    ],
)
def test_why_it_stopped(asked, query, arguments, stopped):
    rows = hops(asked, query, **arguments)
    assert {row[2] for row in rows} == {stopped}
    if "max_chunks" in arguments:
        assert sum(row[1] > 0 for row in rows) <= 1
    if arguments.get("hops") == 0 or "milliseconds" in arguments or stopped == "answered":
        assert {row[1] for row in rows} == {0}


@pytest.mark.parametrize(("query", "most"), [("collect parcels", 2), (ASKED, 0)])
def test_where_no_hop_is_made_it_is_the_search(asked, query, most):
    found = asked.execute(
        "select chunk_id, score from codesearch.search(%s, 10, 'demo', log => false) order by rank", (query,)
    ).fetchall()
    rows = asked.execute(
        "select chunk_id, score from codesearch.search_hops(%s, %s, repository => 'demo') order by rank",
        (query, most),
    ).fetchall()
    assert rows == found


def test_nothing_is_led_to_from_nothing(server_url):
    with fresh_database(server_url) as made, made.connect() as connection:
        upsert(connection, "a.py", "def alone():\n    return 1\n")
        chunk_all(made)
        rows = hops(connection, "alone zzqx")
        assert [(row[0], row[2]) for row in rows] == [("alone", "nothing new")]
        assert hops(connection, "zzqx") == []


def test_a_question_is_logged_with_what_it_showed(asked):
    rows = hops(asked)
    assert rows[0][8] is not None
    shown = asked.execute(
        "select chunk_id from codesearch.query_results where query_id = %s order by rank", (rows[0][8],)
    ).fetchall()
    assert [row[0] for row in shown] == [row[5] for row in rows]
    assert asked.execute(
        "select codesearch.record_feedback(%s, %s, 'accept')", (rows[0][8], rows[1][5])
    ).fetchone()
    assert hops(asked, log=False)[0][8] is None


def test_one_repository_or_all(asked):
    assert {row[7] for row in hops(asked)} == {"demo"}
    found = asked.execute(
        "select repository from codesearch.search_hops('collect parcels weigh', k => 20)"
    ).fetchall()
    assert {row[0] for row in found} == {"demo", "elsewhere"}
    branch = asked.execute("select name from codesearch.branch limit 1").fetchone()[0]
    named = asked.execute("select repository from codesearch.search_hops(%s, repository => %s)",
                          (ASKED, f"demo@{branch}")).fetchall()  # fmt: skip
    assert {row[0] for row in named} == {f"demo@{branch}"}


@pytest.mark.parametrize(
    ("arguments", "sqlstate"),
    [
        ("'x', hops => -1", "CS001"),
        ("'x', hops => 6", "CS001"),
        ("'x', hops => null", "CS001"),
        ("'x', max_chunks => 0", "CS001"),
        ("'x', milliseconds => 0", "CS001"),
        ("'x', k => 0", "CS001"),
        ("'x', k => null", "CS001"),
        ("''", "CS001"),
        ("null", "CS001"),
        ("repeat('x ', 200000)", "CS004"),
        ("'x', repository => 'nowhere'", "CS006"),
        ("'x', model => 'nobody'", "CS002"),
        ("'x', query_embedding => '[1,2]'", "CS002"),
        ("'x', context => '[]'", "CS001"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_a_hint(asked, arguments, sqlstate):
    with pytest.raises(psycopg.Error) as refused:
        asked.execute(f"select * from codesearch.search_hops({arguments})")
    assert refused.value.sqlstate == sqlstate
    assert refused.value.diag.message_hint


def test_no_hop_leads_to_what_the_caller_may_not_see(server_url):
    with (
        fresh_database(server_url) as made,
        temporary_roles(made.url, "codesearch_reader") as (reader,),
        made.connect() as connection,
    ):
        for repository in ("mine", "yours"):
            for path, content in FILES.items():
                upsert(
                    connection,
                    path,
                    content.replace("collect_parcels", f"collect_{repository}_parcels"),
                    repository,
                )
        chunk_all(made)
        connection.execute("select codesearch.enable_row_level_security()")
        connection.execute("select codesearch.grant_repository('mine', %s::name)", (reader,))
        statement = "select repository, hop, trail from codesearch.search_hops(%s, 3, 50, log => false)"
        assert {row[0] for row in connection.execute(statement, (ASKED,)).fetchall()} == {"mine", "yours"}
        with acting_as(made, reader) as tenant:
            rows = tenant.execute(statement, (ASKED,)).fetchall()
            assert {row[0] for row in rows} == {"mine"}
            assert {row[1] for row in rows} >= {0, 1}
            assert not any("yours" in row[2] for row in rows)
            with pytest.raises(psycopg.Error, match="no repository"):
                tenant.execute("select * from codesearch.search_hops('parcels', repository => 'yours')")
