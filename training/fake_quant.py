"""Training against int8: a step sees the matrices rounded as ``pgcodesearch.training.quantize`` will round them.

Gradients are taken at the rounded weights and applied to the exact ones (straight-through: Bengio et al. 2013,
"Estimating or Propagating Gradients Through Stochastic Neurons"; for integer inference: Jacob et al. 2018). Only the
matrices: with 7 bits they make most of the int8 graph's error, and they are the same for every text, so that training
can work around it. Rounding activations too takes 70 % more time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from pgcodesearch.training.quantize import WEIGHT_BITS


def rounded(weight: torch.Tensor, bits: int = WEIGHT_BITS) -> torch.Tensor:
    """(out, in) → the same on the grid of each output, which is a column of the exported matrix."""
    scales = weight.abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
    return torch.round(weight / scales.clamp(min=1e-12)) * scales


@contextmanager
def rounded_weights(backbone: nn.Module) -> Iterator[None]:
    """Inside, every linear layer of ``backbone`` has its weights as int8 will have them; outside, the exact ones."""
    layers = [module for module in backbone.modules() if isinstance(module, nn.Linear)]
    exact = [layer.weight.detach().clone() for layer in layers]
    with torch.no_grad():
        for layer in layers:
            layer.weight.copy_(rounded(layer.weight))
    try:
        yield
    finally:
        with torch.no_grad():
            for layer, weight in zip(layers, exact, strict=True):
                layer.weight.copy_(weight)
