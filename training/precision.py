"""Which arithmetic a device computes in, chosen in one place."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Precision:
    """The type that matrices are multiplied in; weights, gradients of weights and the optimiser stay float32."""

    dtype: torch.dtype
    device: torch.device

    @property
    def scaled(self) -> bool:
        """Does the loss need a scale? float16 ends at 6e-8, where many gradients of a small model lie."""
        return bool(self.dtype == torch.float16)

    def autocast(self) -> AbstractContextManager[Any]:
        """The context that a forward pass runs in; nothing for float32."""
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32)

    def scaler(self) -> Any:
        """The loss's scale, found by trial (Micikevicius et al. 2018); one that does nothing where none is needed."""
        return torch.amp.GradScaler(self.device.type, enabled=self.scaled)


_BY_NAME = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def chosen_precision(name: str, device: torch.device) -> Precision:
    """The named precision; for ``auto`` bf16 where the device has it, fp16 on older GPUs, fp32 elsewhere.

    A CPU counts as having bf16: with AVX512-BF16 or AMX it is fast, and without them right, if no faster.
    """
    return Precision(_BY_NAME.get(name) or _best(device), device)


def _best(device: torch.device) -> torch.dtype:
    if device.type == "cuda":
        # Emulated bf16 is slower than float32.
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if device.type == "cpu" else torch.float32
