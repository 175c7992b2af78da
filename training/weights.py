"""The weights training starts from: those of a model version, as a local Hugging Face folder.

A model version that was trained here has its fp32 weights in ``model_weights``. Of any other there is only the
ONNX graph; where ``export`` wrote it, the graph's names still say which weight each of its matrices is, and int8
columns are multiplied back by their scales. So a shipped model can be trained on with nothing to download.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, BertConfig, PreTrainedTokenizerFast

from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.artefact import CONFIG_FILE, GRAPH_FILE, TOKENIZER_FILE, has_endpoint
from pgcodesearch.training.unquantised import REBUILT_FILE

WEIGHT_FILES = ("model.safetensors", "config.json")
_BACKBONE = "backbone."
_MATMUL = re.compile(r"^/backbone/(?P<module>.+)/MatMul_output_0(/columns)?$")
_SPECIAL_TOKENS = {
    "pad_token": ("[PAD]", "<pad>", "<|endoftext|>"),
    "unk_token": ("[UNK]", "<unk>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "mask_token": ("[MASK]", "<mask>"),
}


class WeightsNotFound(CodeSearchError):
    """the model version has no weights that can be trained"""

    default_hint = "name a local Hugging Face folder: --base-model FOLDER"


@dataclass(frozen=True)
class ModelFacts:
    """What a successor shares with the model it is trained from; ``exact`` is False for weights read out of int8."""

    name: str
    pooling: str
    max_tokens: int
    prefixes: dict[str, str]
    licence: str
    exact: bool


def check_trainable(connection: Connection, model: str) -> None:
    """Raise WeightsNotFound for a model version behind an endpoint, whose weights are not here."""
    row = connection.execute(
        "select a.content from codesearch.model_artefact a join codesearch.model_version m using (model_version_id)"
        " where m.name = %s and a.file = %s",
        (model, CONFIG_FILE),
    ).fetchone()
    if row is not None and has_endpoint(bytes(row[0])):
        raise WeightsNotFound(
            f"model version {model!r} is behind an endpoint: it has no weights here to train"
        )


def write_base(connection: Connection, model: str, folder: Path) -> ModelFacts:
    """Write a model version's weights and tokenizer into a folder that ``AutoModel`` reads.

    Raises WeightsNotFound where the version has neither weights nor a graph of this package's export.
    """
    files = _read(connection, "model_artefact", model)
    if CONFIG_FILE not in files:
        raise WeightsNotFound(f"model version {model!r} has no files")
    config = json.loads(files[CONFIG_FILE])
    folder.mkdir(parents=True, exist_ok=True)
    weights = _read(connection, "model_weights", model)
    if set(WEIGHT_FILES) <= weights.keys():
        for name in WEIGHT_FILES:
            (folder / name).write_bytes(weights[name])
    else:
        rebuild(files[GRAPH_FILE], config.get("backbone"), folder)
    write_tokenizer(files[TOKENIZER_FILE], config["max_tokens"], folder)
    return ModelFacts(
        model, config.get("pooling", "mean"), config["max_tokens"], config.get("prefixes", {}),
        config.get("licence", "unknown"), bool(weights),
    )  # fmt: skip


def store_weights(connection: Connection, model: str, folder: Path) -> None:
    """Keep a Hugging Face folder's weights with a model version; replaces what was kept."""
    for name in WEIGHT_FILES:
        content = (folder / name).read_bytes()
        connection.execute(
            "insert into codesearch.model_weights (model_version_id, file, content, sha256)"
            " select model_version_id, %s, %s, %s from codesearch.model_version where name = %s"
            " on conflict (model_version_id, file) do update set content = excluded.content, sha256 = excluded.sha256",
            (name, content, hashlib.sha256(content).digest(), model),
        )


def rebuild(graph: bytes, backbone: Mapping[str, Any] | None, folder: Path) -> None:
    """Write the backbone of an exported graph, fp32 or int8, as a Hugging Face folder.

    backbone: the Hugging Face configuration that newer exports carry; without it the graph is read as a BERT.
    Raises WeightsNotFound where the graph lacks a weight of it.
    """
    model = onnx.load_from_string(graph)
    weights = named_weights(model)
    config = AutoConfig.for_model(**backbone) if backbone else bert_config(model, weights)
    network = AutoModel.from_config(config)
    expected = network.state_dict()
    state = {name: weights[name] for name in expected if name in weights}
    # The pooler is no part of an embedding: graphs lack it.
    missing = [name for name in expected if name not in state and "pooler" not in name]
    wrong = [name for name, value in state.items() if value.shape != expected[name].shape]
    if missing or wrong:
        raise WeightsNotFound(
            f"the graph is not one that pgcodesearch.training.export wrote: "
            f"it has no {', '.join((missing + wrong)[:3])}"
        )
    state |= {name: torch.zeros_like(value) for name, value in expected.items() if name not in state}
    config.save_pretrained(folder)
    if any(node.op_type == "MatMulIntegerToFloat" for node in model.graph.node):
        (folder / REBUILT_FILE).write_text(json.dumps({"matrices": "int8"}))
    save_file(
        {name: value.contiguous() for name, value in state.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )


def named_weights(model: onnx.ModelProto) -> dict[str, torch.Tensor]:
    """Weights of the backbone by their PyTorch names, float32.

    Biases, norms and embeddings keep their names in an exported graph. The matrices of linear layers are renamed and
    transposed by the export, but the node that multiplies by one is still named after its module.
    """
    arrays = {item.name: item for item in model.graph.initializer}
    found: dict[str, torch.Tensor] = {}
    for name, item in arrays.items():
        if name.startswith(_BACKBONE) and not name.endswith("_scale"):
            value = numpy_helper.to_array(item)
            if name.endswith("_int8"):
                name = name.removesuffix("_int8")
                value = value * numpy_helper.to_array(arrays[f"{name}_scale"])
            found[name.removeprefix(_BACKBONE)] = _tensor(value)
    # Weights that are equal to the last bit (biases that nothing has trained yet) are in a graph once.
    for node in model.graph.node:
        if node.op_type == "Identity" and node.output[0].startswith(_BACKBONE) and node.input[0] in arrays:
            value = numpy_helper.to_array(arrays[node.input[0]])
            found[node.output[0].removeprefix(_BACKBONE)] = _tensor(value)
    for node in model.graph.node:
        matched = _MATMUL.match(node.output[0])
        if matched and node.op_type in ("MatMul", "MatMulIntegerToFloat") and node.input[1] in arrays:
            value = numpy_helper.to_array(arrays[node.input[1]])
            if node.op_type == "MatMulIntegerToFloat":
                value = value * numpy_helper.to_array(arrays[node.input[3]])
            found[matched["module"].replace("/", ".") + ".weight"] = _tensor(value.T)
    return found


def bert_config(model: onnx.ModelProto, weights: Mapping[str, torch.Tensor]) -> BertConfig:
    """The configuration of a BERT, from the shapes of its weights and the constants of its graph."""
    try:
        vocabulary, width = weights["embeddings.word_embeddings.weight"].shape
        layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
        return BertConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=len(layers),
            num_attention_heads=width // _head_width(model),
            intermediate_size=weights["encoder.layer.0.intermediate.dense.weight"].shape[0],
            max_position_embeddings=weights["embeddings.position_embeddings.weight"].shape[0],
            type_vocab_size=weights["embeddings.token_type_embeddings.weight"].shape[0],
            layer_norm_eps=_layer_norm_epsilon(model),
        )
    except KeyError as error:
        raise WeightsNotFound(
            f"the graph is no BERT that pgcodesearch.training.export wrote: it has no {error}"
        ) from error


def _head_width(model: onnx.ModelProto) -> int:
    """The last constant of the shape that the first layer's queries are split into."""
    values = {node.output[0]: node for node in model.graph.node}
    query = next(name for name in values if name.endswith("layer.0/attention/self/query/Add_output_0"))
    split = next(node for node in model.graph.node if node.op_type == "Reshape" and node.input[0] == query)
    shape = values[split.input[1]]
    constant = values[shape.input[-1]]
    return int(numpy_helper.to_array(constant.attribute[0].t).ravel()[0])


def _layer_norm_epsilon(model: onnx.ModelProto) -> float:
    for node in model.graph.node:
        if node.op_type == "LayerNormalization":
            return next(float(item.f) for item in node.attribute if item.name == "epsilon")
    return 1e-12


def write_tokenizer(content: bytes, max_tokens: int, folder: Path) -> None:
    """Write a tokenizer.json with the settings that ``AutoTokenizer`` needs beside it."""
    path = folder / TOKENIZER_FILE
    path.write_bytes(content)
    known = {token["content"] for token in json.loads(content).get("added_tokens", [])}
    special = {
        role: next(name for name in names if name in known)
        for role, names in _SPECIAL_TOKENS.items()
        if known & set(names)
    }
    PreTrainedTokenizerFast(tokenizer_file=str(path), model_max_length=max_tokens, **special).save_pretrained(
        folder
    )


def _tensor(value: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32).copy())


def _read(connection: Connection, table: str, model: str) -> dict[str, bytes]:
    rows = connection.execute(
        f"select a.file, a.content from codesearch.{table} a"  # noqa: S608 - a name of this module
        " join codesearch.model_version m using (model_version_id) where m.name = %s",
        (model,),
        binary=True,
    ).fetchall()
    return {file: bytes(content) for file, content in rows}
