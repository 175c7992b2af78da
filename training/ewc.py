"""Elastic weight consolidation (Kirkpatrick et al. 2017): weights the old task needs are held back."""

from __future__ import annotations

from dataclasses import replace

import torch

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.curriculum import fewest_negatives
from pgcodesearch.training.data import Pair, batches, with_negatives
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.objective import ranking_loss
from pgcodesearch.training.tensors import embed_batch

MEASURED_BATCHES = 8


class ElasticWeights:
    """The weights before training, and how much the old pairs' loss depends on each."""

    def __init__(self, before: dict[str, torch.Tensor], importance: dict[str, torch.Tensor], weight: float):
        self.before = before
        self.importance = importance
        self.weight = weight

    @classmethod
    def measure(
        cls, encoder: SentenceEncoder, tokenizer: Tokenizer, old_pairs: list[Pair], config: TrainConfig
    ) -> ElasticWeights:
        """Estimate the diagonal Fisher information by squared gradients over the old pairs.

        Scaled so that the mean importance is 1: ``ewc_weight`` then means the same for any model.
        """
        trained = {name: value for name, value in encoder.named_parameters() if value.requires_grad}
        importance = {name: torch.zeros_like(value) for name, value in trained.items()}
        encoder.eval()  # dropout would add its own noise to the squares
        old_pairs = with_negatives(old_pairs, fewest_negatives(config))
        size = min(config.batch_size, len(old_pairs))
        for number, rows in enumerate(batches(old_pairs, size, config.group_size, config.seed)):
            if number == MEASURED_BATCHES:
                break
            embedded = embed_batch(encoder, tokenizer, rows, replace(config, precision="fp32"))
            encoder.zero_grad()
            ranking_loss(embedded, config).backward()
            for name, value in trained.items():
                if value.grad is not None:
                    importance[name] += value.grad.detach() ** 2
        encoder.zero_grad(set_to_none=True)
        total = sum(value.sum() for value in importance.values())
        mean = (total / sum(value.numel() for value in importance.values())).clamp(min=1e-30)
        before = {name: value.detach().clone() for name, value in trained.items()}
        return cls(before, {name: value / mean for name, value in importance.items()}, config.ewc_weight)

    def penalty(self, encoder: SentenceEncoder) -> torch.Tensor:
        """Half the weighted squared distance from the old weights; a scalar."""
        now = dict(encoder.named_parameters())
        moved = [
            (importance * (now[name] - self.before[name]) ** 2).sum()
            for name, importance in self.importance.items()
        ]
        return 0.5 * self.weight * torch.stack(moved).sum()
