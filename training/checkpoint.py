"""Where a run is, on disk: the encoder as a folder, and a checkpoint from which a killed run goes on step for step."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import DistillConfig, TrainConfig
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer

# A run may go on longer or shorter, and report otherwise, than it began.
MAY_CHANGE = ("max_steps", "metrics_every", "validate_every", "checkpoint_every", "threads", "device")


@dataclasses.dataclass
class Progress:
    """Where a run is: what a checkpoint keeps beside the weights."""

    step: int = 0
    base_mrr: float = 0.0
    best_mrr: float = 0.0
    best_step: int = 0


def save_encoder(
    encoder: SentenceEncoder, tokenizer: Tokenizer, config: TrainConfig | DistillConfig, folder: Path
) -> None:
    """A Hugging Face folder that ``export`` and ``average`` read, with its config beside it."""
    encoder.backbone.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "training_config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1))


def save_state(
    path: Path,
    config: TrainConfig | DistillConfig,
    state: Progress,
    encoder: SentenceEncoder,
    optimizer: Any,
    schedule: Any,
) -> None:
    """Write a checkpoint whole or not at all."""
    scratch = path.with_suffix(".tmp")
    torch.save(
        {
            "config": dataclasses.asdict(config),
            "progress": dataclasses.asdict(state),
            "encoder": encoder.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "random": torch.get_rng_state(),
        },
        scratch,
    )
    scratch.replace(path)


def resume(
    path: Path, config: TrainConfig | DistillConfig, encoder: SentenceEncoder, optimizer: Any, schedule: Any
) -> Progress:
    """Load a checkpoint; raises TrainingError where it belongs to other settings."""
    saved = torch.load(path, weights_only=True, map_location="cpu")
    changed = [
        key
        for key, value in dataclasses.asdict(config).items()
        if key not in MAY_CHANGE and saved["config"].get(key) != value
    ]
    if changed:
        raise TrainingError(
            f"{path} is of a run with other settings ({', '.join(changed)}): choose another output, or delete it"
        )
    encoder.load_state_dict(saved["encoder"])
    optimizer.load_state_dict(saved["optimizer"])
    schedule.load_state_dict(saved["schedule"])
    torch.set_rng_state(saved["random"])
    return Progress(**saved["progress"])
