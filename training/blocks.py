"""The corpus as token numbers: blocks of equal length, without padding, in one file.

Texts follow one another, each with [SEP] behind it, and are cut wherever a block ends (FULL-SENTENCES of Liu et al.
2019, "RoBERTa"). So no position of a batch is padding, and a step costs the same whatever the texts' lengths.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.corpus import corpus_texts
from pgcodesearch.training.encoder import Tokenizer
from pgcodesearch.training.scratch_config import PretrainConfig

_TEXTS_AT_ONCE = 1_000


class Blocks:
    """Rows of ``tokens`` numbers, read from the disk when they are asked for; the last ``held_out`` only judge."""

    def __init__(self, path: Path, tokens: int, held_out: int) -> None:
        """Raises TrainingError where there are too few to hold out so many."""
        numbers = (
            np.memmap(path, dtype=np.uint16, mode="r") if path.stat().st_size else np.empty(0, np.uint16)
        )
        self._rows = numbers.reshape(-1, tokens)
        self.trained = len(self._rows) - held_out
        self.held_out = held_out
        if self.trained < 1:
            raise TrainingError(
                f"the corpus has {len(self._rows)} blocks of {tokens} tokens: too few beside {held_out} held out",
                hint="use more texts, or set held_out or tokens smaller",
            )

    def batch(self, step: int, size: int, seed: int) -> torch.Tensor:
        """The blocks of a step, (size, tokens) int64: each once an epoch, in an order of the epoch's own."""
        places = range(step * size, (step + 1) * size)
        order = [self._permuted(place // self.trained, seed)[place % self.trained] for place in places]
        return self._tensor(np.array(order))

    def held_out_batches(self, size: int) -> Iterator[torch.Tensor]:
        """The blocks that are not trained on, (at most size, tokens) int64 each."""
        for start in range(self.trained, self.trained + self.held_out, size):
            yield self._tensor(np.arange(start, min(start + size, len(self._rows))))

    def _permuted(self, epoch: int, seed: int) -> np.ndarray:
        if getattr(self, "_epoch", None) != (epoch, seed):
            self._epoch = (epoch, seed)
            self._order = np.random.default_rng([seed, epoch]).permutation(self.trained)
        return self._order

    def _tensor(self, rows: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self._rows[rows].astype(np.int64))


def write_blocks(config: PretrainConfig, tokenizer: Tokenizer, folder: Path) -> Path:
    """Write the corpus as blocks, whole or not at all; what the same corpus and tokenizer gave before stays.

    Raises TrainingError for a tokenizer of more pieces than 16 bits can number.
    """
    if len(tokenizer) > 2**16:
        raise TrainingError(
            f"{config.tokenizer} has {len(tokenizer)} pieces, and at most {2**16} are possible"
        )
    told = {"corpus": dataclasses.asdict(config.corpus), "tokens": config.tokens}
    told["tokenizer"] = hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()
    path, facts = folder / "tokens.bin", folder / "tokens.json"
    known = json.dumps(told, sort_keys=True)
    if path.exists() and facts.exists() and facts.read_text() == known:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    facts.unlink(missing_ok=True)
    scratch = path.with_suffix(".tmp")
    with scratch.open("wb") as out:
        for block in _blocks(config, tokenizer):
            out.write(np.array(block, np.uint16).tobytes())
    scratch.replace(path)
    facts.write_text(known)
    return path


def _blocks(config: PretrainConfig, tokenizer: Tokenizer) -> Iterator[list[int]]:
    first, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    waiting: list[int] = []
    texts = corpus_texts(config.corpus)
    while some := list(itertools.islice(texts, _TEXTS_AT_ONCE)):
        for encoded in backend.encode_batch(some, add_special_tokens=False):
            waiting += [*encoded.ids, end]
        full = len(waiting) // (config.tokens - 1)
        for number in range(full):
            yield [first, *waiting[number * (config.tokens - 1) : (number + 1) * (config.tokens - 1)]]
        waiting = waiting[full * (config.tokens - 1) :]
