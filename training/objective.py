"""What a batch is to minimise: the mixture of losses that the settings name, over one or several prefixes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn import functional

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.losses import LOSSES, Embedded


def ranking_loss(batch: Embedded, config: TrainConfig) -> torch.Tensor:
    """The weighted sum of the mixture's losses, a scalar; with ``matryoshka`` its mean over the prefixes."""
    parts = loss_parts(batch, config)
    return torch.stack([weight * parts[name] for name, weight in config.mixture.items()]).sum()


def loss_parts(batch: Embedded, config: TrainConfig) -> dict[str, torch.Tensor]:
    """Each loss of the mixture without its weight: watched apart, since they can pull against each other."""
    views = list(prefixes(batch, config.matryoshka))
    return {
        name: torch.stack([LOSSES[name](view, config) for view in views]).mean() for name in config.mixture
    }


def prefixes(batch: Embedded, dimensions: tuple[int, ...]) -> Iterator[Embedded]:
    """The batch as its first ``dimensions`` see it, each of unit length again; the batch itself for none.

    Kusupati et al. 2022, "Matryoshka Representation Learning": a vector that is trained so can be cut after any of
    these dimensions, and an index of a quarter of the size still ranks.
    """
    if not dimensions:
        yield batch
    for dimension in dimensions:
        yield Embedded(
            _cut(batch.anchors, dimension),
            _cut(batch.positives, dimension),
            None if batch.negatives is None else _cut(batch.negatives, dimension),
            batch.twins,
            batch.weights,
        )


def check_dimensions(dimensions: tuple[int, ...], width: int) -> None:
    """Raise TrainingError unless the last of ``dimensions`` is the encoder's ``width``; none are right for any."""
    if dimensions and dimensions[-1] != width:
        raise TrainingError(
            f"matryoshka ends with {dimensions[-1]}, and the encoder gives {width} dimensions",
            hint=f"end the list with {width}: whole vectors are to rank, too",
        )


def _cut(vectors: torch.Tensor, dimension: int) -> torch.Tensor:
    return functional.normalize(vectors[..., :dimension], dim=-1)
