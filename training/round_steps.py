"""What the steps of a round do: :mod:`pgcodesearch.training.round` has their order."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from transformers import AutoConfig

from pgcodesearch.model_versions import adding
from pgcodesearch.training import replay, weights
from pgcodesearch.training.average import average
from pgcodesearch.training.card import write_card
from pgcodesearch.training.config import TrainConfig, config_from
from pgcodesearch.training.data import Pair, read_pairs, write_pairs
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.export import ExportOptions, ExportRefused, export, weights_kind
from pgcodesearch.training.feedback import Feedback
from pgcodesearch.training.optimising import chosen_device
from pgcodesearch.training.round_config import HELD_OUT_SET, RoundConfig
from pgcodesearch.training.runs import Run
from pgcodesearch.training.train import validate
from pgcodesearch.training.weights import ModelFacts

Connection = psycopg.Connection[Any]

# Feedback is little and noisy: small steps, and what was passed over as the negatives.
DEFAULTS: dict[str, Any] = {
    "loss": "multiple_negatives", "negatives": 1, "learning_rate": 1e-5, "batch_size": 32, "epochs": 2,
    "temperature": 0.05,
}  # fmt: skip
_INT8_PROOF_PAIRS = 1_000
_MOST_TOKENS = 256


def write_base(connection: Connection, config: RoundConfig, base_model: str, folder: Path) -> ModelFacts:
    """The base as a Hugging Face folder; that of the user is read where it is."""
    if config.base is None:
        return weights.write_base(connection, base_model, folder)
    longest = load_tokenizer(config.base, _MOST_TOKENS).model_max_length
    positions = AutoConfig.from_pretrained(config.base, local_files_only=True).max_position_embeddings
    # RoBERTa's two first positions are no text.
    return ModelFacts(str(config.base), config.pooling, min(longest, positions - 2), {}, "unknown", True)


def write_data(
    connection: Connection, config: RoundConfig, facts: ModelFacts, found: Feedback, folder: Path
) -> dict[str, Any]:
    """Write train, replay and validation pairs; their report. What a killed round wrote whole stays."""
    report = folder / "data.json"
    if report.exists():
        return dict(json.loads(report.read_text()))
    fraction = config.training.get("replay_fraction", TrainConfig.replay_fraction)
    minimum = config.training.get("replay_minimum", TrainConfig.replay_minimum)
    wanted = max(minimum, round(fraction * len(found.train)))
    if config.dataset is not None:
        older = replay.dataset_pairs(config.dataset, wanted, config.seed)
    else:
        older = replay.replay_pairs(connection, wanted, config.seed)
    parts = {"train": found.train, "replay": older, "validation": found.validation}
    for name, pairs in parts.items():
        write_pairs(folder / f"{name}.jsonl", [_prefixed(pair, facts) for pair in pairs])
    data: dict[str, Any] = {name: len(pairs) for name, pairs in parts.items()}
    data |= {
        "anchors": found.anchors,
        "judged_queries": len(found.judged),
        "query_set": config.query_set or HELD_OUT_SET,
    }
    proof = replay.proof_pairs(connection, _INT8_PROOF_PAIRS, config.seed)
    write_pairs(folder / "proof.jsonl", [_prefixed(pair, facts) for pair in proof])
    scratch = folder / "data.tmp"
    scratch.write_text(json.dumps(data))
    scratch.replace(report)
    return data


def _prefixed(pair: Pair, facts: ModelFacts) -> Pair:
    """A pair with the prefixes that the model's queries and codes have."""
    query, code = (facts.prefixes.get(kind, "") for kind in ("query", "code"))
    return dataclasses.replace(
        pair,
        query=query + pair.query,
        code=code + pair.code,
        negatives=[code + text for text in pair.negatives],
    )


def settings(config: RoundConfig, facts: ModelFacts, folder: Path, data: dict[str, Any]) -> TrainConfig:
    """The training's settings: what the round was given, before what it knows, before the defaults of small data."""
    values = DEFAULTS | {"seed": config.seed} | config.training
    rows = data["train"] + data["replay"]
    steps = values.get("max_steps") or max(1, rows // values["batch_size"]) * values["epochs"]
    often = max(1, steps // 8)
    values = {"validate_every": often, "checkpoint_every": often, "metrics_every": min(100, often)} | values
    for key, default in (
        ("query_tokens", TrainConfig.query_tokens),
        ("code_tokens", TrainConfig.code_tokens),
    ):
        values[key] = min(values.get(key, default), facts.max_tokens)
    values |= {
        "model": str(config.base or folder / "base"), "output": str(folder / "train"), "pooling": facts.pooling,
        "train": str(folder / "train.jsonl"), "validation": str(folder / "validation.jsonl"),
        "replay": str(folder / "replay.jsonl") if data["replay"] else "",
    }  # fmt: skip
    return config_from(values)


def average_best(
    config: RoundConfig, settings: TrainConfig, folder: Path, trained: dict[str, Any]
) -> dict[str, Any]:
    """Write the best of the points between base and trained weights to averaged/; its share and validation MRR@10."""
    best: dict[str, Any] = {"average_share": 0.0, "averaged_mrr": -1.0}
    pairs = read_pairs(settings.validation)[: settings.validation_limit]
    for share in sorted(config.average_shares) if trained["best_step"] else ():
        point = folder / f"share-{share:g}"
        average(Path(settings.model), folder / "train" / "best", share, point)
        encoder = SentenceEncoder.load(point, settings.pooling).to(chosen_device(settings.device))
        mrr = validate(encoder, load_tokenizer(point, settings.code_tokens), pairs, settings.bf16)
        if mrr > best["averaged_mrr"]:
            best = {"average_share": share, "averaged_mrr": mrr}
            shutil.rmtree(folder / "averaged", ignore_errors=True)
            shutil.copytree(point, folder / "averaged")
        shutil.rmtree(point)
    return best if best["average_share"] else {"average_share": 0.0, "averaged_mrr": trained["base_mrr"]}


def successor(base_model: str, run_id: int) -> str:
    """``minilm-code-v2`` → ``minilm-code-v2-r3``, → ``minilm-code-v2-r4``; a folder gives its name."""
    stem = re.sub(r"-r\d+$", "", Path(base_model).name)
    return f"{stem}-r{run_id}"


def export_model(
    run: Run,
    name: str,
    facts: ModelFacts,
    settings: TrainConfig,
    data: dict[str, Any],
    trained: dict[str, Any],
) -> dict[str, Any]:
    """Write the candidate's folder: int8 where it ranks as well as fp32, else only its tables. Raises ExportRefused."""
    folder = run.folder / "model"
    options = ExportOptions(
        model=run.folder / "averaged", output=folder, name=name, pooling=facts.pooling, max_tokens=facts.max_tokens,
        query_prefix=facts.prefixes.get("query", ""), code_prefix=facts.prefixes.get("code", ""),
        licence=facts.licence, base=facts.name, gate_pairs=run.folder / "proof.jsonl",
    )  # fmt: skip
    try:
        proof: dict[str, Any] = export(options)
    except ExportRefused as refusal:
        options = dataclasses.replace(options, tables_only=True)
        proof = export(options) | {"int8": str(refusal)}
    proof["weights"] = weights_kind(options)
    card = write_card(name, run.run_id, facts, settings, data, trained, proof, proof["weights"])
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    return proof


def register(
    connection: Connection, run: Run, name: str, parent: str | None, data: dict[str, Any],
    trained: dict[str, Any], proof: dict[str, Any],
) -> None:  # fmt: skip
    """Store artefact, lineage, weights, card and report as a candidate; a killed round's may be there already."""
    with connection.transaction():
        known = connection.execute(
            "select 1 from codesearch.model_version where name = %s and metrics #>> '{training,run_id}' = %s",
            (name, str(run.run_id)),
        ).fetchone()
        if known is None:
            adding.add_model(connection, run.folder / "model", name, parent)
        card = (run.folder / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
        told = {"run_id": run.run_id, "data": data, "proof": proof, "card": card} | trained
        connection.execute(
            "update codesearch.model_version set metrics = metrics || %s where name = %s",
            (Jsonb({"training": told}), name),
        )
        weights.store_weights(connection, name, run.folder / "averaged")
