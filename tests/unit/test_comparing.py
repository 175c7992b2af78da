"""Paired bootstrap and the gate: intervals that mean what they say, and every reason to refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.evaluating.comparing import Difference, GateRule, differences, judge, paired_difference
from pgcodesearch.evaluating.scale import on_scale

_SCORES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40)


@given(_SCORES)
def test_interval_holds_the_mean_and_the_queries_add_up(pairs):
    first, second = zip(*pairs, strict=True)
    found = paired_difference(first, second, samples=200)
    assert found.mean == pytest.approx(np.mean(np.subtract(second, first)), abs=1e-6)
    assert min(np.subtract(second, first)) - 1e-6 <= found.low <= found.high
    assert found.high <= max(np.subtract(second, first)) + 1e-6
    assert found.wins + found.losses <= found.queries == len(pairs)


def test_swapping_the_two_mirrors_the_difference():
    random = np.random.default_rng(1)
    first, second = random.random(50), random.random(50)
    one, other = paired_difference(list(first), list(second)), paired_difference(list(second), list(first))
    assert (one.mean, one.wins) == (-other.mean, other.losses)
    assert one.low == pytest.approx(-other.high, abs=0.01)


def test_ninety_five_percent_means_it():
    """Of 200 experiments without a true difference about 10 intervals miss 0."""
    random = np.random.default_rng(7)
    missed = 0
    for _ in range(200):
        first = random.random(60)
        found = paired_difference(list(first), list(first + random.normal(0, 0.2, 60)), samples=500)
        missed += not found.low <= 0 <= found.high
    assert 3 <= missed <= 24


def test_a_small_constant_gain_is_certain():
    found = paired_difference([0.1, 0.9, 0.5] * 10, [0.11, 0.91, 0.51] * 10)
    assert found.low == pytest.approx(0.01)
    assert found.high == pytest.approx(0.01)
    assert (found.wins, found.losses) == (30, 0)


@pytest.mark.parametrize(("first", "second"), [([], []), ([1.0], [1.0, 0.5])])
def test_what_cannot_be_paired(first, second):
    with pytest.raises(InvalidArgument):
        paired_difference(first, second)


def test_rows_are_paired_by_query_and_category():
    def row(key, category, value):
        return {"id": key, "category": category, "metrics": {"mrr": value} if value is not None else {}}

    found = differences(
        [row("a", "x", 0.5), row("b", "x", 1.0), row("c", None, 0.2), row("d", "x", None)],
        [row("c", None, 0.4), row("b", "x", 0.5), row("a", "x", 1.0), row("e", "x", 1.0)],
    )
    assert {name: (d.queries, d.mean) for name, d in found.items()} == {
        "all": (3, pytest.approx(0.2 / 3, abs=1e-6)), "x": (2, 0.0), "none": (1, 0.2)
    }  # fmt: skip


def _difference(mean, low=None, queries=100):
    return Difference(mean, mean - 0.005 if low is None else low, mean + 0.01, queries, 1, 1)


@pytest.mark.parametrize(
    ("found", "promote", "part"),
    [
        ({"all": _difference(0.02)}, True, "holds or improves"),
        ({"all": _difference(0.0)}, True, "holds"),
        ({"all": _difference(-0.001)}, False, "the mean falls"),
        ({"all": _difference(0.02, low=-0.05)}, False, "it may be worse"),
        ({"all": _difference(0.02), "usage": _difference(-0.04)}, False, "category usage falls by 0.0400"),
        ({"all": _difference(0.02), "usage": _difference(-0.02)}, True, "holds"),
        ({"all": _difference(0.02), "usage": _difference(-0.4, queries=4)}, True, "holds"),
    ],
)
def test_the_gate_and_its_reason(found, promote, part):
    verdict = judge(found)
    assert verdict.promote == promote
    assert part in verdict.reason
    assert "100 queries" in verdict.reason


def test_the_rule_is_the_callers():
    found = {"all": _difference(0.02), "usage": _difference(-0.04)}
    assert judge(found, GateRule(max_category_drop=0.05)).promote
    assert not judge(found, GateRule(max_category_drop=0.05, min_gain=0.03)).promote


def test_a_scale_is_taken_over_and_stays_one_of_cosines():
    settings = {"vector.mean": 0.15, "vector.deviation": 0.09}
    same = on_scale(settings, (0.2, 0.1), (0.2, 0.1))
    assert same == settings
    assert on_scale(settings, (0.2, 0.1), (0.4, 0.05)) == {"vector.mean": 0.375, "vector.deviation": 0.045}
    # Random weights put all cosines at .95: how far the settings are from it, is multiplied by the candidate's spread.
    assert on_scale(settings, (0.95, 0.02), (0.3, 0.3)) == {"vector.mean": -1.0, "vector.deviation": 1.35}
    assert on_scale(settings, (0.95, 1e-6), (0.3, 0.3))["vector.deviation"] == 10.0
    assert on_scale(settings, (0.2, 1.0), (0.2, 1e-6))["vector.deviation"] == 0.0001
