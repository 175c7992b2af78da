"""Write a Hugging Face encoder as a model folder: ONNX graph, tokenizer, config, card.

    python -m pgcodesearch.training.export --model FOLDER --name NAME --output pysrc/pgcodesearch/models/NAME

The graph takes ``input_ids`` and ``attention_mask`` (batch, sequence), both axes free, and gives
``embedding`` (batch, dimension) of unit length: pooling and L2 are inside. Refuses to write a folder
whose fp32 graph differs from PyTorch, or whose int8 graph differs from fp32, by more than the limits.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from pgcodesearch.errors import CodeSearchError
from pgcodesearch.training.encoder import POOLINGS, SentenceEncoder, Tokenizer, load_tokenizer
from pgcodesearch.training.proof import compare_graphs, load_samples, retrieval_ranks
from pgcodesearch.training.quantize import quantise, quantise_tables

OPSET = 17
LARGEST_FP32_DIFFERENCE = 1e-4
LOWEST_FP32_COSINE = 0.9999
LOWEST_INT8_COSINE = 0.99
LARGEST_INT8_MRR_DROP = 0.005


@dataclass(frozen=True)
class ExportOptions:
    """What is exported and what its config says."""

    model: Path
    output: Path
    name: str
    pooling: str = "mean"
    max_tokens: int = 256
    dimension: int = 0  # first dimensions to keep, 0 for all; for a model that was trained with matryoshka
    query_prefix: str = ""
    code_prefix: str = ""
    licence: str = "Apache-2.0"
    base: str = ""
    card: Path | None = None
    gate_pairs: Path | None = None
    int8: bool = True
    tables_only: bool = False  # int8 for embedding tables, which costs nothing; matrices stay fp32
    settings: tuple[tuple[str, float], ...] = ()  # search settings it brings: the scale of its cosines


class ExportRefused(CodeSearchError):
    """The exported graph does not reproduce the model closely enough."""


def export(options: ExportOptions) -> dict[str, float]:
    """Export, prove, write; returns the measured differences. Raises ExportRefused."""
    encoder = SentenceEncoder.load(options.model, options.pooling, options.dimension).eval()
    tokenizer = load_tokenizer(options.model, options.max_tokens)
    samples = load_samples()
    with tempfile.TemporaryDirectory() as scratch:
        fp32, int8 = Path(scratch) / "fp32.onnx", Path(scratch) / "int8.onnx"
        write_graph(encoder, tokenizer, fp32)
        measured = compare_graphs(encoder, tokenizer, fp32, samples, prefix="fp32")
        require(
            measured["fp32_difference"] < LARGEST_FP32_DIFFERENCE, "fp32 graph and PyTorch differ", measured
        )
        require(measured["fp32_cosine"] > LOWEST_FP32_COSINE, "fp32 graph and PyTorch differ", measured)
        shipped = fp32
        if options.int8:
            quantise_tables(fp32, int8) if options.tables_only else quantise(fp32, int8)
            measured |= compare_graphs(encoder, tokenizer, int8, samples, prefix="int8")
            require(measured["int8_cosine_mean"] > LOWEST_INT8_COSINE, "int8 loses too much", measured)
            shipped = int8
        if options.gate_pairs:
            measured |= ranking_loss(fp32, shipped, tokenizer, options.gate_pairs)
            drop, noise = measured["mrr_drop"], 2 * measured["mrr_drop_error"]
            # With int8 tables alone nothing was ever lost but noise; where all is int8, doubt does not count for it.
            limit = max(LARGEST_INT8_MRR_DROP, noise) if options.tables_only else LARGEST_INT8_MRR_DROP
            require(drop < limit, f"int8 loses {drop:.4f} of MRR@10", measured)
        backbone = encoder.backbone.config.to_diff_dict()
        write_folder(options, encoder.dimension, backbone, shipped, tokenizer)
    return measured


def weights_kind(options: ExportOptions) -> str:
    """How the graph keeps its weights, as config and card say it."""
    if not options.int8:
        return "fp32"
    return "fp32 with int8 tables" if options.tables_only else "int8"


def ranking_loss(fp32: Path, shipped: Path, tokenizer: Tokenizer, pairs: Path) -> dict[str, float]:
    """MRR@10 of both graphs on the same pairs, what the shipped one loses, and the standard error of that.

    A few queries whose answers are nearly tied swap ranks either way: on some hundred pairs that alone is more than
    the limit.
    """
    if shipped == fp32:
        mean = float(retrieval_ranks(fp32, tokenizer, pairs).mean())
        return {"fp32_mrr": mean, "mrr_drop": 0.0, "mrr_drop_error": 0.0}
    before, after = (retrieval_ranks(graph, tokenizer, pairs) for graph in (fp32, shipped))
    return {
        "fp32_mrr": float(before.mean()), "shipped_mrr": float(after.mean()),
        "mrr_drop": float((before - after).mean()),
        "mrr_drop_error": float((before - after).std(ddof=1) / len(before) ** 0.5),
        "mrr_pairs": len(before),
    }  # fmt: skip


def write_graph(encoder: SentenceEncoder, tokenizer: Tokenizer, path: Path) -> None:
    """Trace the encoder into one ONNX graph with free batch and sequence axes."""
    example = tokenizer(["one text", "and a longer one beside it"], padding=True, return_tensors="pt")
    both = {0: "batch", 1: "sequence"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of each Python branch; the comparison is the proof
        torch.onnx.export(
            encoder,
            (example["input_ids"], example["attention_mask"]),
            path,
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={"input_ids": both, "attention_mask": both, "embedding": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(str(path))


def write_folder(
    options: ExportOptions, dimension: int, backbone: dict[str, Any], graph: Path, tokenizer: Tokenizer
) -> None:
    """Write model.onnx, tokenizer.json, config.json and, where one is given, MODEL_CARD.md.

    backbone: the Hugging Face configuration, so that training.weights can rebuild the encoder from the graph.
    """
    options.output.mkdir(parents=True, exist_ok=True)
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    files = {"model.onnx": graph.read_bytes(), "tokenizer.json": backend.to_str().encode()}
    config = {
        "name": options.name,
        "dimension": dimension,
        "max_tokens": options.max_tokens,
        "pooling": options.pooling,
        "prefixes": {"query": options.query_prefix, "code": options.code_prefix},
        "weights": weights_kind(options),
        "opset": OPSET,
        "licence": options.licence,
        "base": options.base or str(options.model.name),
        "backbone": backbone,
        "settings": dict(options.settings),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    files["config.json"] = (json.dumps(config, indent=2) + "\n").encode()
    if options.card:
        files["MODEL_CARD.md"] = options.card.read_bytes()
    for name, content in files.items():
        (options.output / name).write_bytes(content)


def require(holds: bool | np.bool_, message: str, measured: dict[str, float]) -> None:
    """Raise ExportRefused with the figures where a limit is passed."""
    if not holds:
        raise ExportRefused(f"{message}: {json.dumps(measured)}")


def parse_arguments(arguments: list[str]) -> ExportOptions:
    """Command line → options."""
    parser = argparse.ArgumentParser(prog="python -m pgcodesearch.training.export", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="local Hugging Face folder")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--name", required=True, help="name in the config")
    parser.add_argument("--pooling", choices=POOLINGS, default="mean")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--dimension", type=int, default=0, help="first dimensions to keep; default: all")
    parser.add_argument("--query-prefix", default="")
    parser.add_argument("--code-prefix", default="")
    parser.add_argument("--licence", default="Apache-2.0")
    parser.add_argument("--base", default="", help="what the weights come from")
    parser.add_argument("--card", type=Path, help="MODEL_CARD.md to put beside the graph")
    parser.add_argument("--gate-pairs", type=Path, help="pairs of query and code: int8 must not lose MRR")
    parser.add_argument(
        "--setting", dest="settings", type=read_setting, action="append", default=[], metavar="NAME=NUMBER",
        help="a search setting the model brings, as vector.mean=0.2",
    )  # fmt: skip
    parser.add_argument("--fp32", dest="int8", action="store_false", help="do not quantise")
    given = vars(parser.parse_args(arguments))
    return ExportOptions(**given | {"settings": tuple(given["settings"])})


def read_setting(text: str) -> tuple[str, float]:
    """``NAME=NUMBER`` as a pair; raises TrainingError, which the command line reports."""
    name, _, number = text.partition("=")
    return name, float(number)


def main() -> int:
    """Run the command; prints what was measured as JSON."""
    options = parse_arguments(sys.argv[1:])
    try:
        measured = export(options)
    except ExportRefused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 1
    size = (options.output / "model.onnx").stat().st_size
    print(json.dumps({"output": str(options.output), "bytes": size} | measured, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
