"""A training run killed with -9 goes on, in its files and in its row, to the weights it would have had."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

pytestmark = [pytest.mark.quiet, pytest.mark.heavy]

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")

from pgcodesearch.training.data import Pair, write_pairs  # noqa: E402
from support.commands import call_json, start  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from support.workers import wait_until  # noqa: E402

CONFIG = """
model = "{folder}/base"
output = "{folder}/{output}"
train = "{folder}/pairs.jsonl"
validation = "{folder}/pairs.jsonl"
pooling = "cls"
batch_size = 25
query_tokens = 16
code_tokens = 24
max_steps = 200
learning_rate = 1e-3
metrics_every = 20
validate_every = 100
checkpoint_every = 20
threads = 1
precision = "fp32"
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "base").mkdir()
    write_encoder(tmp_path / "base")
    rows = [
        Pair(f"{VERBS[verb]} the {NOUNS[noun]}", f"def {verb}_{noun}()", [], noun)
        for verb in VERBS
        for noun in NOUNS
    ]
    write_pairs(tmp_path / "pairs.jsonl", rows)
    for output in ("whole", "killed"):
        (tmp_path / f"{output}.toml").write_text(CONFIG.format(folder=tmp_path, output=output))
    return tmp_path


def test_a_killed_run_goes_on_to_the_same_weights(database, folder):
    whole = call_json(database, "train", "--config", folder / "whole.toml", "--record")
    assert (whole["step"], whole["run_id"]) == (200, 1)
    process = start(database, "train", "--config", folder / "killed.toml", "--record")
    reached = "select count(*) from codesearch.training_metric where run_id = 2 and step >= 60"
    wait_until(lambda: database.value(reached) > 0 or process.poll() is not None, "step 60")
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    checkpoint = torch.load(folder / "killed/state.pt", weights_only=True)["progress"]["step"]
    assert 40 <= checkpoint < 200
    resumed = call_json(database, "train", "--config", folder / "killed.toml", "--record")
    assert resumed == whole | {"run_id": 2}
    expected, actual = (
        torch.load(folder / name / "state.pt", weights_only=True)["encoder"] for name in ("whole", "killed")
    )
    assert all(torch.allclose(actual[name], expected[name], atol=1e-5) for name in expected)
    lines = [json.loads(line) for line in (folder / "killed/metrics.jsonl").read_text().splitlines()]
    assert {line["step"] for line in lines} >= set(range(20, 201, 20))
    statuses = database.rows("select status, stage from codesearch.training_run order by run_id")
    assert statuses == [("trained", "alone"), ("trained", "alone")]
    losses = (
        "select step, round(loss::numeric, 4) from codesearch.training_metric where run_id = %s order by step"
    )
    assert database.rows(losses, (2,)) == database.rows(losses, (1,))
