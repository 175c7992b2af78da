"""The files that a round trains on: the base's weights, pairs, and the settings that name them."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import AutoConfig

from pgcodesearch.database.rows import Connection
from pgcodesearch.training import replay, weights
from pgcodesearch.training.config import TrainConfig, config_from
from pgcodesearch.training.data import Pair, write_pairs
from pgcodesearch.training.encoder import load_tokenizer
from pgcodesearch.training.feedback import Feedback
from pgcodesearch.training.round_config import RoundConfig
from pgcodesearch.training.weights import ModelFacts

# Feedback is little and noisy: small steps, and what was passed over as the negatives.
DEFAULTS: dict[str, Any] = {
    "loss": "multiple_negatives", "negatives": 1, "learning_rate": 1e-5, "batch_size": 32, "epochs": 2,
    "temperature": 0.05,
}  # fmt: skip
_INT8_PROOF_PAIRS = 1_000
_MOST_TOKENS = 256


@dataclass(frozen=True)
class RoundFiles:
    """What a round keeps in its folder, so that a killed one sees the same."""

    config: RoundConfig
    folder: Path

    def write_base(self, connection: Connection, base_model: str) -> ModelFacts:
        """The base as a Hugging Face folder; that of the user is read where it is."""
        base = self.config.base
        if base is None:
            return weights.write_base(connection, base_model, self.folder / "base")
        longest = load_tokenizer(base, _MOST_TOKENS).model_max_length
        positions = AutoConfig.from_pretrained(base, local_files_only=True).max_position_embeddings
        # RoBERTa's two first positions are no text.
        return ModelFacts(str(base), self.config.pooling, min(longest, positions - 2), {}, "unknown", True)

    def write_data(self, connection: Connection, facts: ModelFacts, found: Feedback) -> dict[str, Any]:
        """Write train, replay and validation pairs; their report. What a killed round wrote whole stays."""
        report = self.folder / "data.json"
        if report.exists():
            return dict(json.loads(report.read_text()))
        older = self._older_pairs(connection, len(found.train))
        parts = {
            "train": found.train, "replay": older, "validation": found.validation,
            "proof": replay.proof_pairs(connection, _INT8_PROOF_PAIRS, self.config.seed),
        }  # fmt: skip
        for name, pairs in parts.items():
            write_pairs(self.folder / f"{name}.jsonl", [_prefixed(pair, facts) for pair in pairs])
        data: dict[str, Any] = {name: len(parts[name]) for name in ("train", "replay", "validation")}
        data |= {"anchors": found.anchors, "judged_queries": len(found.judged)}
        data["query_set"] = self.config.judged_set
        scratch = self.folder / "data.tmp"
        scratch.write_text(json.dumps(data))
        scratch.replace(report)
        return data

    def _older_pairs(self, connection: Connection, new: int) -> list[Pair]:
        given, seed = self.config.training, self.config.seed
        fraction = given.get("replay_fraction", TrainConfig.replay_fraction)
        minimum = given.get("replay_minimum", TrainConfig.replay_minimum)
        wanted = max(minimum, round(fraction * new))
        if self.config.dataset is not None:
            return replay.dataset_pairs(self.config.dataset, wanted, seed)
        return replay.replay_pairs(connection, wanted, seed)

    def settings(self, facts: ModelFacts, data: dict[str, Any]) -> TrainConfig:
        """The training's settings: what the round was given, before what it knows, before defaults for little data."""
        values = DEFAULTS | {"seed": self.config.seed} | self.config.training
        rows = data["train"] + data["replay"]
        steps = values.get("max_steps") or max(1, rows // values["batch_size"]) * values["epochs"]
        often = max(1, steps // 8)
        values = {
            "validate_every": often,
            "checkpoint_every": often,
            "metrics_every": min(100, often),
        } | values
        for key in ("query_tokens", "code_tokens"):
            values[key] = min(values.get(key, getattr(TrainConfig, key)), facts.max_tokens)
        files = {name: str(self.folder / f"{name}.jsonl") for name in ("train", "validation", "replay")}
        values |= files if data["replay"] else files | {"replay": ""}
        values |= {
            "model": str(self.config.base or self.folder / "base"),
            "output": str(self.folder / "train"),
        }
        return config_from(values | {"pooling": facts.pooling})


def _prefixed(pair: Pair, facts: ModelFacts) -> Pair:
    """A pair with the prefixes that the model's queries and codes have."""
    query, code = (facts.prefixes.get(kind, "") for kind in ("query", "code"))
    return dataclasses.replace(
        pair,
        query=query + pair.query,
        code=code + pair.code,
        negatives=[code + text for text in pair.negatives],
    )
