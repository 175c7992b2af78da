"""What an encoder learns beside ranking: small heads on it, which are thrown away after training.

Each task asks of the code's vectors something that a ranking alone need not know: which tokens were hidden (Devlin et
al. 2019), which words its author would name it by, and which language it is in. Their gradients are added to those of
the ranking loss, each by its weight.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import torch
from torch import nn
from torch.nn import functional

from pgcodesearch.chunking.words import split_words
from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import TaskWeights, TrainConfig
from pgcodesearch.training.data import Pair
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer, pool
from pgcodesearch.training.masking import IGNORED, TokenHead, mask_tokens
from pgcodesearch.training.precision import chosen_precision
from pgcodesearch.training.tensors import to_tensors


class TaskHeads(nn.Module):
    """The heads of the tasks that have a weight. They share the encoder's table of tokens, but train no part of it."""

    def __init__(
        self, encoder: SentenceEncoder, tokenizer: Tokenizer, weights: TaskWeights, languages: Collection[str]
    ) -> None:
        """``languages``: those of the training pairs; raises TrainingError where the task has fewer than two."""
        super().__init__()
        self.weights = weights
        self.languages = {language: number for number, language in enumerate(sorted(languages))}
        if weights.language and len(self.languages) < 2:
            raise TrainingError(
                f"tasks.language needs pairs in two languages, and there are {len(self.languages)}",
                hint="pgcodesearch dataset writes a column language; or set tasks.language = 0",
            )
        if weights.masked and tokenizer.mask_token_id is None:
            raise TrainingError("tasks.masked needs a tokenizer with a mask token")
        width, size = encoder.dimension, encoder.backbone.get_input_embeddings().num_embeddings
        self.masked = TokenHead(width, size) if weights.masked else None
        self.name = TokenHead(width, size) if weights.name else None
        self.language = nn.Linear(width, len(self.languages)) if weights.language else None

    def losses(
        self, encoder: SentenceEncoder, tokenizer: Tokenizer, rows: Sequence[Pair], config: TrainConfig
    ) -> dict[str, torch.Tensor]:
        """Each task's loss of some rows, a scalar without its weight; 0 where no row says anything of it."""
        table = encoder.backbone.get_input_embeddings().weight.detach()
        device = table.device
        found = {}
        with chosen_precision(config.precision, device).autocast():
            if self.masked is not None:
                ids, mask = to_tensors(tokenizer, [row.code for row in rows], config.code_tokens, device)
                hidden, targets = mask_tokens(ids, mask, tokenizer)
                states = encoder.backbone(input_ids=hidden, attention_mask=mask).last_hidden_state
                found["masked"] = self.masked.loss(states, targets, table)
            if self.name is not None:
                found["name"] = self._name_loss(self.name, encoder, tokenizer, rows, config, table)
            if self.language is not None:
                ids, mask = to_tensors(tokenizer, [row.code for row in rows], config.code_tokens, device)
                guessed = self.language(encoder(ids, mask))
                wanted = [self.languages.get(row.language, IGNORED) for row in rows]
                found["language"] = _mean_cross_entropy(guessed, torch.tensor(wanted, device=device))
        return found

    def _name_loss(
        self, head: TokenHead, encoder: SentenceEncoder, tokenizer: Tokenizer, rows: Sequence[Pair],
        config: TrainConfig, table: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """The name's pieces, whatever their order, from the vector of the code without it."""
        nameless = [without_name(row.code, row.symbol, tokenizer.mask_token or " ") for row in rows]
        ids, mask = to_tensors(tokenizer, nameless, config.code_tokens, table.device)
        vectors = pool(
            encoder.backbone(input_ids=ids, attention_mask=mask).last_hidden_state, mask, encoder.pooling
        )
        chances = functional.log_softmax(head(vectors, table).float(), dim=1)
        wanted = torch.zeros_like(chances)
        for number, row in enumerate(rows):
            pieces = tokenizer(_last_name(row.symbol), add_special_tokens=False)["input_ids"]
            if pieces:
                wanted[number, pieces] = 1 / len(set(pieces))
        named = wanted.sum().clamp(min=1)
        return -(wanted * chances).sum() / named


def without_name(code: str, symbol: str, instead: str) -> str:
    """The code with its own name replaced wherever it is a word, also where it is written as words: "parse file"."""
    name = _last_name(symbol)
    if not name:
        return code
    spellings = "|".join(map(re.escape, dict.fromkeys([name, split_words(name)])))
    return re.sub(rf"(?<!\w)({spellings})(?!\w)", lambda found: instead, code)


def _last_name(symbol: str) -> str:
    return symbol.rsplit(".", 1)[-1]


def _mean_cross_entropy(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The mean over the rows that have a target; 0, with gradients of 0, where none has."""
    total = functional.cross_entropy(scores.float(), wanted, ignore_index=IGNORED, reduction="sum")
    return total / (wanted != IGNORED).sum().clamp(min=1)
