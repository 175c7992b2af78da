"""The encoder that is trained and exported: a Hugging Face backbone, pooling and L2 in one module."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from pgcodesearch.errors import TrainingError

Tokenizer: TypeAlias = Any  # transformers' fast one
POOLINGS = ("mean", "cls", "last")

transformers_logging.disable_progress_bar()
# What it reports of weights that are not needed says nothing; those that are missing raise.
transformers_logging.set_verbosity_error()


def pool(hidden: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """Reduce token states to one vector a text.

    hidden: (batch, sequence, width); mask: (batch, sequence), 1 for text and 0 for padding.
    ``mean`` averages the unmasked tokens (Reimers & Gurevych 2019), ``cls`` takes the first
    unmasked one, ``last`` the last (decoder backbones); padding may be on either side.
    Returns (batch, width), not normalised. Raises TrainingError for an unknown pooling.
    """
    if pooling == "mean":
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
    if pooling in ("cls", "last"):
        # A masked place counts as 0, so that a text without any token is its first place. Sums, not argmax: on equal
        # values that of a traced graph may take another than PyTorch's.
        places = torch.arange(mask.shape[1], device=mask.device)
        last = (mask * places).amax(dim=1)
        place = last if pooling == "last" else (last - mask.sum(dim=1) + 1).clamp(min=0)
        return hidden.gather(1, place.view(-1, 1, 1).expand(-1, 1, hidden.shape[-1])).squeeze(1)
    raise TrainingError(f"unknown pooling {pooling!r}: use one of {', '.join(POOLINGS)}")


class SentenceEncoder(nn.Module):
    """Backbone, pooling and L2 normalisation; what is trained is exactly what is exported.

    ``cut``: how many of the first dimensions are kept, 0 for all; for encoders that were trained with ``matryoshka``.
    """

    def __init__(self, backbone: nn.Module, pooling: str = "mean", cut: int = 0) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise TrainingError(f"unknown pooling {pooling!r}: use one of {', '.join(POOLINGS)}")
        self.backbone = backbone
        self.pooling = pooling
        self.cut = cut
        if not 0 <= cut <= self.backbone.config.hidden_size:
            raise TrainingError(
                f"the encoder gives {self.backbone.config.hidden_size} dimensions, and {cut} are to be kept"
            )

    @classmethod
    def load(cls, folder: str | Path, pooling: str = "mean", cut: int = 0) -> SentenceEncoder:
        """Read any local Hugging Face encoder; never reaches the network.

        The attention is the plain one: the fused kernels' masks do not trace into a graph with
        a dynamic sequence axis. Code that a folder brings is never run. Raises TrainingError where a weight is missing:
        it would be random.
        """
        backbone, loading = AutoModel.from_pretrained(
            folder, local_files_only=True, attn_implementation="eager", dtype=torch.float32,
            trust_remote_code=False, output_loading_info=True,
        )  # fmt: skip
        # The pooler of a BERT is none of what is exported, and often left out.
        if missing := sorted(name for name in loading["missing_keys"] if not name.startswith("pooler.")):
            raise TrainingError(
                f"{folder} lacks {len(missing)} weights of its architecture: {', '.join(missing[:3])}",
                hint="Its config.json and its weights do not belong together.",
            )
        return cls(backbone, pooling, cut)

    @property
    def dimension(self) -> int:
        """Width of the embeddings."""
        return int(self.cut or self.backbone.config.hidden_size)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(batch, sequence) int64 twice → (batch, dimension) float32 of unit length."""
        hidden = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = pool(hidden, attention_mask, self.pooling).float()
        return functional.normalize(pooled[:, : self.cut] if self.cut else pooled, p=2.0, dim=1)


def load_tokenizer(folder: str | Path, max_tokens: int) -> Tokenizer:
    """The backbone's fast tokenizer, truncating at ``max_tokens``, padding to the longest text on its right.

    On the right as the embedder does, whatever the tokenizer would do: where positions are counted from the first
    place, padding on the left would move the text.
    """
    tokenizer = AutoTokenizer.from_pretrained(
        folder, local_files_only=True, use_fast=True, trust_remote_code=False
    )
    tokenizer.model_max_length = max_tokens
    tokenizer.padding_side = tokenizer.truncation_side = "right"
    return tokenizer


def freeze_lowest_layers(encoder: SentenceEncoder, count: int) -> None:
    """Keep the embeddings and the ``count`` lowest layers as they are; 0 trains everything.

    What a small fine-tune would forget first sits there, and their backward pass is saved.
    Raises TrainingError where the backbone has no list of layers of that length.
    """
    if count == 0:
        return
    stacks = [module for module in encoder.backbone.modules() if isinstance(module, nn.ModuleList)]
    layers = max(stacks, key=len, default=nn.ModuleList())
    if len(layers) < count:
        raise TrainingError(f"cannot freeze {count} layers: the backbone has {len(layers)}")
    for parameter in encoder.backbone.get_input_embeddings().parameters():
        parameter.requires_grad_(False)
    for name, module in encoder.backbone.named_children():
        if "embedding" in name:
            module.requires_grad_(False)
    for layer in list(layers)[:count]:
        layer.requires_grad_(False)
