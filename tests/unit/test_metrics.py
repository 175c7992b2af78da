"""The metrics against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcodesearch.evaluating.judgments import Judgment, Place
from pgcodesearch.evaluating.metrics import matches, percentile, score_query
from pgcodesearch.evaluating.summary import summarize
from pgcodesearch.evaluating.token_overlap import token_overlap

ANSWER = Judgment("a.py", 10, 19, 3)
PART = Judgment("b.py", 1, 40, 2)
OTHER = Place("c.py", 1, 10)


def test_hand_computed_example() -> None:
    # Rank 1 nothing, 2 the part (gain 3), 3 the part again (no gain), 4 the answer (gain 7).
    results = [OTHER, Place("b.py", 1, 30), Place("b.py", 35, 40), Place("a.py", 12, 16)]
    got = score_query(results, [ANSWER, PART])
    # DCG = 3 / log2 3 + 7 / log2 5 = 1.892789 + 3.014738; ideal = 7 / log2 2 + 3 / log2 3 = 7 + 1.892789
    assert got.ndcg == pytest.approx(4.907527 / 8.892789, abs=1e-6)
    assert got.first_rank == 2
    assert got.mrr == 0.5
    assert (got.precision_1, got.precision_5, got.precision_10) == (0.0, 0.6, 0.3)
    assert (got.recall, got.hit) == (1.0, 1.0)


def test_perfect_list_and_miss() -> None:
    perfect = score_query([Place("a.py", 10, 19), Place("b.py", 1, 40)], [PART, ANSWER])
    assert (perfect.ndcg, perfect.mrr, perfect.recall, perfect.precision_1) == (1.0, 1.0, 1.0, 1.0)
    miss = score_query([OTHER], [ANSWER])
    assert (miss.first_rank, miss.mrr, miss.ndcg, miss.recall, miss.hit) == (None, 0.0, 0.0, 0.0, 0.0)
    assert score_query([], [ANSWER]).hit == 0.0


def test_results_after_k_do_not_count() -> None:
    results = [OTHER] * 10 + [Place("a.py", 10, 19)]
    assert score_query(results, [ANSWER], k=10).hit == 0.0
    assert score_query(results, [ANSWER], k=11).first_rank == 11


def test_one_result_over_two_places_gains_the_better_one_only() -> None:
    both = [Judgment("a.py", 1, 10, 2), Judgment("a.py", 11, 20, 3)]
    got = score_query([Place("a.py", 1, 20)], both)
    assert got.recall == 1.0
    assert got.ndcg == pytest.approx(7 / (7 + 3 / math.log2(3)))


def test_grade_zero_is_no_answer() -> None:
    wrong = Judgment("c.py", 1, 10, 0)
    assert score_query([OTHER], [ANSWER, wrong]).hit == 0.0
    assert score_query([Place("a.py", 10, 19)], [ANSWER, wrong]).recall == 1.0
    with pytest.raises(ValueError, match="without a relevant place"):
        score_query([OTHER], [wrong])


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Place("a.py", 10, 19), True),
        (Place("a.py", 15, 30), True),  # 5 of the shorter one's 10
        (Place("a.py", 16, 30), False),  # 4 of 10
        (Place("a.py", 1, 500), True),  # the whole file covers it
        (Place("a.py", 19, 20), True),  # 1 of the shorter one's 2
        (Place("a.py", 20, 29), False),
        (Place("b/a.py", 10, 19), False),
        (Place("./a.py", 10, 19), True),
    ],
)
def test_half_of_the_shorter_range_matches(result: Place, expected: bool) -> None:
    assert matches(result, ANSWER) is expected


places = st.builds(
    lambda path, start, length: Place(path, start, start + length),
    st.sampled_from(["a.py", "b.py"]), st.integers(1, 60), st.integers(0, 30),
)  # fmt: skip
judged = st.builds(
    lambda p, grade: Judgment(p.path, p.start_line, p.end_line, grade), places, st.sampled_from([2, 3])
)


@given(st.lists(places, max_size=15), st.lists(judged, min_size=1, max_size=6), st.integers(1, 12))
def test_metrics_stay_in_range_and_agree(results: list[Place], relevant: list[Judgment], k: int) -> None:
    got = score_query(results, relevant, k)
    for value in (got.mrr, got.precision_1, got.precision_5, got.precision_10, got.recall, got.hit):
        assert 0.0 <= value <= 1.0
    assert 0.0 <= got.ndcg <= 1.0 + 1e-9
    assert (got.hit == 1.0) == (got.recall > 0) == (got.ndcg > 0) == (got.first_rank is not None)
    assert got.precision_1 == float(got.first_rank == 1)


@given(st.lists(places, min_size=2, max_size=10), st.lists(judged, min_size=1, max_size=5))
def test_a_worse_result_before_all_never_helps(results: list[Place], relevant: list[Judgment]) -> None:
    before = score_query(results, relevant)
    after = score_query([Place("nowhere.py", 1, 1), *results], relevant)
    assert after.mrr <= before.mrr
    assert after.ndcg <= before.ndcg + 1e-9


def test_percentile_interpolates() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([0.0, 10.0], 0.95) == pytest.approx(9.5)
    assert math.isnan(percentile([], 0.5))


def test_token_overlap() -> None:
    files = {"a.py": ["def f(x):", "    return x + 1", "", "def g():", "    pass"]}
    # The judged two lines have the tokens def f ( x ) : return + 1, nine; the result has the first line's six.
    judged_place = Place("a.py", 1, 2)
    assert token_overlap([Place("a.py", 1, 1)], [judged_place], files.get) == pytest.approx(6 / 9)
    assert token_overlap([Place("a.py", 4, 5), Place("a.py", 1, 2)], [judged_place], files.get) == 1.0
    assert token_overlap([OTHER], [judged_place], files.get) == 0.0
    assert token_overlap([], [Place("gone.py", 1, 2)], files.get) is None


def test_summary_groups_ranks_and_no_answer() -> None:
    def row(category: str, rank: int | None, results: int, answerable: bool = True) -> dict[str, object]:
        metrics = (
            {"first_rank": rank, "mrr": 1 / rank if rank else 0.0, "token_iou": None} if answerable else {}
        )
        return {"category": category, "language": "go", "repository": "r", "metrics": metrics,
                "results": [{}] * results, "latency_ms": float(results)}  # fmt: skip

    rows = [
        row("x", 1, 10),
        row("x", 2, 10),
        row("y", None, 10),
        row("none", None, 0, False),
        row("none", None, 3, False),
    ]
    got = summarize(rows, 10)
    assert got["all"]["queries"] == 3
    assert got["all"]["mrr"] == pytest.approx(0.5)
    assert got["all"]["token_iou"] is None
    assert got["category"]["x"]["mrr"] == pytest.approx(0.75)
    assert got["category"]["y"]["mrr"] == 0.0
    assert (got["ranks"]["1"], got["ranks"]["2"], got["ranks"]["3"], got["ranks"]["miss"]) == (1, 1, 0, 1)
    assert got["no_answer"] == {"queries": 2, "empty": 0.5}
    assert got["latency_ms"]["p50"] == 10.0
