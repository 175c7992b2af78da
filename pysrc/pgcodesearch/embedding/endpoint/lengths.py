"""How long a text is in the tokens of a model that runs elsewhere, and the part of it that is sent."""

from __future__ import annotations

from dataclasses import dataclass

from pgcodesearch.embedding.tokens import clean, load_tokenizer

# Without the model's tokenizer: fewer bytes of UTF-8 than nearly all texts have for each token, so that what is sent
# fits. Of 2,290 pieces of 1,500 characters (files of a Python environment; WordPiece with 30,522 tokens) one in 70 had
# less; the median is 3.4.
BYTES_A_TOKEN = 2


@dataclass(frozen=True)
class Sent:
    """What is sent of a text, how many tokens the text has and how many of them are sent."""

    text: str
    count: int
    kept: int


class Lengths:
    """Cuts texts to the tokens a model reads: exactly with its tokenizer.json, else by an estimate from bytes."""

    def __init__(self, max_tokens: int, tokenizer: bytes | None = None) -> None:
        """Raises ArtefactCorrupt for a tokenizer that cannot be read."""
        self._max_tokens = max_tokens
        self._tokenizer = load_tokenizer(tokenizer) if tokenizer else None

    def cut(self, text: str) -> Sent:
        """The part of a text that is sent. Services refuse empty texts, so that of an empty one is a space."""
        text = clean(text) or " "
        return self._cut_tokens(text) if self._tokenizer else self._cut_bytes(text)

    def _cut_bytes(self, text: str) -> Sent:
        encoded = text.encode()
        count = -(-len(encoded) // BYTES_A_TOKEN)
        if count <= self._max_tokens:
            return Sent(text, count, count)
        kept = encoded[: self._max_tokens * BYTES_A_TOKEN].decode(errors="ignore")
        return Sent(kept, count, self._max_tokens)

    def _cut_tokens(self, text: str) -> Sent:
        assert self._tokenizer is not None
        encoding = self._tokenizer.encode(text)
        count = kept = len(encoding.ids)
        ends = [end for (_, end), special in
                zip(encoding.offsets, encoding.special_tokens_mask, strict=True) if not special]  # fmt: skip
        wanted = self._max_tokens - (count - len(ends))
        sent = text
        # What is cut off inside a word may leave more tokens than it had: then some more goes.
        while kept > self._max_tokens and wanted > 0:
            sent = text[: ends[wanted - 1]] or " "
            kept = len(self._tokenizer.encode(sent).ids)
            wanted -= max(1, kept - self._max_tokens)
        return Sent(sent, count, min(kept, self._max_tokens))
