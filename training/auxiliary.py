"""The gradients that a step has beside those of ranking: of tasks, and of weights that are held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import Pair
from pgcodesearch.training.distributed import Processes
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.ewc import ElasticWeights
from pgcodesearch.training.optimising import Optimiser
from pgcodesearch.training.tasks import TaskHeads


@dataclass(frozen=True)
class AuxiliaryGradients:
    """Adds them to the weights' own. Each process takes its part of them, since parts are summed in the end."""

    encoder: SentenceEncoder
    tokenizer: Tokenizer
    heads: TaskHeads
    elastic: ElasticWeights | None
    optimiser: Optimiser
    group: Processes

    def add_tasks(self, rows: Sequence[Pair], config: TrainConfig, share: float) -> dict[str, float]:
        """Add ``share`` of the tasks' gradients on a batch, in the pieces that the ranking loss has.

        rows: the batch of all processes. Returns each task's loss on this process's rows as ``loss_<task>``, without
        its weight.
        """
        told: dict[str, float] = {}
        if not config.tasks.any:
            return told
        own = self.group.own(rows)
        size = config.piece_size or len(own)
        for start in range(0, len(own), size):
            piece = own[start : start + size]
            part = len(piece) / len(own)
            found = self.heads.losses(self.encoder, self.tokenizer, piece, config)
            total = sum(getattr(config.tasks, name) * loss for name, loss in found.items())
            self.optimiser.scale(total * share * part / self.group.count).backward()
            for name, loss in found.items():
                told[f"loss_{name}"] = told.get(f"loss_{name}", 0.0) + part * loss.item()
        return told

    def add_penalty(self) -> None:
        """Add the gradients of what holds weights back; once a step, however many batches it has."""
        if self.elastic is not None:
            penalty = self.elastic.penalty(self.encoder) / self.group.count
            self.optimiser.scale(penalty).backward()
