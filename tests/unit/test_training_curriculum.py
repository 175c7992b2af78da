"""Stages of a run, and hard negatives mined anew from the encoder between them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")

from pgcodesearch.errors import TrainingError  # noqa: E402
from pgcodesearch.training import mining  # noqa: E402
from pgcodesearch.training.config import Stage, TrainConfig, config_from  # noqa: E402
from pgcodesearch.training.curriculum import plan, usable  # noqa: E402
from pgcodesearch.training.data import Pair, read_pairs, write_pairs  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder  # noqa: E402
from pgcodesearch.training.mining import mine  # noqa: E402
from pgcodesearch.training.round_config import read_round  # noqa: E402
from pgcodesearch.training.round_data import DEFAULTS  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from support.tiny_encoder import write_encoder  # noqa: E402
from support.training import Killed, kill_at  # noqa: E402
from unit.test_training import configured  # noqa: E402
from unit.test_training import pairs as pairs  # noqa: E402

torch.set_num_threads(1)
REQUIRED = {"model": "m", "output": "o", "train": "t", "validation": "v", "loss": "multiple_negatives"}
STAGES = [
    {"negatives": 3, "temperature": 0.1},
    {"negatives": 7, "temperature": 0.07, "epochs": 2},
    {"negatives": 15, "temperature": 0.05, "steps": 4},
]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("base"))


def test_stages_follow_one_another() -> None:
    rows = [Pair(f"q{number}", f"c{number}", ["n"] * (3 + number % 13)) for number in range(130)]
    config = config_from(REQUIRED | {"batch_size": 10, "stages": STAGES})
    stages = plan(config, rows)
    with_seven = sum(len(row.negatives) >= 7 for row in rows)
    assert [(stage.first, stage.steps) for stage in stages] == [
        (0, 13), (13, 2 * (with_seven // 10)), (13 + 2 * (with_seven // 10), 4)
    ]  # fmt: skip
    assert [stage.settings.temperature for stage in stages] == [0.1, 0.07, 0.05]
    assert len(usable(rows, config)) == 130
    with pytest.raises(TrainingError, match="no pair with 15 hard negatives"):
        plan(config, rows[:5])


def test_a_run_without_stages_is_one() -> None:
    rows = [Pair("q", "c", ["n"])] * 40
    config = config_from(REQUIRED | {"batch_size": 10, "negatives": 1, "temperature": 0.2, "epochs": 3})
    assert [(s.first, s.steps, s.settings) for s in plan(config, rows)] == [(0, 12, Stage(1, 0.2, 3))]


class Placed:
    """Stands in for an encoder: every text is where the test puts it."""

    def __init__(self, places: dict[str, list[float]]) -> None:
        self.places = places

    def eval(self) -> None:
        """As an encoder's."""

    def parameters(self):
        return iter([torch.zeros(1)])

    def encode(self, texts) -> np.ndarray:
        found = np.array([self.places[text] for text in texts], np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def body(name: str, words: str) -> str:
    """Code of some tokens, so that near-copies are known as such."""
    return f"def {name}(value):\n    " + "\n    ".join(
        f"{word} = value.{word}({name})" for word in words.split()
    )


@pytest.fixture
def placed(monkeypatch) -> tuple[Placed, list[Pair]]:
    """A query at angle 0, its answer at 20°, and codes at angles of their own."""
    answer = body("answer", "alpha beta gamma delta")
    made = {
        "near": body("near", "epsilon zeta eta theta"), "nearer": body("nearer", "iota kappa lambda my"),
        "copy": answer.replace("(answer)", "( answer )"), "hashed": body("hashed", "ny xi omikron pi"),
        "other": body("other", "rho sigma tau ypsilon"), "outer": body("outer", "phi chi psi omega"),
        "too near": body("too", "one two three four"), "far": body("far", "five six seven eight"),
    }  # fmt: skip
    angles = {
        "near": 30,
        "nearer": 22,
        "copy": 21,
        "hashed": 23,
        "other": 24,
        "outer": 25,
        "too near": 0,
        "far": 80,
    }
    rows = [Pair("asked", answer, ["given"], "g", 1.0, "", "Thing.answer", "a.py", "h1", ["h2"])]
    rows += [Pair(f"about {name}", code, group="g", symbol=name, path="b.py") for name, code in made.items()]
    by_name = dict(zip(["answer", *made], range(9), strict=True))
    rows[by_name["hashed"]] = dataclasses.replace(rows[by_name["hashed"]], content_hash="h2")
    rows[by_name["other"]] = dataclasses.replace(rows[by_name["other"]], query="Asked ")
    rows[by_name["outer"]] = dataclasses.replace(rows[by_name["outer"]], symbol="Thing", path="a.py")
    places = {row.query: [1.0, 0.0] for row in rows}

    def at(angle: float) -> list[float]:
        return [float(np.cos(np.radians(angle))), float(np.sin(np.radians(angle)))]

    places |= {answer: at(20)} | {made[name]: at(angle) for name, angle in angles.items()}
    monkeypatch.setattr(mining, "torch_encoder", lambda encoder, tokenizer: encoder.encode)
    return Placed(places), rows


def mined_for(placed: tuple[Placed, list[Pair]], wanted: int, **settings) -> tuple[list[str], dict]:
    encoder, rows = placed
    config = config_from(REQUIRED | {"precision": "fp32"} | settings)
    found, verdicts = mine(encoder, None, rows, wanted, config)
    names = {row.code: row.symbol for row in rows}
    first = [row for row in found if row.query == "asked"]
    return [names.get(text, text) for row in first for text in row.negatives], dict(verdicts)


def test_negatives_are_the_nearest_that_answer_nothing(placed) -> None:
    """Not the answer, its copy, a code with a twin's hash, another answer, its class, or what is far above it."""
    names, verdicts = mined_for(placed, 2)
    assert names == ["nearer", "near"]
    assert {"answers", "twin", "holds the answer", "may answer", "mined"} <= verdicts.keys()


def test_what_scores_far_above_the_answer_is_left_out_by_the_margin(placed) -> None:
    assert mined_for(placed, 1, mined_above=0.07)[0] == ["too near"], "cos 0° is .06 above cos 20°"
    assert mined_for(placed, 1, mined_above=0.05)[0] == ["nearer"]


def test_given_negatives_fill_up_and_pairs_with_too_few_are_left_out(placed) -> None:
    assert mined_for(placed, 4)[0] == ["nearer", "near", "far", "given"]
    assert mined_for(placed, 5)[0] == []
    assert mined_for(placed, 2, mined_candidates=6)[0] == ["nearer", "given"]


def config(base: Path, pairs: Path, output: Path, **changes) -> TrainConfig:
    made = configured(base, pairs, output, loss="multiple_negatives")
    stages = (Stage(1, 0.1, steps=12), Stage(4, 0.05, steps=12, mine=True))
    return dataclasses.replace(made, max_steps=0, stages=stages, **changes)


def test_a_run_mines_between_its_stages_and_goes_on_to_the_same_weights(
    base: Path, pairs: Path, tmp_path
) -> None:
    result = train(config(base, pairs, tmp_path / "whole"))
    assert result["best_mrr"] > result["base_mrr"] + 0.2
    mined = read_pairs(tmp_path / "whole/mined-2.jsonl")
    assert {len(row.negatives) for row in mined} == {4}
    assert not any(row.code in row.negatives for row in mined)
    told = [json.loads(line) for line in (tmp_path / "whole/metrics.jsonl").read_text().splitlines()]
    assert [record["step"] for record in told if "mined" in record] == [12]

    # Killed in the second stage, with a checkpoint of the first; and again, with one of the second.
    for step in (20, 30):
        with pytest.raises(Killed):
            train(
                dataclasses.replace(
                    config(base, pairs, tmp_path / "killed"), metrics_every=10, checkpoint_every=8
                ),
                sink=kill_at(min(step, 20)),
            )
    (tmp_path / "killed/metrics.jsonl").unlink(missing_ok=True)
    train(dataclasses.replace(config(base, pairs, tmp_path / "killed"), checkpoint_every=8))
    states = [
        torch.load(tmp_path / name / "state.pt", weights_only=True)["encoder"] for name in ("whole", "killed")
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert (tmp_path / "killed/mined-2.jsonl").read_bytes() == (tmp_path / "whole/mined-2.jsonl").read_bytes()

    (tmp_path / "killed/state.pt").unlink()
    (tmp_path / "killed/mined-2.jsonl").write_text("what another run left")
    train(config(base, pairs, tmp_path / "killed"))
    assert read_pairs(tmp_path / "killed/mined-2.jsonl") == mined


def test_mined_negatives_are_harder_than_given_ones(base: Path, pairs: Path, tmp_path) -> None:
    """After a first stage those that the encoder puts nearest are nearer than the neighbours that a pair had."""
    train(config(base, pairs, tmp_path))
    from pgcodesearch.training.encoder import load_tokenizer
    from pgcodesearch.training.proof import torch_encoder

    encode = torch_encoder(SentenceEncoder.load(tmp_path / "last").eval(), load_tokenizer(base, 24))
    given = {row.query: row for row in read_pairs(pairs / "train.jsonl")}
    mined = read_pairs(tmp_path / "mined-2.jsonl")
    queries = encode([row.query for row in mined])
    nearest = (queries * encode([row.negatives[0] for row in mined])).sum(axis=1).mean()
    before = (queries * encode([given[row.query].negatives[0] for row in mined])).sum(axis=1).mean()
    assert nearest > before


def test_mining_that_leaves_nothing_is_told(base: Path, pairs: Path, tmp_path) -> None:
    few = tmp_path / "few.jsonl"
    write_pairs(few, read_pairs(pairs / "train.jsonl")[:3])
    stage = (Stage(9, 0.1, steps=2, mine=True),)
    with pytest.raises(TrainingError, match="has 9 negatives among its 100 nearest") as refused:
        train(dataclasses.replace(config(base, pairs, tmp_path), train=str(few), stages=stage))
    assert "fewer negatives" in str(refused.value.hint)


def test_a_round_from_use_has_stages_and_adapters_too(tmp_path) -> None:
    path = tmp_path / "round.toml"
    path.write_text(
        "learning_rate = 2e-5\n[lora]\nrank = 8\n[[stages]]\nnegatives = 7\nmine = true\n[round]\nheld_out = 0.3\n"
    )
    asked = read_round(path)
    assert json.loads(json.dumps(asked.described())) == asked.described(), "a killed round is known by it"
    settings = config_from(REQUIRED | DEFAULTS | asked.training)
    assert (settings.lora.rank, settings.all_stages) == (8, (Stage(7, 0.05, mine=True),))


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"temperature": 0}, "temperature must be above 0"),
        ({"negatives": -1}, "must be 0 or above"),
        ({"mine": True}, "needs negatives"),
        ({"negative": 3}, r"unknown setting 'stages\[0\].negative'"),
    ],
)
def test_stages_that_cannot_run_are_named(stage: dict, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        config_from(REQUIRED | {"stages": [stage]})
