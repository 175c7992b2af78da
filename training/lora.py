"""Low-rank adapters: small matrices beside the frozen ones, which are merged into them before export.

Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models": ``W + alpha / rank · B A`` with B at zero in the
beginning, so that training starts at the base. What is optimised and kept is a few per cent of the weights.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import LoraConfig

ADAPTER_FILE = "adapter.safetensors"


class LoraLinear(nn.Module):
    """A linear layer that is frozen, and its adapter: A (rank, in), B (out, rank)."""

    def __init__(self, base: nn.Linear, config: LoraConfig) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scaling = config.alpha / config.rank
        self.dropout = nn.Dropout(config.dropout)
        self.lora_a = nn.Parameter(torch.empty(config.rank, base.in_features, device=base.weight.device))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, config.rank, device=base.weight.device))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(…, in) → (…, out)."""
        low = functional.linear(self.dropout(states), self.lora_a)
        return self.base(states) + self.scaling * functional.linear(low, self.lora_b)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """One plain layer that gives the same."""
        layer = copy.deepcopy(self.base)
        layer.weight += self.scaling * self.lora_b @ self.lora_a
        return layer


def add_lora(backbone: nn.Module, config: LoraConfig) -> None:
    """Freeze ``backbone`` and give adapters to the linear layers whose names end in one of ``config.modules``.

    Raises TrainingError for an ending that no layer has.
    """
    layers = {name: module for name, module in backbone.named_modules() if isinstance(module, nn.Linear)}
    for ending in config.modules:
        if not any(_ends(name, ending) for name in layers):
            endings = sorted({name.rsplit(".", 1)[-1] for name in layers})
            raise TrainingError(
                f"lora.modules: the encoder has no linear layer {ending!r}",
                hint=f"there are {', '.join(endings)}",
            )
    backbone.requires_grad_(False)
    for name, layer in layers.items():
        # A pooler is no part of an embedding, and would never have a gradient.
        if not name.startswith("pooler") and any(_ends(name, ending) for ending in config.modules):
            _replace(backbone, name, LoraLinear(layer, config))


def merged_copy(backbone: nn.Module) -> nn.Module:
    """``backbone`` with each adapter merged into its layer; itself where it has none."""
    if not any(True for _ in adapters(backbone)):
        return backbone
    plain = copy.deepcopy(backbone)
    for name, adapter in list(adapters(plain)):
        _replace(plain, name, adapter.merged())
    return plain


def adapters(backbone: nn.Module) -> Iterator[tuple[str, LoraLinear]]:
    """The adapted layers by the name that they have in the base."""
    for name, module in backbone.named_modules():
        if isinstance(module, LoraLinear):
            yield name, module


def save_adapter(backbone: nn.Module, config: LoraConfig, path: Path) -> None:
    """Write the adapters alone, with the fingerprint of the layers that they belong to."""
    tensors = {}
    for name, adapter in adapters(backbone):
        tensors[f"{name}.lora_a"] = adapter.lora_a.detach().cpu().contiguous()
        tensors[f"{name}.lora_b"] = adapter.lora_b.detach().cpu().contiguous()
    base = fingerprint({name: adapter.base.weight for name, adapter in adapters(backbone)})
    save_file(tensors, path, metadata={"alpha": str(config.alpha), "base": base})


@torch.no_grad()
def merge_adapter(backbone: nn.Module, path: Path) -> None:
    """Merge the adapters of a file into a base that has none.

    Raises TrainingError where the file is of another base: the sum would be neither model.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    if not {"alpha", "base"} <= metadata.keys():
        raise TrainingError(f"{path} is no adapter of pgcodesearch.training.lora")
    names = [name.removesuffix(".lora_a") for name in tensors if name.endswith(".lora_a")]
    layers = dict(backbone.named_modules())
    missing = [name for name in names if not isinstance(layers.get(name), nn.Linear)]
    if missing or fingerprint({name: layers[name].weight for name in names}) != metadata["base"]:
        raise TrainingError(
            f"{path} is the adapter of another base", hint="name the folder that it was trained from: --base"
        )
    for name in names:
        low = tensors[f"{name}.lora_a"]
        layers[name].weight += float(metadata["alpha"]) / len(low) * tensors[f"{name}.lora_b"] @ low


def fingerprint(weights: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 of matrices by their names, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _ends(name: str, ending: str) -> bool:
    return name == ending or name.endswith(f".{ending}")


def _replace(backbone: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(backbone.get_submodule(parent), child, module)
