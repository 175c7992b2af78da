"""Tasks beside ranking: hidden tokens, the name, the language; learned by their heads, and by the encoder."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")

from pgcodesearch.errors import TrainingError  # noqa: E402
from pgcodesearch.training.config import TaskWeights, TrainConfig, config_from  # noqa: E402
from pgcodesearch.training.data import Pair, read_pairs, write_pairs  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer  # noqa: E402
from pgcodesearch.training.masking import IGNORED, TokenHead  # noqa: E402
from pgcodesearch.training.tasks import TaskHeads, without_name  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from support.tiny_encoder import NOUNS, VERBS, write_encoder  # noqa: E402
from support.training import Killed, kill_at  # noqa: E402
from unit.test_training import configured  # noqa: E402

torch.set_num_threads(1)
ALL = TaskWeights(masked=0.3, name=0.3, language=0.3)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    """Code in two languages, whose body says what its name does."""
    folder = tmp_path_factory.mktemp("pairs")
    rows = []
    for number, (verb, noun) in enumerate((verb, noun) for verb in VERBS for noun in NOUNS):
        language, word = ("python", "def") if number % 2 else ("go", "the")
        code = f"{word} {verb}_{noun}(): return {VERBS[verb]} {NOUNS[noun]}"
        rows.append(Pair(f"{VERBS[verb]} {NOUNS[noun]}", code, [], noun, 1.0, language, f"{verb}_{noun}"))
    write_pairs(folder / "validation.jsonl", rows[::4])
    write_pairs(folder / "train.jsonl", [row for number, row in enumerate(rows) if number % 4])
    return folder


def config(base: Path, pairs: Path, output: Path, tasks: TaskWeights) -> TrainConfig:
    return dataclasses.replace(configured(base, pairs, output, tasks=tasks), max_steps=100)


def records(folder: Path) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if "loss" in line]


def test_all_tasks_are_learned_beside_ranking(base: Path, pairs: Path, tmp_path) -> None:
    result = train(config(base, pairs, tmp_path, ALL))
    assert result["best_mrr"] > result["base_mrr"] + 0.2
    first, last = records(tmp_path)[0], records(tmp_path)[-1]
    assert last["loss_language"] < 0.7 * first["loss_language"]
    assert last["loss_name"] < 0.9 * first["loss_name"]
    assert last["loss_masked"] < 0.9 * first["loss_masked"]
    from safetensors.torch import load_file

    saved = load_file(tmp_path / "last/model.safetensors")
    assert saved.keys() == load_file(base / "model.safetensors").keys(), "heads are thrown away"


def test_a_killed_run_goes_on_with_its_heads(base: Path, pairs: Path, tmp_path) -> None:
    train(config(base, pairs, tmp_path / "whole", ALL))
    with pytest.raises(Killed):
        train(config(base, pairs, tmp_path / "killed", ALL), sink=kill_at(30))
    train(config(base, pairs, tmp_path / "killed", ALL))
    states = [torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "killed")]
    for part in ("encoder", "heads"):
        assert all(torch.equal(states[0][part][name], states[1][part][name]) for name in states[0][part])
    assert len(states[0]["heads"]) == 5 + 5 + 2


def gradient_of(base: Path, rows: list[Pair], tasks: TaskWeights, name: str) -> tuple[float, float]:
    """A task's loss, and how large its gradient is in the encoder's first layer."""
    torch.manual_seed(1)
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, 24)
    heads = TaskHeads(encoder, tokenizer, tasks, {"go", "python"})
    settings = config_from(
        {"model": "m", "output": "o", "train": "t", "validation": "v", "precision": "fp32"}
    )
    torch.manual_seed(1)
    found = heads.losses(encoder, tokenizer, rows, dataclasses.replace(settings, code_tokens=24))
    assert found.keys() == {name}
    found[name].backward()
    weight = encoder.backbone.encoder.layer[0].output.dense.weight
    return found[name].item(), weight.grad.abs().max().item()


@pytest.mark.parametrize("name", ["masked", "name", "language"])
def test_each_task_alone_reaches_the_encoder(base: Path, pairs: Path, name: str) -> None:
    rows = read_pairs(pairs / "train.jsonl")[:16]
    loss, gradient = gradient_of(base, rows, TaskWeights(**{name: 1.0}), name)
    assert loss > 0.3
    assert gradient > 1e-5


@pytest.mark.parametrize("name", ["name", "language"])
def test_rows_that_say_nothing_of_a_task_count_for_nothing(base: Path, pairs: Path, name: str) -> None:
    rows = [dataclasses.replace(row, symbol="", language="") for row in read_pairs(pairs / "train.jsonl")[:4]]
    assert gradient_of(base, rows, TaskWeights(**{name: 1.0}), name) == (0.0, 0.0)
    known = read_pairs(pairs / "train.jsonl")[4:8]
    mixed, _ = gradient_of(base, rows + known, TaskWeights(**{name: 1.0}), name)
    alone, _ = gradient_of(base, known, TaskWeights(**{name: 1.0}), name)
    if name == "language":  # its head and dropout are drawn in another order otherwise
        assert mixed == pytest.approx(alone, rel=0.2)
    assert mixed > 0.3


def test_the_name_is_guessed_without_seeing_it(base: Path) -> None:
    row = Pair("q", "def parse_file(): return decode parse_file", symbol="parse_file")
    hidden = dataclasses.replace(row, code="def [MASK](): return decode [MASK]")
    shown = dataclasses.replace(row, code="def sort_hash(): return decode sort_hash")
    seen, same, other = (
        gradient_of(base, [one], TaskWeights(name=1.0), "name") for one in (row, hidden, shown)
    )
    assert seen == same != other


def test_a_name_is_taken_out_of_its_code() -> None:
    code = "function parse_file: parse file\ndef parse_file(parse_files):\n    return parse_file(x)"
    assert without_name(code, "Reader.parse_file", "[MASK]") == (
        "function [MASK]: [MASK]\ndef [MASK](parse_files):\n    return [MASK](x)"
    )
    assert without_name(code, "", "[MASK]") == code


def test_hidden_tokens_alone_are_scored() -> None:
    head = TokenHead(8, 11)
    table = torch.randn(11, 8)
    states = torch.randn(2, 5, 8, requires_grad=True)
    targets = torch.full((2, 5), IGNORED)
    assert head.loss(states, targets, table).item() == 0.0
    targets[1, 3] = 7
    loss = head.loss(states, targets, table)
    expected = -torch.log_softmax(head(states[1, 3], table), dim=0)[7]
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert states.grad.abs().sum(dim=2).nonzero().tolist() == [[1, 3]]


def test_tasks_that_cannot_be_learned_are_refused(base: Path) -> None:
    encoder, tokenizer = SentenceEncoder.load(base), load_tokenizer(base, 24)
    with pytest.raises(TrainingError, match="pairs in two languages, and there are 1"):
        TaskHeads(encoder, tokenizer, TaskWeights(language=1.0), {"python"})
    tokenizer.mask_token = None
    with pytest.raises(TrainingError, match="needs a tokenizer with a mask token"):
        TaskHeads(encoder, tokenizer, TaskWeights(masked=1.0), set())
    with pytest.raises(TrainingError, match=r"tasks\.name must be 0 or above"):
        TaskWeights(name=-1)
