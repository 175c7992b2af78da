"""A tiny encoder through training, averaging and export, to the embedder that runs it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
transformers = pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.embedding import load_embedder  # noqa: E402
from pgcodesearch.training.average import average  # noqa: E402
from pgcodesearch.training.config import TrainConfig  # noqa: E402
from pgcodesearch.training.data import Pair, read_pairs, write_pairs  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, freeze_lowest_layers, load_tokenizer, pool  # noqa: E402
from pgcodesearch.training.ewc import ElasticWeights  # noqa: E402
from pgcodesearch.training.export import ExportOptions, ExportRefused, export  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from support.training import Killed, kill_at  # noqa: E402

torch.set_num_threads(1)  # on a busy machine a second thread waits more than it works


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A two-layer BERT with random weights."""
    return write_encoder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    """Every verb with every noun: in other words as a query, and as the name of a function."""
    folder = tmp_path_factory.mktemp("pairs")
    rows = [
        Pair(f"{VERBS[verb]} the {NOUNS[noun]}", f"def {verb}_{noun}()", [f"def {verb}_{other}()"], noun)
        for verb in VERBS
        for noun, other in zip(NOUNS, [*NOUNS][1:] + [*NOUNS][:1], strict=True)
    ]
    write_pairs(folder / "validation.jsonl", rows[::4])
    write_pairs(folder / "train.jsonl", [row for index, row in enumerate(rows) if index % 4])
    return folder


def configured(base: Path, pairs: Path, output: Path, **changes) -> TrainConfig:
    return TrainConfig(
        model=str(base), output=str(output), train=str(pairs / "train.jsonl"),
        validation=str(pairs / "validation.jsonl"), batch_size=25, query_tokens=16, code_tokens=24,
        max_steps=40, learning_rate=3e-3, precision="fp32", metrics_every=10, validate_every=20,
        checkpoint_every=10, threads=1, **changes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(base: Path, pairs: Path, tmp_path_factory) -> tuple[Path, dict]:
    output = tmp_path_factory.mktemp("run")
    return output, train(configured(base, pairs, output))


def test_training_ranks_better_than_its_base(run: tuple[Path, dict]) -> None:
    _, result = run
    assert result["step"] == 40
    assert result["best_mrr"] > result["base_mrr"] + 0.2


def test_metrics_have_what_a_review_needs(run: tuple[Path, dict]) -> None:
    records = [json.loads(line) for line in (run[0] / "metrics.jsonl").read_text().splitlines()]
    steps = [record for record in records if "loss" in record]
    assert [record["step"] for record in steps] == [10, 20, 30, 40]
    assert {"positive_cosine", "negative_cosine", "margin", "violation_rate", "learning_rate"} <= set(
        steps[0]
    )
    assert steps[-1]["violation_rate"] < steps[0]["violation_rate"]
    assert [record["step"] for record in records if "validation_mrr" in record] == [0, 20, 40]


def test_a_killed_run_goes_on_to_the_same_weights(
    run: tuple[Path, dict], base: Path, pairs: Path, tmp_path
) -> None:
    config = configured(base, pairs, tmp_path)
    with pytest.raises(Killed):
        train(config, sink=kill_at(30))
    result = train(config)
    assert result == run[1]
    expected = torch.load(run[0] / "state.pt", weights_only=True)["encoder"]
    actual = torch.load(tmp_path / "state.pt", weights_only=True)["encoder"]
    assert all(torch.allclose(actual[name], expected[name], atol=1e-6) for name in expected)


def test_a_run_is_not_resumed_with_other_settings(run: tuple[Path, dict], base: Path, pairs: Path) -> None:
    with pytest.raises(ValueError, match="temperature"):
        train(configured(base, pairs, run[0], temperature=0.07))


@pytest.mark.parametrize("loss", ["triplet", "margin_ranking", "multiple_negatives"])
def test_losses_with_hard_negatives_and_replay_train(base: Path, pairs: Path, tmp_path, loss: str) -> None:
    config = configured(
        base, pairs, tmp_path, loss=loss, negatives=1, replay=str(pairs / "validation.jsonl"),
        ewc_weight=1e-3, replay_minimum=10,
    )  # fmt: skip
    result = train(dataclasses.replace(config, max_steps=20))
    assert result["best_mrr"] > result["base_mrr"]


def test_elastic_weights_hold_back_what_the_old_pairs_need(base: Path, pairs: Path, tmp_path) -> None:
    config = configured(base, pairs, tmp_path, replay=str(pairs / "validation.jsonl"), ewc_weight=2.0)
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, 24)
    elastic = ElasticWeights.measure(encoder, tokenizer, read_pairs(config.replay), config)
    assert elastic.penalty(encoder).item() == 0.0
    name = max(elastic.importance, key=lambda name: elastic.importance[name].max())
    weight, importance = dict(encoder.named_parameters())[name], elastic.importance[name]
    with torch.no_grad():
        weight.view(-1)[importance.argmax()] += 0.5
    needed = elastic.penalty(encoder)
    assert needed.item() == pytest.approx(0.25 * importance.max().item(), rel=1e-3)
    needed.backward()
    assert weight.grad.view(-1)[importance.argmax()] > 0, "the gradient leads back"
    with torch.no_grad():
        weight.copy_(elastic.before[name])
        weight.view(-1)[importance.argmin()] += 0.5
    assert elastic.penalty(encoder) < needed


def test_averaging_is_between_its_two_models(run: tuple[Path, dict], base: Path, tmp_path) -> None:
    average(base, run[0] / "best", 0.25, tmp_path)
    states = [
        transformers.AutoModel.from_pretrained(folder).state_dict()
        for folder in (base, run[0] / "best", tmp_path)
    ]
    for name, weight in states[2].items():
        torch.testing.assert_close(weight, 0.75 * states[0][name] + 0.25 * states[1][name])
    with pytest.raises(ValueError, match="between 0 and 1"):
        average(base, run[0] / "best", 1.5, tmp_path)


def test_an_export_embeds_as_the_trained_model_does(run: tuple[Path, dict], pairs: Path, tmp_path) -> None:
    options = ExportOptions(
        model=run[0] / "best",
        output=tmp_path,
        name="tiny",
        max_tokens=24,
        gate_pairs=pairs / "validation.jsonl",
    )
    measured = export(options)
    assert measured["fp32_difference"] < 1e-4
    assert measured["fp32_cosine"] > 0.9999
    assert measured["int8_cosine_mean"] > 0.99
    embedder = load_embedder(tmp_path, threads=1)
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == ("tiny", 32, 24)
    rows = read_pairs(pairs / "validation.jsonl")
    scores = (
        embedder.encode([row.query for row in rows], "query") @ embedder.encode([row.code for row in rows]).T
    )
    assert (scores.argmax(axis=1) == np.arange(len(rows))).mean() > 0.5


def test_int8_tables_alone_lose_nothing(run: tuple[Path, dict], pairs: Path, tmp_path) -> None:
    measured = export(
        ExportOptions(
            model=run[0] / "best", output=tmp_path, name="tiny", max_tokens=24, tables_only=True,
            gate_pairs=pairs / "validation.jsonl",
        )
    )  # fmt: skip
    assert measured["int8_cosine"] > 0.999
    assert json.loads((tmp_path / "config.json").read_text())["weights"] == "fp32 with int8 tables"


def test_an_export_that_differs_is_refused_and_writes_nothing(base: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pgcodesearch.training.export.LOWEST_INT8_COSINE", 1.1)
    output = tmp_path / "refused"
    with pytest.raises(ExportRefused, match="int8 loses too much"):
        export(ExportOptions(model=base, output=output, name="tiny", max_tokens=24))
    assert not output.exists()


def test_pooling_ignores_padding() -> None:
    hidden = torch.tensor([[[1.0, 0.0], [3.0, 2.0], [99.0, 99.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert pool(hidden, mask, "mean").tolist() == [[2.0, 1.0]]
    assert pool(hidden, mask, "cls").tolist() == [[1.0, 0.0]]
    assert pool(hidden, mask, "last").tolist() == [[3.0, 2.0]]
    with pytest.raises(ValueError, match="max"):
        pool(hidden, mask, "max")


def test_frozen_layers_have_no_gradient(base: Path) -> None:
    encoder = SentenceEncoder.load(base)
    freeze_lowest_layers(encoder, 1)
    tokens = load_tokenizer(base, 24)(["parse the file"], return_tensors="pt")
    encoder(tokens["input_ids"], tokens["attention_mask"]).sum().backward()
    trained = {name for name, value in encoder.named_parameters() if value.grad is not None}
    assert any("layer.1." in name for name in trained)
    assert not any("layer.0." in name or "embeddings" in name for name in trained)
