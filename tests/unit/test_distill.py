"""Distillation: a student learns the similarities of a teacher in int8, and goes on after a kill."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.chunking import chunk_file  # noqa: E402
from pgcodesearch.training.config import DistillConfig, read_distill_config  # noqa: E402
from pgcodesearch.training.distill import Texts, batches, clusters, distill  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer  # noqa: E402
from pgcodesearch.training.fake_quant import rounded, rounded_weights  # noqa: E402
from pgcodesearch.training.quantize import WEIGHT_BITS, to_int8  # noqa: E402
from pgcodesearch.training.texts import as_typed, imperative, queries_for  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from unit.test_training import configured  # noqa: E402
from unit.test_training import pairs as pairs  # noqa: E402

torch.set_num_threads(1)  # on a busy machine a second thread waits more than it works


@pytest.fixture(scope="module")
def student(tmp_path_factory) -> Path:
    """A two-layer BERT with random weights."""
    return write_encoder(tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="module")
def teacher(student: Path, pairs: Path, tmp_path_factory) -> Path:
    """The same, after it has learned which words mean the same."""
    output = tmp_path_factory.mktemp("teacher")
    train(configured(student, pairs, output))
    return output / "last"


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Path:
    """Every verb with every noun as code, with queries in the same and in other words."""
    rows = [
        {"code": f"def {verb}_{noun}()", "queries": [f"{VERBS[verb]} the {NOUNS[noun]}", f"{verb} {noun}"]}
        for verb in VERBS
        for noun in NOUNS
    ]
    random.Random(1).shuffle(rows)
    path = tmp_path_factory.mktemp("texts") / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def config(student: Path, teacher: Path, texts: Path, output: Path, **changes) -> DistillConfig:
    values = {
        "batch_size": 20, "held_out": 20, "epochs": 10, "learning_rate": 3e-3, "teacher_share": 1.0,
        "precision": "fp32",
        "query_tokens": 16, "code_tokens": 24, "checkpoint_every": 10, "metrics_every": 10, "threads": 1,
    }  # fmt: skip
    return DistillConfig(str(student), str(teacher), str(texts), str(output), **(values | changes))


def test_the_student_sees_what_the_teacher_sees(student, teacher, texts, tmp_path) -> None:
    result = distill(config(student, teacher, texts, tmp_path))
    assert result["steps"] == 40
    before = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    assert result["held_out"] < 0.6 * before["held_out"]
    weight = SentenceEncoder.load(tmp_path / "last").backbone.encoder.layer[0].output.dense.weight
    torch.testing.assert_close(rounded(weight), weight)  # what is saved is what int8 can say


class _Stopped(Exception):
    pass


def test_a_killed_run_goes_on_to_the_same_weights(student, teacher, texts, tmp_path) -> None:
    def stop(record: dict) -> None:
        if record["step"] == 20 and "divergence" in record:
            raise _Stopped

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    distill(config(student, teacher, texts, whole))
    with pytest.raises(_Stopped):
        distill(config(student, teacher, texts, killed), stop)
    assert not (killed / "last").exists()
    distill(config(student, teacher, texts, killed))
    for name in ("model.safetensors", "config.json"):
        assert (killed / "last" / name).read_bytes() == (whole / "last" / name).read_bytes()


def test_rounded_weights_are_those_of_the_int8_graph(teacher) -> None:
    encoder = SentenceEncoder.load(teacher)
    layer = encoder.backbone.encoder.layer[0].intermediate.dense
    exact = layer.weight.detach().clone()
    values, scales = to_int8(exact.numpy().T, axis=0, bits=WEIGHT_BITS)
    with rounded_weights(encoder.backbone):
        np.testing.assert_allclose(layer.weight.detach().numpy().T, values * scales, atol=1e-7)
        assert not torch.equal(layer.weight, exact)
    assert torch.equal(layer.weight, exact)


def test_gradients_at_the_rounded_weights_reach_the_exact_ones(student) -> None:
    encoder, tokenizer = SentenceEncoder.load(student), load_tokenizer(student, 24)
    tokens = tokenizer(["def parse_file()"], return_tensors="pt")
    with rounded_weights(encoder.backbone):
        encoder(tokens["input_ids"], tokens["attention_mask"])[0, 0].backward()
    layer = encoder.backbone.encoder.layer[0].intermediate.dense
    assert layer.weight.grad is not None
    assert layer.weight.grad.abs().sum() > 0


def test_batches_hold_codes_that_lie_together_and_are_the_same_again() -> None:
    chance = np.random.default_rng(0)
    centres = np.eye(8, 16, dtype=np.float32).repeat(40, axis=0)
    vectors = centres + 0.01 * chance.standard_normal(centres.shape).astype(np.float32)
    groups = clusters(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), seed=1)
    assert sorted(np.concatenate(groups)) == list(range(320))
    settings = config(Path(), Path(), Path(), Path(), batch_size=48)
    made = list(batches(groups, settings, 20))
    assert [len(batch) for batch in made] == [48] * 20
    assert all(len(set(batch.tolist())) == 48 for batch in made)
    again = batches(groups, settings, 20)
    assert all(np.array_equal(batch, other) for batch, other in zip(made, again, strict=True))


def test_texts_are_read_with_their_queries(tmp_path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"code": "a", "queries": ["x", "y"]}\n{"code": "b", "queries": ["z"]}\n')
    texts = Texts.read(path)
    assert (texts.codes, texts.queries, texts.first.tolist()) == (["a", "b"], ["x", "y", "z"], [0, 2, 3])
    assert Texts.read(path, limit=1).codes == ["a"]
    path.write_text("")
    with pytest.raises(ValueError, match="no texts"):
        Texts.read(path)


def test_too_few_texts_are_refused(student, teacher, texts, tmp_path) -> None:
    with pytest.raises(ValueError, match="too few for a batch"):
        distill(config(student, teacher, texts, tmp_path, held_out=95))


def test_a_config_is_read_and_checked(tmp_path) -> None:
    path = tmp_path / "distill.toml"
    path.write_text('model = "a"\nteacher = "b"\ntexts = "c"\noutput = "d"\n')
    assert read_distill_config(path, ["teacher_share=1"]).teacher_share == 1.0
    with pytest.raises(ValueError, match="unknown setting 'margin'"):
        read_distill_config(path, ["margin=1"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        read_distill_config(path, ["teacher_share=1.5"])


def test_queries_are_put_as_people_type_them() -> None:
    assert imperative("checks if it is there") == "check if it is there"
    assert imperative("processes a file") == "process a file"
    chunk = chunk_file(
        "area.py",
        'def circle_area(radius):\n    """Returns the area of a circle."""\n    return 3.14 * radius ** 2\n',
    ).chunks[-1]
    asked = [query for seed in range(40) for query in queries_for(chunk, "python", random.Random(seed))]
    assert any(query.startswith("python ") for query in asked)
    assert any(query.endswith(" in python") for query in asked)
    assert any("area" in query and "python" not in query for query in asked)
    assert as_typed("sort", None, random.Random(1)) == "sort"
