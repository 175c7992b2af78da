"""Adapters: what is trained, merged, kept apart and refused."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from safetensors.torch import load_file, save_file  # noqa: E402

from pgcodesearch.errors import TrainingError  # noqa: E402
from pgcodesearch.training.config import LoraConfig, TrainConfig  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer  # noqa: E402
from pgcodesearch.training.export import ExportOptions, export  # noqa: E402
from pgcodesearch.training.lora import add_lora, merged_copy  # noqa: E402
from pgcodesearch.training.merge import merge  # noqa: E402
from pgcodesearch.training.train import train  # noqa: E402
from pgcodesearch.training.weights import rebuild  # noqa: E402
from support.tiny_encoder import write_encoder  # noqa: E402
from support.training import Killed, kill_at  # noqa: E402
from unit.test_training import configured  # noqa: E402
from unit.test_training import pairs as pairs  # noqa: E402

torch.set_num_threads(1)
LORA = LoraConfig(rank=8, alpha=16.0, dropout=0.0)


@pytest.fixture(scope="module")
def base(pairs: Path, tmp_path_factory) -> Path:
    """An encoder that knows a little: adapters bend what there is, and make nothing of random weights."""
    folder = tmp_path_factory.mktemp("base")
    config = configured(write_encoder(folder), pairs, folder / "run")
    train(dataclasses.replace(config, max_steps=12))
    return folder / "run" / "last"


def lora_config(base: Path, pairs: Path, output: Path) -> TrainConfig:
    made = configured(base, pairs, output, lora=LORA)
    return dataclasses.replace(made, learning_rate=1e-2, max_steps=60)


@pytest.fixture(scope="module")
def run(base: Path, pairs: Path, tmp_path_factory) -> tuple[Path, dict]:
    output = tmp_path_factory.mktemp("lora")
    return output, train(lora_config(base, pairs, output))


def embedded(encoder: SentenceEncoder, base: Path) -> torch.Tensor:
    tokens = load_tokenizer(base, 24)(
        ["parse the file", "def send_token()"], padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        return encoder.eval()(tokens["input_ids"], tokens["attention_mask"])


def test_only_adapters_are_trained_and_begin_at_nothing(base: Path) -> None:
    encoder = SentenceEncoder.load(base)
    before = embedded(encoder, base)
    add_lora(encoder.backbone, LORA)
    torch.testing.assert_close(embedded(encoder, base), before)
    trained = {name for name, value in encoder.named_parameters() if value.requires_grad}
    assert all(name.endswith((".lora_a", ".lora_b")) for name in trained)
    assert len(trained) == 2 * 2 * 6, (
        "two matrices for each of six layers of a block, and none for the pooler"
    )


def test_a_merged_copy_gives_what_the_adapted_model_does(base: Path) -> None:
    encoder = SentenceEncoder.load(base)
    before = embedded(encoder, base)
    add_lora(encoder.backbone, LORA)
    for name, value in encoder.named_parameters():
        if name.endswith("lora_b"):
            torch.nn.init.normal_(value, std=0.1)
    adapted = embedded(encoder, base)
    assert (adapted - before).abs().max() > 1e-2
    merged = SentenceEncoder(merged_copy(encoder.backbone))
    torch.testing.assert_close(embedded(merged, base), adapted, atol=1e-5, rtol=1e-4)
    assert merged.state_dict().keys() == SentenceEncoder.load(base).state_dict().keys()
    torch.testing.assert_close(embedded(encoder, base), adapted)


def test_a_run_learns_by_adapters_alone_and_exports(
    run: tuple[Path, dict], base: Path, pairs: Path, tmp_path
) -> None:
    folder, result = run
    assert result["best_mrr"] > result["base_mrr"] + 0.1
    before, after = (load_file(path / "model.safetensors") for path in (base, folder / "best"))
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {
        name for name in before if name.endswith(("query.weight", "key.weight", "value.weight", "dense.weight"))
        and "pooler" not in name
    }  # fmt: skip
    measured = export(ExportOptions(model=folder / "best", output=tmp_path, name="tiny", max_tokens=24))
    assert measured["fp32_difference"] < 1e-4


def test_an_adapter_alone_is_merged_into_its_base(run: tuple[Path, dict], base: Path, tmp_path) -> None:
    merge(base, run[0] / "best" / "adapter.safetensors", tmp_path / "merged")
    expected, actual = (
        load_file(path / "model.safetensors") for path in (run[0] / "best", tmp_path / "merged")
    )
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, atol=1e-6, rtol=1e-5)
    with pytest.raises(TrainingError, match="adapter of another base"):
        merge(run[0] / "best", run[0] / "best" / "adapter.safetensors", tmp_path / "twice")
    with pytest.raises(TrainingError, match="is no adapter"):
        merge(base, base / "model.safetensors", tmp_path / "none")
    assert not (tmp_path / "twice").exists()


def test_a_killed_run_goes_on_to_the_same_weights(
    run: tuple[Path, dict], base: Path, pairs: Path, tmp_path
) -> None:
    config = lora_config(base, pairs, tmp_path)
    with pytest.raises(Killed):
        train(config, sink=kill_at(30))
    assert train(config) == run[1]
    expected, actual = (load_file(path / "last/model.safetensors") for path in (run[0], tmp_path))
    assert all(torch.equal(actual[name], expected[name]) for name in expected)


def test_layers_that_are_not_there_are_named(base: Path) -> None:
    with pytest.raises(TrainingError, match="no linear layer 'q_proj'") as refused:
        add_lora(SentenceEncoder.load(base).backbone, dataclasses.replace(LORA, modules=("q_proj",)))
    assert "query" in str(refused.value.hint)


def test_bases_that_are_not_exact_are_refused(base: Path, pairs: Path, tmp_path) -> None:
    export(ExportOptions(model=base, output=tmp_path / "int8", name="tiny", max_tokens=24))
    rebuild((tmp_path / "int8/model.onnx").read_bytes(), None, tmp_path / "rebuilt")
    shutil.copytree(base, tmp_path / "bnb")
    config = json.loads((tmp_path / "bnb/config.json").read_text())
    (tmp_path / "bnb/config.json").write_text(json.dumps(config | {"quantization_config": {"bits": 4}}))
    shutil.copytree(base, tmp_path / "stored")
    weights = load_file(base / "model.safetensors")
    name = "encoder.layer.0.output.dense.weight"
    save_file(weights | {name: (weights[name] * 100).to(torch.int8)}, tmp_path / "stored/model.safetensors")
    for folder, message in {
        "int8": "exported model", "rebuilt": "read out of an int8 graph", "bnb": "are quantised", "stored": "as I8",
    }.items():  # fmt: skip
        with pytest.raises(TrainingError, match=message) as refused:
            train(lora_config(tmp_path / folder, pairs, tmp_path / "run"))
        assert "lora.rank = 0" in str(refused.value.hint)
    with pytest.raises(TrainingError, match="read out of an int8 graph"):
        merge(tmp_path / "rebuilt", tmp_path / "any", tmp_path / "out")


def test_tables_of_int8_leave_an_exact_base(base: Path, tmp_path) -> None:
    export(
        ExportOptions(model=base, output=tmp_path / "tables", name="tiny", max_tokens=24, tables_only=True)
    )
    rebuild((tmp_path / "tables/model.onnx").read_bytes(), None, tmp_path / "rebuilt")
    assert not (tmp_path / "rebuilt/rebuilt.json").exists()
