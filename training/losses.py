"""What pulls a query towards its code and away from other code.

Every loss takes one :class:`Embedded` batch of unit vectors and a :class:`TrainConfig`, and returns
a scalar. Choose by name with the ``loss`` setting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from pgcodesearch.errors import TrainingError

if TYPE_CHECKING:
    from pgcodesearch.training.config import TrainConfig


@dataclass(frozen=True)
class Embedded:
    """A batch after the encoder, all of unit length.

    anchors, positives: (n, d). negatives: (n, k, d) or None.
    twins: (n, n) bool, True at i ≠ j where row j's code also answers query i (the same code or the
    same query twice in a batch): as negatives they would be false.
    weights: (n,) or None, how much each row counts in the mean (feedback's answer to position bias).
    """

    anchors: torch.Tensor
    positives: torch.Tensor
    negatives: torch.Tensor | None = None
    twins: torch.Tensor | None = None
    weights: torch.Tensor | None = None


def triplet(batch: Embedded, config: TrainConfig) -> torch.Tensor:
    """Hinge on cosines: the positive must be nearer than each negative by ``margin``.

    Schroff et al. 2015 (FaceNet), with cosine for distance. Margins of 0.05 to 0.3 work: above,
    pairs that are well apart are still pushed; below, too few rows give a gradient.
    Needs hard negatives.
    """
    return weighted_mean(functional.relu(config.margin - cosine_gaps(batch)).mean(dim=1), batch.weights)


def margin_ranking(batch: Embedded, config: TrainConfig) -> torch.Tensor:
    """The mean hinge over the rows that violate the margin, not over all rows.

    Where `triplet` fades out as fewer rows violate, this keeps its full step for those that still do.
    Needs hard negatives.
    """
    violations = functional.relu(config.margin - cosine_gaps(batch))
    counted = (violations > 0).to(violations.dtype)
    if batch.weights is not None:
        counted = counted * batch.weights.unsqueeze(1)
    return (violations * counted).sum() / counted.sum().clamp(min=1e-6)


def infonce(batch: Embedded, config: TrainConfig) -> torch.Tensor:
    """In-batch InfoNCE, both ways: a query must find its code among the batch's, and a code its query.

    van den Oord et al. 2018; temperature 0.02 to 0.07. Pairs are enough; larger batches are harder.
    """
    logits = hide_twins(batch.anchors @ batch.positives.T, batch.twins) / config.temperature
    labels = torch.arange(len(logits), device=logits.device)
    there = functional.cross_entropy(logits, labels, reduction="none")
    back = functional.cross_entropy(logits.T, labels, reduction="none")
    return weighted_mean((there + back) / 2, batch.weights)


def multiple_negatives(batch: Embedded, config: TrainConfig) -> torch.Tensor:
    """Multiple negatives ranking: query to code, against the batch's codes and all rows' hard negatives.

    Henderson et al. 2017. Works with pairs alone; hard negatives, where there are any, are more columns.
    """
    logits = hide_twins(batch.anchors @ batch.positives.T, batch.twins)
    if batch.negatives is not None:
        logits = torch.cat([logits, batch.anchors @ batch.negatives.flatten(0, 1).T], dim=1)
    labels = torch.arange(len(logits), device=logits.device)
    losses = functional.cross_entropy(logits / config.temperature, labels, reduction="none")
    return weighted_mean(losses, batch.weights)


def mse(batch: Embedded, config: TrainConfig) -> torch.Tensor:
    """Mean squared error between a query's vector and its code's: kept to show that it fails.

    Nothing pushes other code away, and what all pairs have in common is the cheapest thing to agree
    on: the loss falls to zero while near relations stay mixed up (tests/unit/test_training_losses.py).
    """
    return weighted_mean(((batch.anchors - batch.positives) ** 2).sum(dim=1), batch.weights)


LOSSES: dict[str, Callable[[Embedded, TrainConfig], torch.Tensor]] = {
    "triplet": triplet,
    "margin_ranking": margin_ranking,
    "infonce": infonce,
    "multiple_negatives": multiple_negatives,
    "mse": mse,
}


def weighted_mean(values: torch.Tensor, weights: torch.Tensor | None) -> torch.Tensor:
    """Mean of (n,) values, each counted ``weights`` times; the plain mean without weights."""
    return values.mean() if weights is None else (values * weights).sum() / weights.sum()


def cosine_gaps(batch: Embedded) -> torch.Tensor:
    """(n, k): cosine to the positive minus cosine to each negative. Raises TrainingError without negatives."""
    if batch.negatives is None:
        raise TrainingError("this loss needs hard negatives in every row")
    positive = (batch.anchors * batch.positives).sum(dim=1, keepdim=True)
    return positive - torch.einsum("nd,nkd->nk", batch.anchors, batch.negatives)


def hide_twins(scores: torch.Tensor, twins: torch.Tensor | None) -> torch.Tensor:
    """Scores (n, n) with the false negatives at minus infinity."""
    return scores if twins is None else scores.masked_fill(twins, float("-inf"))


@torch.no_grad()
def separation(batch: Embedded) -> dict[str, float]:
    """Positive and negative cosine, their margin, and the share of negatives above their positive.

    The negatives are the hard ones where the batch has any, otherwise the batch's other codes.
    """
    positive = (batch.anchors * batch.positives).sum(dim=1)
    if batch.negatives is not None:
        negative = torch.einsum("nd,nkd->nk", batch.anchors, batch.negatives)
        counted = torch.ones_like(negative, dtype=torch.bool)
    else:
        negative = batch.anchors @ batch.positives.T
        counted = ~torch.eye(len(negative), dtype=torch.bool, device=negative.device)
        if batch.twins is not None:
            counted &= ~batch.twins
    pairs = counted.sum().clamp(min=1)
    negative_mean = (negative * counted).sum() / pairs
    violations = ((negative > positive.unsqueeze(1)) & counted).sum() / pairs
    return {
        "positive_cosine": positive.mean().item(),
        "negative_cosine": negative_mean.item(),
        "margin": (positive.mean() - negative_mean).item(),
        "violation_rate": violations.item(),
    }
