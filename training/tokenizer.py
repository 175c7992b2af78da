"""Train a tokenizer on code and what people say of it.

    python -m pgcodesearch.training.tokenizer training/configs/scratch/tokenizer.toml [key=value …]

A query and the code that answers it rarely share a spelling: "parse the HTTP response", ``parseHTTPResponse``,
``parse_http_response``. So identifiers are cut where their author joined words, case is dropped, and a piece is the
same at a word's beginning and inside of it: all three begin with the pieces of "parse". White space is no token,
because nobody searches for it. Unigram (Kudo 2018) keeps the pieces that explain the corpus best; BPE (Sennrich et al.
2016) merges the most frequent pairs.

Writes a Hugging Face folder, and report.json: what the tokenizer makes of texts that it was not trained on.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.command import run_config
from pgcodesearch.training.corpus import corpus_texts
from pgcodesearch.training.scratch_config import SPECIAL_TOKENS, TokenizerConfig, read_tokenizer_config

_PAD, _UNKNOWN, _CLS, _SEP, _MASK = SPECIAL_TOKENS
# Where a word ends inside an identifier: parse|Response, and HTTP|Response.
_CASE_CHANGES = (r"(?<=[\p{Ll}\p{Nd}])(?=\p{Lu})", r"(?<=\p{Lu})(?=\p{Lu}\p{Ll})")
# Letters, digits, and each other character by itself: no piece spans a name and its punctuation.
_WORDS = r"[\p{L}\p{M}]+|\p{Nd}+|[^\p{L}\p{M}\p{Nd}\s]"
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+")


def train_tokenizer(config: TokenizerConfig) -> dict[str, Any]:
    """Train, write the folder, and return the report; raises TrainingError where the corpus is too small.

    The same corpus and settings give the same tokenizer.
    """
    texts = corpus_texts(config.corpus)
    held_out = list(itertools.islice(texts, config.held_out))
    known = _frequent_characters(config)
    tokenizer = untrained(config)
    tokenizer.train_from_iterator(_with_known(_after(config), known), _trainer(config))
    size = tokenizer.get_vocab_size()
    if size < config.vocabulary / 2:  # Unigram gives somewhat fewer than asked of any but a large corpus
        raise TrainingError(
            f"the corpus gives {size} pieces, and vocabulary is {config.vocabulary}",
            hint="use more texts, or set a smaller vocabulary",
        )
    if config.kind == "unigram":
        _settle(tokenizer)
    finish(tokenizer)
    folder = Path(config.output)
    wrapped(tokenizer, config.max_tokens).save_pretrained(folder)
    report = describe(tokenizer, held_out)
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False))
    return report


def untrained(config: TokenizerConfig) -> Tokenizer:
    """A tokenizer with the settings' way of cutting text into words, and no pieces yet."""
    model = models.Unigram() if config.kind == "unigram" else models.BPE(unk_token=_UNKNOWN)
    tokenizer = Tokenizer(model)
    steps: list[Any] = [normalizers.NFKC()]
    if config.split_identifiers:
        # Before case is dropped, since case is what says where to cut.
        steps += [normalizers.Replace(Regex(pattern), " ") for pattern in _CASE_CHANGES]
    if config.lowercase:
        steps.append(normalizers.Lowercase())
    tokenizer.normalizer = normalizers.Sequence(steps)
    words = _WORDS if config.split_identifiers else r"[\p{L}\p{M}\p{Nd}_]+|[^\p{L}\p{M}\p{Nd}_\s]"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
        ]
    )
    return tokenizer


def finish(tokenizer: Tokenizer) -> None:
    """Put the special tokens around every text, as ``[CLS] text [SEP]``."""
    numbers = {token: tokenizer.token_to_id(token) for token in SPECIAL_TOKENS}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{_CLS} $A {_SEP}", pair=f"{_CLS} $A {_SEP} $B:1 {_SEP}:1",
        special_tokens=[(_CLS, numbers[_CLS]), (_SEP, numbers[_SEP])],
    )  # fmt: skip


def wrapped(tokenizer: Tokenizer, max_tokens: int) -> PreTrainedTokenizerFast:
    """The tokenizer as ``AutoTokenizer`` reads it."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=max_tokens, pad_token=_PAD, unk_token=_UNKNOWN,
        cls_token=_CLS, sep_token=_SEP, mask_token=_MASK,
    )  # fmt: skip


def describe(tokenizer: Tokenizer, texts: list[str]) -> dict[str, Any]:
    """What the pieces make of texts: how long these become, what is unknown, how identifiers are cut."""
    encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
    tokens = sum(len(item.ids) for item in encoded)
    unknown = sum(item.tokens.count(_UNKNOWN) for item in encoded)
    names = sorted({name for text in texts for name in _IDENTIFIER.findall(text)})[:2_000]
    cut = tokenizer.encode_batch(names, add_special_tokens=False)
    spoken = tokenizer.encode_batch([_spoken(name) for name in names], add_special_tokens=False)
    same = [
        [token for token in one.tokens if token != "_"] == other.tokens
        for one, other in zip(cut, spoken, strict=True)
    ]
    return {
        "pieces": tokenizer.get_vocab_size(),
        "texts": len(texts),
        "characters_a_token": round(sum(map(len, texts)) / max(tokens, 1), 3),
        "unknown": round(unknown / max(tokens, 1), 6),
        "identifiers": len(names),
        # An identifier and its words, as a query has them, are the same pieces.
        "identifiers_as_words": round(sum(same) / max(len(same), 1), 4),
        "examples": {name: " ".join(item.tokens) for name, item in list(zip(names, cut, strict=True))[:12]},
    }


def _trainer(config: TokenizerConfig) -> Any:
    special = list(SPECIAL_TOKENS)
    if config.kind == "bpe":
        return trainers.BpeTrainer(
            vocab_size=config.vocabulary, special_tokens=special, show_progress=False,
            max_token_length=config.longest_piece,
        )  # fmt: skip
    return trainers.UnigramTrainer(
        vocab_size=config.vocabulary, special_tokens=special, show_progress=False, unk_token=_UNKNOWN,
        max_piece_length=config.longest_piece,
    )  # fmt: skip


def _settle(tokenizer: Tokenizer) -> None:
    """Put Unigram's pieces in an order that does not depend on that of sums: the trainer adds up in any."""
    state = json.loads(tokenizer.to_str())["model"]
    special, pieces = state["vocab"][: len(SPECIAL_TOKENS)], state["vocab"][len(SPECIAL_TOKENS) :]
    rounded = sorted(
        ((piece, round(score, 6)) for piece, score in pieces), key=lambda item: (-item[1], item[0])
    )
    tokenizer.model = models.Unigram([tuple(item) for item in special] + rounded, unk_id=state["unk_id"])


def _after(config: TokenizerConfig) -> Iterator[str]:
    """The corpus without the texts of the report."""
    return itertools.islice(corpus_texts(config.corpus), config.held_out, None)


def _frequent_characters(config: TokenizerConfig) -> set[str]:
    """Every character of the corpus becomes a piece, so rare scripts would take the place of words."""
    normalise = untrained(config).normalizer.normalize_str
    counts: Counter[str] = Counter()
    for text in _after(config):
        counts.update(normalise(text))
    if not counts:
        raise TrainingError(
            f"the corpus has no text beside the {config.held_out} held out", hint="set a smaller held_out"
        )
    return {character for character, _ in counts.most_common(config.characters)}


def _with_known(texts: Iterable[str], known: set[str]) -> Iterator[str]:
    """The texts with a blank for each character that is to be unknown; case counts as it is written."""
    allowed = known | {character.upper() for character in known}
    for text in texts:
        rare = set(text) - allowed
        yield text.translate(dict.fromkeys(map(ord, rare), " ")) if rare else text


def _spoken(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return words.replace("_", " ").lower()


def main() -> None:
    """Run the command; prints the result as JSON."""
    run_config(__doc__, read_tokenizer_config, train_tokenizer)


if __name__ == "__main__":
    main()
