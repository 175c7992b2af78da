"""Parts of the embedder that need no model: batches, CPU limits, imports."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcodesearch.embedding import ArtefactCorrupt, threads
from pgcodesearch.embedding.pooling import finish
from pgcodesearch.embedding.session import feed
from pgcodesearch.embedding.tokens import pad, plan_batches


@given(
    st.lists(st.integers(min_value=1, max_value=300), max_size=200), st.integers(min_value=1, max_value=2_000)
)
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    plan = list(plan_batches(lengths, budget))
    assert sorted(index for batch in plan for index in batch) == list(range(len(lengths)))
    for batch in plan:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_padding_is_masked() -> None:
    ids, mask = pad([[101, 7, 102], [101]])
    assert ids.tolist() == [[101, 7, 102], [101, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize(
    ("content", "cpus"),
    [("max 100000\n", None), ("150000 100000\n", 1.5), ("nonsense", None), ("-1 100000", None)],
)
def test_the_quota_of_a_container_is_read(tmp_path, monkeypatch, content: str, cpus: float | None) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(content)
    monkeypatch.setattr(threads, "CGROUP_V2_QUOTA", quota)
    monkeypatch.setattr(threads, "CGROUP_V1_QUOTA", tmp_path / "none")
    assert threads.cgroup_cpus() == cpus


def test_the_quota_caps_the_threads(tmp_path, monkeypatch) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text("50000 100000")
    monkeypatch.setattr(threads, "CGROUP_V2_QUOTA", quota)
    assert threads.available_cpus() == 1


def test_the_embedder_needs_no_training_library() -> None:
    code = "import sys, pgcodesearch.embedding; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_token_states_are_pooled_without_padding() -> None:
    hidden = np.array(
        [[[1.0, 0.0], [3.0, 0.0], [0.0, 99.0]], [[0.0, 2.0], [0.0, 4.0], [5.0, 0.0]]], dtype=np.float32
    )
    mask = np.array([[1, 1, 0], [1, 1, 1]])
    assert finish(hidden, mask, "mean")[0].tolist() == [1.0, 0.0]
    assert finish(hidden, mask, "cls").tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert finish(hidden, mask, "last").tolist() == [[1.0, 0.0], [1.0, 0.0]]
    with pytest.raises(ArtefactCorrupt, match="'max'"):
        finish(hidden, mask, "max")


def test_pooled_output_is_only_made_unit_length() -> None:
    assert finish(np.array([[3.0, 4.0]]), np.ones((1, 5)), "last").tolist() == [
        [np.float32(0.6), np.float32(0.8)]
    ]


def test_inputs_of_other_exports_are_fed() -> None:
    ids, mask = np.array([[5, 6, 0]]), np.array([[1, 1, 0]])
    assert feed("token_type_ids", ids, mask).tolist() == [[0, 0, 0]]
    assert feed("position_ids", ids, mask).tolist() == [[0, 1, 2]]
    with pytest.raises(ArtefactCorrupt, match="past_key_values"):
        feed("past_key_values.0.key", ids, mask)
