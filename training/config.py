"""The typed settings of a training run, read from TOML."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.mixture import parse_mixture
from pgcodesearch.training.settings import checked, read_values, require_positive, require_share

# Functions of training.losses; named here so that a config can be read without PyTorch.
LOSS_NAMES = ("triplet", "margin_ranking", "infonce", "multiple_negatives", "mse")
NEED_NEGATIVES = ("triplet", "margin_ranking")
USE_NEGATIVES = (*NEED_NEGATIVES, "multiple_negatives")
PRECISIONS = ("auto", "bf16", "fp16", "fp32")


@dataclass(frozen=True)
class LoraConfig:
    """Adapters in place of whole matrices (training.lora); rank 0 is none, and all weights are trained."""

    rank: int = 0  # 32 is usual
    alpha: float = 64.0
    dropout: float = 0.05
    # Ends of the names of linear layers. All matrices of the encoder's layers learn more from the same data than
    # query and value alone.
    modules: tuple[str, ...] = ("query", "key", "value", "dense")

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        if self.rank < 0:
            raise TrainingError(f"lora.rank must be 0 or above, and is {self.rank}")
        require_positive(self, "alpha")
        require_share(self, "dropout")
        if self.rank and not self.modules:
            raise TrainingError("lora.modules names no layer", hint='as in modules = ["query", "value"]')


@dataclass(frozen=True)
class TaskWeights:
    """What is learned beside ranking (training.tasks), each by its weight beside the ranking loss; 0 is not at all."""

    masked: float = 0.0  # tokens of the code that were hidden
    name: float = 0.0  # the pieces of the function's name, from its code without the name
    language: float = 0.0  # the language of the code

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        for key, value in vars(self).items():
            if value < 0:
                raise TrainingError(f"tasks.{key} must be 0 or above, and is {value}")

    @property
    def any(self) -> bool:
        """Is there a task to learn?"""
        return any(vars(self).values())


@dataclass(frozen=True)
class Stage:
    """A part of a run, easy ones first: how many hard negatives, at which temperature, for how long."""

    negatives: int = 0
    temperature: float = 0.05
    epochs: int = 1
    steps: int = 0  # 0: as many as the epochs have
    mine: bool = False  # look for the negatives anew, with the encoder as it is at the stage's beginning

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        require_positive(self, "temperature", "epochs")
        if self.negatives < 0 or self.steps < 0:
            raise TrainingError("negatives and steps of a stage must be 0 or above")
        if self.mine and not self.negatives:
            raise TrainingError("a stage with mine = true needs negatives: set them to 1 or more")


@dataclass(frozen=True)
class TrainConfig:
    """One run. Lengths are tokens, special ones included; ``…_every`` are optimiser steps, 0 is never."""

    model: str  # local Hugging Face folder the run starts from
    output: str  # folder of the run: best/, state.pt, metrics.jsonl, config.json
    train: str  # pairs, .jsonl or .parquet
    validation: str
    replay: str = ""  # older pairs mixed in against forgetting
    pooling: str = "mean"

    loss: str = "infonce"  # or several: "0.7 infonce + 0.3 margin_ranking"
    temperature: float = 0.05
    margin: float = 0.1
    negatives: int = 0  # hard negatives taken from each row
    matryoshka: tuple[int, ...] = ()  # first dimensions that are to rank by themselves: 64, 128, 256, 384

    batch_size: int = 64  # rows whose codes are each other's negatives, over all processes
    piece_size: int = 0  # rows that go through the encoder at once (training.gradient_cache); 0: all
    accumulate: int = 1  # batches to a step
    group_size: int = 1  # rows of one group (repository) that stay together: harder negatives in the batch
    query_tokens: int = 48
    code_tokens: int = 128
    epochs: int = 1
    max_steps: int = 0  # 0: as many as the epochs have

    learning_rate: float = 2e-5
    weight_decay: float = 0.01
    warmup_fraction: float = 0.1
    clip_norm: float = 1.0
    precision: str = "auto"  # bf16, fp16 or fp32; auto: what the device does best
    frozen_layers: int = 0  # this many lowest layers, and the embeddings below them, stay as they are
    replay_fraction: float = 0.1
    replay_minimum: int = 100
    ewc_weight: float = 0.0
    lora: LoraConfig = field(default_factory=LoraConfig)
    tasks: TaskWeights = field(default_factory=TaskWeights)
    stages: tuple[Stage, ...] = ()  # in place of negatives, temperature, epochs and max_steps
    mined_candidates: int = 100  # nearest codes that a stage with mine = true takes its negatives from
    mined_above: float = 0.05  # what scores above the answer by more may answer too, and is no negative

    metrics_every: int = 100
    validate_every: int = 100
    validation_limit: int = 500  # pairs, drawn at random
    checkpoint_every: int = 100
    threads: int = 0  # 0: PyTorch's choice
    device: str = ""  # cpu, cuda or cuda:1; "": a GPU where there is one
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        needing = [name for name in self.mixture if name in NEED_NEGATIVES]
        if needing and min(stage.negatives for stage in self.all_stages) < 1:
            raise TrainingError(f"loss {needing[0]!r} needs hard negatives: set negatives to 1 or more")
        if any(stage.negatives for stage in self.stages) and not set(self.mixture) & set(USE_NEGATIVES):
            raise TrainingError(
                f"the stages have hard negatives, and loss {self.loss!r} uses none",
                hint=f"use one of {', '.join(USE_NEGATIVES)}",
            )
        if self.ewc_weight and not self.replay:
            raise TrainingError(
                "ewc_weight needs a replay file: the old task's pairs measure what matters to it"
            )
        if self.stages and self.max_steps:
            raise TrainingError("max_steps and stages exclude each other: give each stage its steps")
        if list(self.matryoshka) != sorted(set(self.matryoshka)) or min(self.matryoshka, default=1) < 1:
            raise TrainingError(f"matryoshka must be rising dimensions, and is {list(self.matryoshka)}")
        check_precision(self.precision)
        require_positive(
            self,
            "temperature",
            "batch_size",
            "group_size",
            "accumulate",
            "epochs",
            "learning_rate",
            "mined_candidates",
        )
        for key in ("piece_size", "mined_above"):
            if getattr(self, key) < 0:
                raise TrainingError(f"{key} must be 0 or above, and is {getattr(self, key)}")

    @property
    def mixture(self) -> dict[str, float]:
        """Weight of each loss of ``loss``."""
        return parse_mixture(self.loss, LOSS_NAMES)

    @property
    def all_stages(self) -> tuple[Stage, ...]:
        """The stages; a run without any is one."""
        alone = Stage(self.negatives, self.temperature, max(self.epochs, 1), max(self.max_steps, 0))
        return self.stages or (alone,)


@dataclass(frozen=True)
class Teacher:
    """One of those that a student learns from: an encoder, or scores that a slower model gave."""

    model: str = ""  # local Hugging Face folder of an encoder
    scores: str = ""  # JSON Lines of query, code and score, as training.cross_scores writes them
    weight: float = 1.0  # among encoders, of the target; of scores, of their loss beside it
    pooling: str = "mean"
    temperature: float = 1.0  # of scores: a difference of so much makes a code e times as likely

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        if bool(self.model) == bool(self.scores):
            raise TrainingError("a teacher is either a model or scores", hint="set one of both")
        require_positive(self, "weight", "temperature")


@dataclass(frozen=True)
class DistillConfig:
    """One distillation. Lengths are tokens, special ones included; ``…_every`` are optimiser steps."""

    model: str  # local Hugging Face folder of the student
    teachers: tuple[Teacher, ...]
    texts: str  # of training.texts
    output: str
    limit: int = 0  # rows of texts at most, 0 for all
    pooling: str = "mean"
    validation: str = ""  # pairs whose MRR@10 chooses best/; "": no best/ but step-N/ to choose from
    validation_limit: int = 500  # pairs, drawn at random

    own_share: float = 0.5  # of the target: what the student saw before; encoders have the rest
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
    precision: str = "auto"
    held_out: int = 1_000  # codes

    metrics_every: int = 20
    checkpoint_every: int = 150
    threads: int = 0
    device: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        check_precision(self.precision)
        require_positive(
            self, "temperature", "batch_size", "epochs", "learning_rate", "held_out", "checkpoint_every"
        )
        require_share(self, "own_share")
        if not self.teachers:
            raise TrainingError(
                "there is no teacher", hint='write [[teachers]] and below it model = "FOLDER"'
            )


def check_precision(name: str) -> None:
    """Raise TrainingError for a precision that is none of PRECISIONS."""
    if name not in PRECISIONS:
        raise TrainingError(f"precision {name!r} is unknown: use one of {', '.join(PRECISIONS)}")


def read_config(path: str | Path, overrides: list[str] | None = None) -> TrainConfig:
    """The settings of a training run from a TOML file; see :func:`pgcodesearch.training.settings.read_values`."""
    return config_from(read_values(path, overrides))


def read_distill_config(path: str | Path, overrides: list[str] | None = None) -> DistillConfig:
    """The settings of a distillation from a TOML file."""
    return checked(DistillConfig, read_values(path, overrides))


def config_from(values: dict[str, Any]) -> TrainConfig:
    """Settings by name → config, with every key and type checked."""
    return checked(TrainConfig, values)
