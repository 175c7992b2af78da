"""What every training loop needs beside its loss: groups of weights, a schedule, a device."""

from __future__ import annotations

import math
from typing import Any

import torch

from pgcodesearch.training.encoder import SentenceEncoder


def parameter_groups(encoder: SentenceEncoder, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices only: biases and layer norms have no scale to keep small."""
    trained = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def learning_rate_factor(step: int, total: int, warmup_fraction: float) -> float:
    """Linear warm-up to 1, then half a cosine down to 0."""
    warmup = max(1, round(warmup_fraction * total))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, total - warmup))))


def chosen_device(name: str) -> torch.device:
    """The named device; without a name a GPU where there is one."""
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def due(step: int, every: int) -> bool:
    """Is this one of every ``every`` steps? Never for 0."""
    return every > 0 and step % every == 0
