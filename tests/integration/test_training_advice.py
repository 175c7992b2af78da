"""The decision helper: each answer, with the numbers it used."""

import uuid

import pytest
from psycopg.types.json import Jsonb

from support.commands import call, call_json


@pytest.fixture
def used(database):
    """An active model without vectors, and one triplet."""
    with database.connect() as connection:
        connection.execute("set search_path = codesearch, public")
        connection.execute("select add_model('tiny', 4, 16, '{}')")
        connection.execute(
            "insert into query_log (query, query_hash, mode, k, result_count, latency_ms)"
            " values ('where', md5('where')::uuid, 'hybrid', 10, 2, 1)"
        )
        for rank in (1, 2):
            content = uuid.uuid4()
            connection.execute(
                "insert into query_results values (1, %s, %s, 1, %s, 1)", (rank, rank, content)
            )
            connection.execute(
                "insert into feedback_text values (%s, 'text', %s)", (content, [f"a{rank}", f"b{rank}"])
            )
        connection.execute("select record_feedback(1, 2, 'copy')")
    return database


def _measure(database, mrr: float, model: str = "tiny", mode: str = "hybrid", k: int = 10) -> None:
    database.rows(
        "insert into codesearch.evaluation_run (query_set, model, mode, k, settings, metrics)"
        " values ('s', %s, %s, %s, '{}', %s)", (model, mode, k, Jsonb({"all": {"mrr": mrr, "queries": 40}})),
    )  # fmt: skip


def _answer(database, arguments: str = "") -> str:
    return database.value(f"select codesearch.training_advice({arguments}) ->> 'answer'")


def test_measure_first(used):
    assert _answer(used) == "measure"
    _measure(used, 0.3)
    assert _answer(used) == "collect"
    _measure(used, 0.36)
    assert _answer(used) == "no", "the newest run counts"
    assert _answer(used, "0.37") == "collect"


@pytest.mark.parametrize("other", [{"k": 20}, {"mode": "lexical"}, {"model": "another"}], ids=str)
def test_a_run_of_another_kind_says_nothing(used, other):
    """MRR@20 is no MRR@10, whichever is the newer; nor is that of words alone, or of another model."""
    _measure(used, 0.9, **other)
    assert _answer(used) == "measure"
    _measure(used, 0.3)
    _measure(used, 0.9, **other)
    assert _answer(used) == "collect"


def test_triplets_decide(used):
    _measure(used, 0.5)
    assert _answer(used, "few => 1") == "try"
    assert _answer(used, "few => 1, many => 1") == "train"


def test_the_command_names_its_numbers(used):
    _measure(used, 0.5)
    advice = call_json(used, "models", "advise")
    assert advice["numbers"] == {
        "active_model": "tiny", "mrr": 0.5, "judged_queries": 40, "run_id": 1, "good_mrr": 0.35, "triplets": 1,
        "few": 10000, "many": 50000, "anchors": 1, "searches": 1, "searches_with_feedback": 1, "files": 0,
    }  # fmt: skip
    told = call(used, "models", "advise").output
    assert "no: MRR@10 is 0.500" in told
    assert "\n  " in told, "a line for each number"
    assert "\\n" not in told
