"""Hidden tokens, and the head that says what they were."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from pgcodesearch.training.encoder import Tokenizer

IGNORED = -100  # cross_entropy's target that counts for nothing
MASKED, REPLACED = 0.8, 0.1  # of the chosen tokens; the rest stays


def mask_tokens(
    ids: torch.Tensor,
    attention: torch.Tensor,
    tokenizer: Tokenizer,
    share: float = 0.15,
    always: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Choose ``share`` of the tokens and hide them; both (n, sequence) int64 on the same device.

    Devlin et al. 2019: of the chosen 80 % become the mask, 10 % any token, 10 % stay, so that the encoder must know
    every position, and not those of masks alone; with ``always`` each becomes the mask. Special tokens and padding are
    never chosen. Returns the hidden ids, and as targets the chosen ones' own, IGNORED elsewhere. Draws from the CPU's
    generator: the same on any device.
    """
    special = torch.isin(ids, torch.tensor(tokenizer.all_special_ids, device=ids.device))
    chosen = (_chance(ids) < share) & ~special & (attention == 1)
    targets = ids.masked_fill(~chosen, IGNORED)
    way = _chance(ids)
    if always:
        return ids.masked_fill(chosen, tokenizer.mask_token_id), targets
    hidden = ids.masked_fill(chosen & (way < MASKED), tokenizer.mask_token_id)
    replaced = chosen & (way >= MASKED) & (way < MASKED + REPLACED)
    others = torch.randint(len(tokenizer), ids.shape).to(ids.device)
    return torch.where(replaced, others, hidden), targets


class TokenHead(nn.Module):
    """States to scores of every token, by the encoder's own table (Press & Wolf 2017): (…, width) → (…, vocabulary)."""

    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, states: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        """table: (vocabulary, width)."""
        return functional.linear(self.norm(functional.gelu(self.dense(states))), table, self.bias)

    def loss(self, states: torch.Tensor, targets: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of the positions with a target, a scalar; 0, with gradients of 0, where none has.

        states: (n, sequence, width); targets: (n, sequence). Only those positions are scored: a vocabulary of scores
        for each of the others would be most of the memory.
        """
        wanted = targets != IGNORED
        scores = self(states[wanted], table).float()
        total = functional.cross_entropy(scores, targets[wanted], reduction="sum")
        return total / wanted.sum().clamp(min=1)


def _chance(like: torch.Tensor) -> torch.Tensor:
    return torch.rand(like.shape).to(like.device)
