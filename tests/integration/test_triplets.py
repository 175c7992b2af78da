"""The views from feedback to triplets: what is a positive, what a negative, and what weighs how much."""

import json
import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcodesearch.database import sql_files
from support.indexing import chunk_all, upsert

# Shown in this order; "twin" differs from "b" in one term of ten.
TERMS = {
    name: [f"{name}{number}" for number in range(10)] for name in ("a", "b", "c", "d", "e", "f", "g", "h")
}
TERMS["twin"] = [*TERMS["b"][:9], "other"]


def _hash(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


@pytest.fixture
def log(database):
    with database.connect() as connection:
        connection.execute("set search_path = codesearch, public")
        for name, terms in TERMS.items():
            connection.execute(
                "insert into feedback_text (content_hash, text, terms) values (%s, %s, %s)",
                (_hash(name), name, terms),
            )
        yield Log(connection)


class Log:
    """Searches as if they had been asked, and feedback through the function."""

    def __init__(self, connection):
        self.connection = connection

    def search(self, shown: str, query: str | None = "where is a") -> int:
        (query_id,) = self.connection.execute(
            "insert into query_log (query, query_hash, mode, k, result_count, latency_ms)"
            " values (%s, md5(%s)::uuid, 'hybrid', 10, 1, 1) returning query_id", (query, query or "hidden")
        ).fetchone()  # fmt: skip
        for rank, name in enumerate(shown.split(), start=1):
            self.connection.execute(
                "insert into query_results (query_id, rank, chunk_id, repository_id, content_hash, score)"
                " values (%s, %s, %s, 1, %s, 1)", (query_id, rank, rank, _hash(name)),
            )  # fmt: skip
        return query_id

    def feedback(self, query_id: int, rank: int, signal: str, value: float | None = None) -> None:
        self.connection.execute("select record_feedback(%s, %s, %s, %s)", (query_id, rank, signal, value))

    def triplets(self) -> list[tuple[str, str]]:
        return self.connection.execute(
            "select positive, negative from triplet order by query_id, positive_rank, negative_rank"
        ).fetchall()

    def pairs(self) -> list[tuple[str, str, float, list[str]]]:
        return self.connection.execute(
            "select code, signal, weight::float8, negatives from feedback_pair order by query_id, rank"
        ).fetchall()

    def verdicts(self) -> dict[str, str]:
        names = {_hash(name): name for name in TERMS}
        rows = self.connection.execute("select negative_hash, verdict from triplet_candidate").fetchall()
        return {names[content]: verdict for content, verdict in rows}


def test_three_negatives_that_were_passed_over(log):
    asked = log.search("a b c d e f g h")
    log.feedback(asked, 5, "copy")
    assert log.triplets() == [("e", "b"), ("e", "c"), ("e", "d")], "the nearest above come first"
    assert log.verdicts()["h"] == "not looked at"


def test_a_positive_at_the_top_takes_those_just_below(log):
    log.feedback(log.search("a b c d e"), 1, "accept")
    assert log.triplets() == [("a", "b"), ("a", "c")]


@pytest.mark.parametrize(
    ("signal", "value", "strong"),
    [("copy", None, True), ("accept", None, True), ("dwell", 30, True), ("dwell", 29.9, False),
     ("click", None, False), ("edit", 3, False), ("reject", None, False)],
)  # fmt: skip
def test_only_strong_signals_are_positives(log, signal, value, strong):
    log.feedback(log.search("a b"), 2, signal, value)
    assert bool(log.triplets()) == strong


def test_abandoning_makes_nothing(log):
    log.connection.execute("select record_feedback(%s, null, 'abandon')", (log.search("a b"),))
    assert log.triplets() == []


def test_what_was_used_is_no_negative(log):
    asked = log.search("a b c d")
    log.feedback(asked, 4, "copy")
    for rank, signal in ((1, "click"), (2, "dwell"), (3, "edit")):
        log.feedback(asked, rank, signal, 2)
    assert log.triplets() == []
    assert log.verdicts() == {"a": "used too", "b": "used too", "c": "used too", "d": "the positive"}


def test_copies_of_the_positive_are_no_negatives(log):
    log.feedback(log.search("a twin b b"), 3, "copy")
    assert log.triplets() == [("b", "a")]
    assert log.verdicts()["twin"] == "near-duplicate"
    log.connection.execute("select change_setting('feedback.near_duplicate', '0.9')")
    assert log.triplets() == [("b", "a"), ("b", "twin")]


def test_a_positive_of_the_same_words_elsewhere_is_no_negative(log):
    log.feedback(log.search("a b c"), 1, "copy")
    log.feedback(log.search("a b c"), 3, "copy")
    log.feedback(log.search("a b c", "other words"), 3, "copy")
    assert log.triplets() == [("a", "b"), ("c", "b"), ("c", "a"), ("c", "b")]


def test_the_newest_word_counts(log):
    asked = log.search("a b c")
    log.feedback(asked, 2, "copy")
    log.feedback(asked, 2, "reject")
    assert log.triplets() == [], "taken back"
    log.feedback(asked, 2, "accept")
    assert log.triplets() == [("b", "a"), ("b", "c")], "rejected by mistake"


def test_the_rejected_come_first_wherever_they_stood(log):
    asked = log.search("a b c d e f g h")
    log.feedback(asked, 4, "copy")
    log.feedback(asked, 8, "click")
    log.feedback(asked, 8, "reject")
    assert log.triplets() == [("d", "b"), ("d", "c"), ("d", "h")]


def test_a_reject_of_one_is_outdone_by_another_who_used_it(log):
    """Rejected by mistake: the same words, the same code, and somebody took it."""
    asked = log.search("a b")
    log.feedback(asked, 2, "copy")
    log.feedback(asked, 1, "reject")
    log.feedback(log.search("a b"), 1, "accept")
    assert ("b", "a") not in log.triplets()


def test_without_words_or_text_there_is_no_triplet(log):
    log.feedback(log.search("a b", None), 2, "copy")
    assert set(log.verdicts().values()) == {"query not kept"}
    log.feedback(log.search("c gone"), 1, "copy")
    assert log.triplets() == []


def _weights(log) -> dict[str, float]:
    return dict(log.connection.execute("select positive, sum(weight) from triplet group by 1").fetchall())


def test_weights_grow_with_the_rank_and_are_cut(log):
    for rank, shown in ((1, "a b c"), (4, "b c a d"), (8, "a b c d e f g h")):
        log.feedback(log.search(shown, f"words {rank}"), rank, "copy")
    assert _weights(log) == pytest.approx({"a": 1, "d": 2, "h": math.sqrt(8)}), "of a positive, not of a row"
    log.connection.execute("select change_setting('feedback.position_bias', '0')")
    assert _weights(log) == pytest.approx({"a": 1, "d": 1, "h": 1})
    log.connection.execute("select change_setting('feedback.position_bias', '1')")
    assert _weights(log) == pytest.approx({"a": 1, "d": 4, "h": 4})


def test_a_pair_of_a_strong_positive_has_the_negatives_of_its_triplets(log):
    asked = log.search("b c a d")
    log.feedback(asked, 4, "copy")
    log.feedback(asked, 2, "click")
    assert log.pairs() == [("d", "copy", 2, ["b", "a"])], "a click beside it is no pair of its own"


def test_a_click_weighs_a_quarter_and_has_no_negatives(log):
    asked = log.search("b c a d")
    for _ in range(2):
        log.feedback(asked, 4, "click")
    log.feedback(asked, 1, "click")
    log.feedback(asked, 2, "click")
    log.feedback(asked, 2, "reject")
    log.feedback(log.search("a b", None), 1, "click")
    assert log.pairs() == [("b", "click", 0.25, []), ("d", "click", 0.5, [])]
    log.connection.execute("select change_setting('feedback.position_bias', '0')")
    assert log.pairs() == [("b", "click", 0.25, []), ("d", "click", 0.25, [])]


def test_summary_counts_and_shows_a_sample(log):
    log.feedback(log.search("a twin b c d e"), 3, "copy")
    log.feedback(log.search("a b"), 1, "click")
    summary = log.connection.execute("select triplet_summary(2)").fetchone()[0]
    assert summary["feedback"] == {"copy": 1, "click": 1}
    assert (summary["searches"], summary["positives"], summary["triplets"], summary["anchors"]) == (
        2,
        1,
        3,
        1,
    )
    assert summary["shown_beside_positives"] == {
        "negative": 3, "the positive": 1, "near-duplicate": 1, "not looked at": 1
    }  # fmt: skip
    assert [row["positive"] for row in summary["sample"]] == ["b", "b"]
    json.dumps(summary)


def test_an_empty_database_has_a_summary(database):
    assert database.value("select codesearch.triplet_summary()")["triplets"] == 0


def test_from_a_search_to_triplets_after_the_code_is_gone(database):
    """Through the real functions: index, search, copy, delete everything, and train still."""
    with database.connect() as connection:
        upsert(connection, "a.py", "def follow_redirects(response):\n    return send(response.next)\n")
        upsert(
            connection, "b.py", "class CookieJar:\n    def redirects(self, name):\n        self[name] = 1\n"
        )
        chunk_all(database)
        rows = connection.execute(
            "select query_id, chunk_id, symbol from codesearch.search('follow redirects', mode => 'lexical')"
        ).fetchall()
        assert len(rows) >= 2
        connection.execute("select codesearch.record_feedback(%s, %s, 'copy')", rows[0][:2])
        connection.execute("delete from codesearch.repository")
        anchor, positive, negative, repository = connection.execute(
            "select anchor, positive, negative, repository from codesearch.triplet"
        ).fetchone()
        assert (anchor, repository) == ("follow redirects", None)
        assert "send(response.next)" in positive
        assert "self[name] = 1" in negative or "CookieJar" in negative


@pytest.fixture(scope="session")
def overlap(server_url):
    """term_overlap beside its definition in Python."""
    import psycopg

    text = (sql_files.sql_directory() / "functions/learn/term_overlap.sql").read_text()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            text.split("comment on")[0].replace("function term_overlap", "function pg_temp.term_overlap")
        )
        yield lambda *sets: connection.execute(
            "select pg_temp.term_overlap(%s::text[], %s::text[])", sets
        ).fetchone()[0]


_terms = st.lists(st.sampled_from("abcdef"), max_size=8)


@given(one=_terms, other=_terms)
def test_overlap_is_jaccards(overlap, one, other):
    union = set(one) | set(other)
    assert overlap(one, other) == pytest.approx(len(set(one) & set(other)) / len(union) if union else 1)
