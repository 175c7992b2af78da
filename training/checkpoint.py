"""Where a run is, on disk: the encoder as a folder, and a checkpoint from which a killed run goes on step for step."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.lora import ADAPTER_FILE, adapters, merged_copy, save_adapter
from pgcodesearch.training.metrics import JsonLinesSink, MetricsSink, no_sink

# A run may go on longer or shorter, and report otherwise, than it began.
MAY_CHANGE = ("max_steps", "metrics_every", "validate_every", "checkpoint_every", "threads", "device")


class Stateful(Protocol):
    """What a checkpoint holds: a module, an optimiser."""

    def state_dict(self) -> Any:
        """Its state, as torch.save writes it."""

    def load_state_dict(self, state: Any) -> Any:
        """Go on from a state."""


def open_run(config: Any, sink: MetricsSink | None, main: bool) -> tuple[Path, MetricsSink]:
    """The run's folder, made where it is missing, and what reports: the ``sink``, or metrics.jsonl in the folder.

    Of several processes only the ``main`` one reports and writes the config down. Sets the threads that it names.
    """
    folder = Path(config.output)
    folder.mkdir(parents=True, exist_ok=True)
    report = (sink or JsonLinesSink(folder / "metrics.jsonl")) if main else no_sink
    if main:
        (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1))
    if config.threads:
        torch.set_num_threads(config.threads)
    return folder, report


@dataclasses.dataclass
class Progress:
    """Where a run is: what a checkpoint keeps beside the weights."""

    step: int = 0
    base_mrr: float = 0.0
    best_mrr: float = 0.0
    best_step: int = 0


def save_encoder(encoder: SentenceEncoder, tokenizer: Tokenizer, config: Any, folder: Path) -> None:
    """A Hugging Face folder that ``export`` and ``average`` read, with its config beside it; adapters are merged."""
    merged_copy(encoder.backbone).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "training_config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1))
    if any(True for _ in adapters(encoder.backbone)):
        save_adapter(encoder.backbone, config.lora, folder / ADAPTER_FILE)


def save_state(path: Path, config: Any, state: Progress, parts: Mapping[str, Stateful]) -> None:
    """Write a checkpoint whole or not at all. ``parts``: what the steps change, by name."""
    scratch = path.with_suffix(".tmp")
    told = {"config": dataclasses.asdict(config), "progress": dataclasses.asdict(state)}
    torch.save(told | {name: part.state_dict() for name, part in parts.items()}, scratch)
    scratch.replace(path)


def resume(path: Path, config: Any, parts: Mapping[str, Stateful]) -> Progress:
    """Load a checkpoint into ``parts``; raises TrainingError where it belongs to other settings or is damaged."""
    try:
        saved = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:
        raise TrainingError(
            f"{path} is no checkpoint that can be read: {error}", hint="delete it, and the run begins anew"
        ) from error
    changed = [
        key
        for key, value in dataclasses.asdict(config).items()
        if key not in MAY_CHANGE and saved["config"].get(key) != value
    ]
    if changed or not parts.keys() <= saved.keys():
        raise TrainingError(
            f"{path} is of a run with other settings ({', '.join(changed) or 'of another version'}):"
            " choose another output, or delete it"
        )
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return Progress(**saved["progress"])
