"""An exported graph becomes the encoder again that it was written from."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")
onnx = pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.embedding import load_embedder  # noqa: E402
from pgcodesearch.embedding.artefact import SHIPPED_MODELS  # noqa: E402
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer  # noqa: E402
from pgcodesearch.training.export import ExportOptions, export  # noqa: E402
from pgcodesearch.training.proof import load_samples, torch_encoder  # noqa: E402
from pgcodesearch.training.weights import WeightsNotFound, rebuild, write_tokenizer  # noqa: E402
from support.tiny_encoder import write_encoder  # noqa: E402

torch.set_num_threads(1)


@pytest.mark.parametrize("name", [path.parent.name for path in SHIPPED_MODELS.glob("*/config.json")])
def test_the_shipped_model_can_be_trained_on(name, tmp_path):
    """Its weights are read back out of int8: a little coarser, but the same model."""
    config = json.loads((SHIPPED_MODELS / name / "config.json").read_text())
    rebuild((SHIPPED_MODELS / name / "model.onnx").read_bytes(), config.get("backbone"), tmp_path)
    write_tokenizer((SHIPPED_MODELS / name / "tokenizer.json").read_bytes(), config["max_tokens"], tmp_path)
    samples = load_samples()[::3]
    encoder = SentenceEncoder.load(tmp_path, config["pooling"]).eval()
    rebuilt = torch_encoder(encoder, load_tokenizer(tmp_path, config["max_tokens"]))(samples)
    cosines = (rebuilt * load_embedder(name, threads=1).encode(samples)).sum(axis=1)
    assert cosines.mean() > 0.99
    assert cosines.min() > 0.95


@pytest.mark.parametrize("with_config", [True, False])
def test_an_fp32_graph_gives_its_weights_back_exactly(with_config, tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    write_encoder(base)
    export(ExportOptions(model=base, output=tmp_path / "onnx", name="tiny", max_tokens=24, int8=False))
    config = json.loads((tmp_path / "onnx/config.json").read_text())
    graph = (tmp_path / "onnx/model.onnx").read_bytes()
    rebuild(graph, config["backbone"] if with_config else None, tmp_path / "again")
    expected, actual = (
        SentenceEncoder.load(folder).backbone.state_dict() for folder in (base, tmp_path / "again")
    )
    for name, weight in expected.items():
        if "pooler" not in name:
            assert torch.equal(actual[name], weight), name
    write_tokenizer((tmp_path / "onnx/tokenizer.json").read_bytes(), 24, tmp_path / "again")
    texts = ["def parse_file(): return x", "größte"]
    ids = [load_tokenizer(folder, 24)(texts)["input_ids"] for folder in (base, tmp_path / "again")]
    assert ids[0] == ids[1]


def test_a_graph_of_another_exporter_is_named(tmp_path):
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [value], [value])
    with pytest.raises(WeightsNotFound) as caught:
        rebuild(onnx.helper.make_model(graph).SerializeToString(), None, tmp_path)
    assert "--base-model" in caught.value.hint
