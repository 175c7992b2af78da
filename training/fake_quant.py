"""Training against int8: matrices and activations are rounded in every forward pass as ``quantize`` will round them.

Gradients pass the rounding unchanged (straight-through: Bengio et al. 2013, "Estimating or Propagating Gradients Through
Stochastic Neurons"; for integer inference: Jacob et al. 2018). What is trained is then what runs, and the int8 graph loses
nothing that training did not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from training.quantize import WEIGHT_BITS

ACTIVATION_BITS = 8


class _Round(torch.autograd.Function):
    @staticmethod
    def forward(_context, values: torch.Tensor, axis: int, bits: int) -> torch.Tensor:
        largest = 2 ** (bits - 1) - 1
        scales = values.abs().amax(dim=axis, keepdim=True).clamp(min=1e-12) / largest
        return torch.round(values / scales) * scales

    @staticmethod
    def backward(_context, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # type: ignore[override]
        return gradient, None, None


def rounded(values: torch.Tensor, axis: int, bits: int) -> torch.Tensor:
    """The values on the grid of ``bits`` bits whose scale is set along ``axis``; the gradient passes unchanged."""
    return _Round.apply(values, axis, bits)  # type: ignore[no-any-return]


@contextmanager
def quantisation_aware(backbone: nn.Module) -> Iterator[None]:
    """Inside, every linear layer of ``backbone`` computes as its int8 twin will; the weights themselves stay float32."""
    layers = [module for module in backbone.modules() if isinstance(module, nn.Linear)]
    for layer in layers:
        layer.forward = partial(_as_int8, layer)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward  # the class's own is behind it


def _as_int8(layer: nn.Linear, values: torch.Tensor) -> torch.Tensor:
    """A scale for each token of ``values`` and for each output of the layer, as the exported graph has them."""
    weight = rounded(layer.weight, 1, WEIGHT_BITS)
    return functional.linear(rounded(values.float(), -1, ACTIVATION_BITS), weight, layer.bias)
