"""The typed settings of a training run, read from TOML."""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pgcodesearch.errors import TrainingError

# Functions of training.losses; named here so that a config can be read without PyTorch.
LOSS_NAMES = ("triplet", "margin_ranking", "infonce", "multiple_negatives", "mse")
NEED_NEGATIVES = ("triplet", "margin_ranking")


Config = TypeVar("Config", "TrainConfig", "DistillConfig")


@dataclass(frozen=True)
class TrainConfig:
    """One run. Lengths are tokens, special ones included; ``…_every`` are optimiser steps, 0 is never."""

    model: str  # local Hugging Face folder the run starts from
    output: str  # folder of the run: best/, state.pt, metrics.jsonl, config.json
    train: str  # pairs, .jsonl or .parquet
    validation: str
    replay: str = ""  # older pairs mixed in against forgetting
    pooling: str = "mean"

    loss: str = "infonce"
    temperature: float = 0.05
    margin: float = 0.1
    negatives: int = 0  # hard negatives taken from each row

    batch_size: int = 64
    group_size: int = 1  # rows of one group (repository) that stay together: harder negatives in the batch
    query_tokens: int = 48
    code_tokens: int = 128
    epochs: int = 1
    max_steps: int = 0  # 0: as many as the epochs have

    learning_rate: float = 2e-5
    weight_decay: float = 0.01
    warmup_fraction: float = 0.1
    clip_norm: float = 1.0
    bf16: bool = True
    frozen_layers: int = 0  # this many lowest layers, and the embeddings below them, stay as they are
    replay_fraction: float = 0.1
    replay_minimum: int = 100
    ewc_weight: float = 0.0

    metrics_every: int = 100
    validate_every: int = 100
    validation_limit: int = 500  # pairs, drawn at random
    checkpoint_every: int = 100
    threads: int = 0  # 0: PyTorch's choice
    device: str = ""  # cpu, cuda or cuda:1; "": a GPU where there is one
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        if self.loss not in LOSS_NAMES:
            raise TrainingError(f"loss {self.loss!r} is unknown: use one of {', '.join(LOSS_NAMES)}")
        if self.loss in NEED_NEGATIVES and self.negatives < 1:
            raise TrainingError(f"loss {self.loss!r} needs hard negatives: set negatives to 1 or more")
        if self.ewc_weight and not self.replay:
            raise TrainingError(
                "ewc_weight needs a replay file: the old task's pairs measure what matters to it"
            )
        for key in ("temperature", "batch_size", "group_size", "epochs", "learning_rate"):
            if getattr(self, key) <= 0:
                raise TrainingError(f"{key} must be above 0, and is {getattr(self, key)}")


@dataclass(frozen=True)
class DistillConfig:
    """One distillation. Lengths are tokens, special ones included; ``…_every`` are optimiser steps."""

    model: str  # local Hugging Face folder of the student
    teacher: str  # local Hugging Face folder, mean pooling
    texts: str  # of training.texts
    output: str
    limit: int = 0  # rows of texts at most, 0 for all
    pooling: str = "mean"

    teacher_share: float = 0.5  # of the target; the rest is what the student saw before
    temperature: float = 0.05
    int8: bool = True  # train the weights as they will be rounded
    batch_size: int = 96  # codes; each brings up to two queries
    query_tokens: int = 48
    code_tokens: int = 128
    epochs: int = 1

    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    warmup_fraction: float = 0.06
    clip_norm: float = 1.0
    bf16: bool = True
    held_out: int = 1_000  # codes

    metrics_every: int = 20
    checkpoint_every: int = 150
    threads: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        for key in ("temperature", "batch_size", "epochs", "learning_rate", "held_out", "checkpoint_every"):
            if getattr(self, key) <= 0:
                raise TrainingError(f"{key} must be above 0, and is {getattr(self, key)}")
        if not 0 <= self.teacher_share <= 1:
            raise TrainingError(f"teacher_share must be between 0 and 1, and is {self.teacher_share}")


def read_config(path: str | Path, overrides: list[str] | None = None) -> TrainConfig:
    """The settings of a training run from a TOML file; see :func:`read_values`."""
    return config_from(read_values(path, overrides))


def read_distill_config(path: str | Path, overrides: list[str] | None = None) -> DistillConfig:
    """The settings of a distillation from a TOML file; see :func:`read_values`."""
    return _checked(DistillConfig, read_values(path, overrides))


def read_values(path: str | Path, overrides: list[str] | None = None) -> dict[str, Any]:
    """Read a TOML file; ``overrides`` are ``key=value`` as TOML writes values.

    Raises TrainingError, here or where they are checked, for an unknown key, a wrong type or a missing required key.
    """
    values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    for override in overrides or []:
        key, _, text = override.partition("=")
        try:
            values[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            values[key] = text  # a bare word: a path or a name
    return values


def config_from(values: dict[str, Any]) -> TrainConfig:
    """Settings by name → config, with every key and type checked."""
    return _checked(TrainConfig, values)


def _checked(kind: type[Config], values: dict[str, Any]) -> Config:
    types = typing.get_type_hints(kind)
    for key, value in values.items():
        if key not in types:
            raise TrainingError(f"unknown setting {key!r}: known are {', '.join(types)}")
        if types[key] is float and isinstance(value, int) and not isinstance(value, bool):
            values[key] = float(value)
        elif type(value) is not types[key]:
            raise TrainingError(f"{key} must be {types[key].__name__}, and is {value!r}")
    required = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
    missing = [key for key in required if key not in values]
    if missing:
        raise TrainingError(f"missing settings: {', '.join(missing)}")
    return kind(**values)
