"""What every training loop needs beside its loss: groups of weights, a schedule, a step, a device, random numbers."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import nn

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.distributed import Processes
from pgcodesearch.training.precision import Precision


class StepSettings(Protocol):
    """The settings that a step has in every kind of run."""

    @property
    def learning_rate(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def warmup_fraction(self) -> float: ...
    @property
    def clip_norm(self) -> float: ...


class Optimiser:
    """AdamW with warm-up and cosine, clipped gradients, and the loss's scale where float16 needs one.

    The learning rate is a function of the step, so that a run which goes on needs no state of a schedule.
    """

    def __init__(self, modules: list[nn.Module], settings: StepSettings, total: int, precision: Precision):
        """``total``: steps of the whole run."""
        self._settings, self._total = settings, total
        self._trained = [p for module in modules for p in module.parameters() if p.requires_grad]
        self._adam = torch.optim.AdamW(
            parameter_groups(self._trained, settings.weight_decay), lr=settings.learning_rate
        )
        self._scaler = precision.scaler()
        self.learning_rate = 0.0

    def scale(self, loss: torch.Tensor) -> torch.Tensor:
        """The loss as its gradients are to be taken of it."""
        return self._scaler.scale(loss)

    def step(self, number: int, group: Processes) -> float:
        """Step ``number``, from 0, by the gradients that all processes have gathered; returns their norm."""
        group.sum_gradients(self._trained)
        self._scaler.unscale_(self._adam)
        norm = nn.utils.clip_grad_norm_(self._trained, self._settings.clip_norm)
        self.learning_rate = self._settings.learning_rate * learning_rate_factor(
            number, self._total, self._settings.warmup_fraction
        )
        for parameters in self._adam.param_groups:
            parameters["lr"] = self.learning_rate
        self._scaler.step(self._adam)  # leaves out a step whose gradients left float16's range
        self._scaler.update()
        self._adam.zero_grad(set_to_none=True)
        return float(norm)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"adam": self._adam.state_dict(), "scaler": self._scaler.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self._adam.load_state_dict(state["adam"])
        self._scaler.load_state_dict(state["scaler"])


def parameter_groups(trained: list[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices only: biases and layer norms have no scale to keep small."""
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
    """The named device; without a name a GPU where there is one. Under torchrun each process has a GPU of its own."""
    if name not in ("", "cuda"):
        return torch.device(name)
    available = torch.cuda.is_available()
    if name and not available:
        raise TrainingError("device cuda is not there", hint='set device = "cpu", or leave it out')
    return torch.device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if available else "cpu")


def seed_step(seed: int, step: int, rank: int = 0) -> None:
    """Seed PyTorch's random numbers by what a step is, not by what came before it.

    So a run that goes on draws what it would have drawn, on any device, whatever was validated or mined meanwhile;
    and processes drop out different units.
    """
    torch.manual_seed((seed * 1_000_003 + step) * 4_096 + rank)


def due(step: int, every: int) -> bool:
    """Is this one of every ``every`` steps? Never for 0."""
    return every > 0 and step % every == 0
