"""What an encoder learns from texts without labels: which tokens were hidden, or which were replaced."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel, BertConfig

from pgcodesearch.training.encoder import Tokenizer
from pgcodesearch.training.masking import IGNORED, TokenHead, mask_tokens
from pgcodesearch.training.scratch_config import EncoderShape, PretrainConfig


def new_encoder(shape: EncoderShape, tokenizer: Tokenizer, layers: int = 0) -> Any:
    """A BERT with random weights; ``layers`` in place of the shape's, where it is above 0."""
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=shape.width, num_hidden_layers=layers or shape.layers,
        num_attention_heads=shape.heads, intermediate_size=shape.intermediate or 4 * shape.width,
        max_position_embeddings=shape.positions, hidden_dropout_prob=shape.dropout,
        attention_probs_dropout_prob=shape.dropout, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return AutoModel.from_config(config, attn_implementation="sdpa")


class MaskedTokens(nn.Module):
    """Say which tokens were hidden, from those around them (Devlin et al. 2019)."""

    def __init__(self, backbone: nn.Module, tokenizer: Tokenizer, config: PretrainConfig) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = TokenHead(config.encoder.width, len(tokenizer))
        self._tokenizer, self._share = tokenizer, config.mask_share

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """(n, tokens) int64 → the loss, a scalar, and what is reported."""
        attention = torch.ones_like(ids)
        hidden, targets = mask_tokens(ids, attention, self._tokenizer, self._share)
        states = self.backbone(input_ids=hidden, attention_mask=attention).last_hidden_state
        loss = self.head.loss(states, targets, token_table(self.backbone))
        return loss, {"masked_loss": loss.detach()}


class ReplacedTokens(nn.Module):
    """Say of every token whether it was replaced (Clark et al. 2020, "ELECTRA").

    A small generator learns to fill in masks, and the encoder to tell its fillings from what was there. Every position
    teaches, where masks teach at 15 % of them, so that a small encoder gets further in the same time. The generator
    has the encoder's width and table of tokens, and fewer layers; it is thrown away.
    """

    def __init__(
        self, backbone: nn.Module, generator: nn.Module, tokenizer: Tokenizer, config: PretrainConfig
    ) -> None:
        super().__init__()
        width = config.encoder.width
        self.backbone, self.generator = backbone, generator
        self.generator.embeddings = backbone.embeddings
        self.filler = TokenHead(width, len(tokenizer))
        self.judge = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))
        self._tokenizer, self._share, self._weight = tokenizer, config.mask_share, config.replaced_weight

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """(n, tokens) int64 → the loss, a scalar, and what is reported."""
        attention = torch.ones_like(ids)
        hidden, targets = mask_tokens(ids, attention, self._tokenizer, self._share, always=True)
        states = self.generator(input_ids=hidden, attention_mask=attention).last_hidden_state
        table = token_table(self.backbone)
        filling = self.filler.loss(states, targets, table)
        corrupted = self._filled(ids, targets, states, table)
        replaced = (corrupted != ids).float()
        seen = self.backbone(input_ids=corrupted, attention_mask=attention).last_hidden_state
        scores = self.judge(seen).squeeze(-1).float()
        judging = functional.binary_cross_entropy_with_logits(scores, replaced)
        found = ((scores > 0) & (replaced == 1)).sum() / replaced.sum().clamp(min=1)
        told = {"masked_loss": filling.detach(), "replaced_loss": judging.detach(), "replaced_found": found}
        return filling + self._weight * judging, told

    @torch.no_grad()
    def _filled(
        self, ids: torch.Tensor, targets: torch.Tensor, states: torch.Tensor, table: torch.Tensor
    ) -> torch.Tensor:
        """The ids with each hidden token drawn from the generator's chances; the right one is no replacement."""
        chosen = targets != IGNORED
        chances = self.filler(states[chosen], table).float().softmax(dim=1)
        filled = ids.clone()
        if len(chances):
            filled[chosen] = torch.multinomial(chances, 1).squeeze(1)
        return filled


def token_table(backbone: nn.Module) -> torch.Tensor:
    """(vocabulary, width): the vectors of tokens, which score them too."""
    return backbone.get_input_embeddings().weight


def new_objective(config: PretrainConfig, tokenizer: Tokenizer) -> MaskedTokens | ReplacedTokens:
    """The objective of the settings around a new encoder, which is its ``backbone``."""
    backbone = new_encoder(config.encoder, tokenizer)
    if config.objective == "masked":
        return MaskedTokens(backbone, tokenizer, config)
    layers = config.generator_layers or max(1, config.encoder.layers // 3)
    return ReplacedTokens(backbone, new_encoder(config.encoder, tokenizer, layers), tokenizer, config)
