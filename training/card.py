"""A model card written from the run that made the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.weights import ModelFacts


def write_card(
    name: str, run_id: int, facts: ModelFacts, config: TrainConfig, data: Mapping[str, Any],
    trained: Mapping[str, Any], proof: Mapping[str, Any],
) -> str:  # fmt: skip
    """Markdown: base, data, settings, validation and the proof of the export; the gate's verdict comes after it."""
    origin = "its fp32 weights" if facts.exact else "weights read back from its graph"
    lines = [
        f"# {name}",
        "",
        f"Trained by `pgcodesearch train --from-feedback`, run {run_id}, from {facts.name} ({origin})."
        f" Licence of the base: {facts.licence}.",
        "",
        "## Data",
        "",
        "What users of one database searched and used. Queries that judge it were held out by their hash.",
        "",
        _table(data),
        "",
        "## Training",
        "",
        f"Loss {config.loss}, {trained['step']} steps of {config.batch_size}, learning rate {config.learning_rate:g}"
        f" with {config.warmup_fraction:.0%} warm-up and cosine, seed {config.seed}."
        f" Best checkpoint: step {trained['best_step']}."
        f" Share of the trained weights in the average with the base: {trained['average_share']:g}.",
        "",
        "MRR@10 of the validation queries, among all validation codes and what was passed over for them:"
        f" {trained['base_mrr']:.4f} before, {trained['averaged_mrr']:.4f} after.",
        "",
        "## Export",
        "",
        f"One ONNX graph with {facts.pooling} pooling and L2, weights {proof['weights']},"
        f" at most {facts.max_tokens} tokens.",
        "",
        _table(proof),
        "",
    ]
    return "\n".join(lines)


def _table(values: Mapping[str, Any]) -> str:
    rows = [f"| {key.replace('_', ' ')} | {_shown(value)} |" for key, value in values.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items())
    return str(value)
