"""The gradients of a large contrastive batch in the memory of a small one, and over several processes.

Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup". What fills the memory are
the encoder's activations, and the loss needs none of them: it needs the vectors. So the batch goes through the encoder
in pieces without gradients; the loss of all vectors gives a gradient at each; and every piece goes through again, now
with activations, which that gradient is led back through. A second forward pass is the price: a third more time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from pgcodesearch.training.config import TrainConfig
from pgcodesearch.training.data import Pair
from pgcodesearch.training.distributed import Processes
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.losses import Embedded
from pgcodesearch.training.objective import ranking_loss
from pgcodesearch.training.optimising import Optimiser
from pgcodesearch.training.tensors import Vectors, embed_rows, with_relations


@dataclass(frozen=True)
class BatchGradients:
    """Takes the ranking loss's gradients of batches; how a batch is cut makes no difference to them.

    Except for dropout, whose masks differ with the pieces' shapes.
    """

    encoder: SentenceEncoder
    tokenizer: Tokenizer
    optimiser: Optimiser
    group: Processes

    def add(self, rows: Sequence[Pair], config: TrainConfig, share: float) -> tuple[torch.Tensor, Embedded]:
        """Add ``share`` of the gradients of a batch's loss to the weights' own.

        rows: the batch of all processes, the same in each. Returns the loss, a scalar, and the whole batch's vectors,
        both without gradients. Raises TrainingError where the rows cannot be shared out.
        """
        own = self.group.own(rows)
        size = config.piece_size or len(own)
        pieces = [own[start : start + size] for start in range(0, len(own), size)]
        if len(pieces) == 1:
            vectors = embed_rows(self.encoder, self.tokenizer, own, config)
            return self._loss(vectors, rows, config, share)
        states, parts = [], []
        with torch.no_grad():
            for piece in pieces:
                states.append(random_state(self._device))
                parts.append(embed_rows(self.encoder, self.tokenizer, piece, config))
        vectors = _joined(parts)
        for tensor in vectors.all():
            tensor.requires_grad_()
        result = self._loss(vectors, rows, config, share)
        gradients = [tensor.grad.split(size) for tensor in vectors.all() if tensor.grad is not None]
        used = [tensor.grad is not None for tensor in vectors.all()]
        for number, piece in enumerate(pieces):
            with drawing_from(states[number], self._device):
                again = embed_rows(self.encoder, self.tokenizer, piece, config).all()
            torch.autograd.backward(
                [tensor for tensor, counts in zip(again, used, strict=True) if counts],
                [parts_of[number] for parts_of in gradients],
            )
        return result

    def _loss(
        self, vectors: Vectors, rows: Sequence[Pair], config: TrainConfig, share: float
    ) -> tuple[torch.Tensor, Embedded]:
        """Every process computes the loss of the whole batch, and has its gradients at the vectors of its own rows.

        Their sum over the processes is the gradient of the batch, so nothing is divided by the processes.
        """
        whole = vectors.map(self.group.gather)
        loss = ranking_loss(with_relations(whole, rows), config)
        self.optimiser.scale(loss * share).backward()
        return loss.detach(), with_relations(whole.map(torch.Tensor.detach), rows)

    @property
    def _device(self) -> torch.device:
        return next(self.encoder.parameters()).device


def random_state(device: torch.device) -> list[torch.Tensor]:
    """The state of the generators that dropout draws from."""
    return [
        torch.get_rng_state(),
        *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else []),
    ]


@contextmanager
def drawing_from(state: list[torch.Tensor], device: torch.device) -> Iterator[None]:
    """Inside, random numbers are those that followed ``state``: a second pass drops out what the first did."""
    before = random_state(device)
    _set_random_state(state, device)
    try:
        yield
    finally:
        _set_random_state(before, device)


def _set_random_state(state: list[torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[1], device)


def _joined(parts: list[Vectors]) -> Vectors:
    negatives = [part.negatives for part in parts if part.negatives is not None]
    return Vectors(
        torch.cat([part.anchors for part in parts]),
        torch.cat([part.positives for part in parts]),
        torch.cat(negatives) if negatives else None,
    )
