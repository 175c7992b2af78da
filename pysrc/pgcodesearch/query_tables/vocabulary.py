"""The tokenizer of a query table: that of the model where SQL has it, else that of the model that ships."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer

from pgcodesearch.embedding.artefact import DEFAULT_MODEL, TOKENIZER_FILE, find_model
from pgcodesearch.embedding.tokens import clean, load_tokenizer

_OPTIONS = ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")


@dataclass(frozen=True)
class Vocabulary:
    """``tokens`` by id, and ``options`` as ``query_table.tokenizer`` has them; see ``codesearch.query_tokens``.

    ``pairs``: neighbours that count as a token of their own beside the two, with its id, those after the tokens.
    """

    tokens: list[str]
    options: dict[str, Any]
    tokenizer: Tokenizer
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def of_model(cls, files: Mapping[str, bytes], prefix: str, max_tokens: int) -> Vocabulary:
        """That of a model's files; of the shipped model where SQL knows it not. ``prefix``: before queries."""
        found = cls._read(files[TOKENIZER_FILE], prefix, max_tokens) if TOKENIZER_FILE in files else None
        if found is not None:
            return found
        shipped = (find_model(DEFAULT_MODEL) / TOKENIZER_FILE).read_bytes()
        made = cls._read(shipped, "", max_tokens)
        assert made is not None
        return made

    @classmethod
    def _read(cls, content: bytes, prefix: str, max_tokens: int) -> Vocabulary | None:
        described = json.loads(content)
        model, normalizer = described["model"], described.get("normalizer") or {}
        before = (described.get("pre_tokenizer") or {}).get("type")
        if (model.get("type"), normalizer.get("type"), before) != (
            "WordPiece",
            "BertNormalizer",
            "BertPreTokenizer",
        ):
            return None
        tokenizer = load_tokenizer(content)
        special = tokenizer.encode("").tokens
        middle = next((place for place, token in enumerate(special) if token == "[SEP]"), len(special))
        by_id: dict[int, str] = {number: token for token, number in tokenizer.get_vocab().items()}
        tokens = [by_id.get(number, "") for number in range(max(by_id) + 1)]
        options = {key: normalizer[key] for key in _OPTIONS if normalizer.get(key) is not None}
        options |= {
            "type": "wordpiece", "prefix": prefix, "before": special[:middle], "behind": special[middle:],
            "unknown": model["unk_token"], "continuing_subword_prefix": model["continuing_subword_prefix"],
            "max_input_chars_per_word": model["max_input_chars_per_word"],
            "longest_token": max(map(len, tokens)), "max_tokens": max_tokens - len(special),
        }  # fmt: skip
        return cls(tokens, options, tokenizer)

    def with_names(self, names: Sequence[str]) -> Vocabulary:
        """The same with the pairs of a stored table: ``names`` are its tokens, then its pairs."""
        number = {token: place for place, token in enumerate(self.tokens)}
        pairs = {}
        for place, name in enumerate(names[len(self.tokens) :], start=len(self.tokens)):
            left, right = name.split(" ")
            pairs[number[left], number[right]] = place
        return replace(self, pairs=pairs)

    @property
    def names(self) -> list[str]:
        """What ``query_token`` calls each of them: the tokens, then the pairs."""
        return [*self.tokens, *(f"{self.tokens[left]} {self.tokens[right]}" for left, right in self.pairs)]

    def with_pairs(self, rows: Sequence[Sequence[int]], most: int, least: int) -> Vocabulary:
        """The same with the most frequent pairs of these token ids, each there ``least`` times."""
        count = Counter(pair for row in rows for pair in pairwise(row))
        chosen = [pair for pair, times in count.most_common(most) if times >= least]
        return replace(self, pairs={pair: len(self.tokens) + place for place, pair in enumerate(chosen)})

    def rows(self, queries: Sequence[str]) -> list[list[int]]:
        """Token ids of each query, special ones included, as ``codesearch.query_tokens`` has them, then its pairs."""
        behind = len(self.options["behind"])
        most = self.options["max_tokens"] + len(self.options["before"])
        found = []
        for encoding in self.tokenizer.encode_batch(
            [self.options["prefix"] + clean(query) for query in queries]
        ):
            ids = encoding.ids
            row = ids if len(ids) <= most + behind else ids[:most] + ids[len(ids) - behind :]
            pairs = (self.pairs.get(pair) for pair in pairwise(row)) if self.pairs else ()
            found.append([*row, *(pair for pair in pairs if pair is not None)])
        return found
