"""Text to token ids, and token ids to batches of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from pgcodesearch.embedding.errors import ArtefactCorrupt

# Padded tokens in one run of the graph: with one thread more of them leave the cache, with several fewer leave threads
# idle. Two processes side by side, code of some 180 tokens: 512 to 768 take 12 ms a text, 1,024 13, 2,048 14.4.
TOKENS_PER_BATCH = 768
# A GPU is idle with so few. Not measured: a text of 256 tokens 64 times, 50 MB of states a layer at a width of 768.
TOKENS_PER_GPU_BATCH = 16_384


@dataclass(frozen=True)
class Tokens:
    """Token ids as the graph gets them, and how many there were before the cut (special ones included)."""

    ids: list[int]
    count: int


def load_tokenizer(content: bytes) -> Tokenizer:
    """A tokenizer from the bytes of tokenizer.json, without truncation and padding of its own."""
    try:
        tokenizer = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # the library raises bare Exception
        raise ArtefactCorrupt(f"tokenizer.json cannot be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def clean(text: str) -> str:
    """Make any ``str`` acceptable to the tokenizer.

    NUL becomes a space; surrogates that form a pair become their character, lone ones U+FFFD.
    """
    text = text.replace("\x00", " ")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def tokenise(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> list[Tokens]:
    """Token ids of each text, cut to ``max_tokens`` with the closing special token kept."""
    cleaned = [clean(text) for text in texts]
    # encode_batch starts a thread pool, which a single query need not wait for.
    encodings = tokenizer.encode_batch(cleaned) if len(cleaned) > 1 else [tokenizer.encode(cleaned[0])]
    return [_cut(encoding.ids, encoding.special_tokens_mask, max_tokens) for encoding in encodings]


def _cut(ids: list[int], special: list[int], max_tokens: int) -> Tokens:
    if len(ids) <= max_tokens:
        return Tokens(ids or [0], len(ids))
    if special[-1]:
        return Tokens(ids[: max_tokens - 1] + ids[-1:], len(ids))
    return Tokens(ids[:max_tokens], len(ids))


def plan_batches(lengths: Sequence[int], budget: int = TOKENS_PER_BATCH) -> Iterator[list[int]]:
    """Indexes of the texts, shortest first, in batches of at most ``budget`` padded tokens.

    A text longer than the budget is a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def pad(rows: Sequence[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Ids and attention mask, both (len(rows), longest) int64; padding is id 0 under mask 0."""
    ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for position, row in enumerate(rows):
        ids[position, : len(row)] = row
        mask[position, : len(row)] = 1
    return ids, mask
