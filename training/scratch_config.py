"""The settings of a model from scratch: its corpus, its tokenizer, its shape and its pretraining."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import check_precision
from pgcodesearch.training.settings import checked, read_values, require_positive, require_share

TOKENIZERS = ("unigram", "bpe")
OBJECTIVES = ("masked", "replaced")
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LARGEST_VOCABULARY = 65_536  # token numbers are kept in 16 bits


@dataclass(frozen=True)
class CorpusConfig:
    """Texts without labels. At least one of ``files`` and ``sources``."""

    # .jsonl or .parquet with columns text, code, query or queries; .txt; or folders of such: a dataset's train/.
    files: tuple[str, ...] = ()
    sources: str = ""  # a folder with one folder a repository, as training.fetch leaves it
    exclude: str = ""  # names that may never be training data; needed with sources
    files_of_repository: int = 500  # at most, drawn at random: no repository is to be most of the corpus
    limit: int = 0  # texts at most, 0 for all

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        if not self.files and not self.sources:
            raise TrainingError("corpus has neither files nor sources", hint="set one of them")
        if self.sources and not self.exclude:
            raise TrainingError(
                "corpus.sources needs corpus.exclude: quality is judged on code that must not be trained on",
                hint='exclude = "training/configs/exclude.txt"',
            )
        require_positive(self, "files_of_repository")


@dataclass(frozen=True)
class TokenizerConfig:
    """A tokenizer to be trained."""

    output: str  # Hugging Face folder
    corpus: CorpusConfig
    kind: str = "unigram"
    vocabulary: int = (
        32_000  # pieces, special ones included; 32,000 to 50,000 for a corpus of millions of texts
    )
    split_identifiers: bool = True  # parseHTTPResponse is the words parse, http and response
    lowercase: bool = True
    characters: int = 1_500  # the most frequent; others are unknown
    longest_piece: int = 16  # characters
    max_tokens: int = 512  # of a text
    held_out: int = 500  # texts that only the report is made of

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        if self.kind not in TOKENIZERS:
            raise TrainingError(f"kind {self.kind!r} is unknown: use one of {', '.join(TOKENIZERS)}")
        require_positive(self, "characters", "longest_piece", "max_tokens", "held_out")
        if not 100 <= self.vocabulary <= _LARGEST_VOCABULARY:
            raise TrainingError(
                f"vocabulary must be between 100 and {_LARGEST_VOCABULARY}, and is {self.vocabulary}",
                hint="32000 to 50000 are usual",
            )


@dataclass(frozen=True)
class EncoderShape:
    """A BERT: layers × width, attention in ``heads`` parts."""

    layers: int
    width: int
    heads: int
    intermediate: int = 0  # 0: four times the width
    positions: int = 512  # tokens that a text may have
    dropout: float = 0.1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        require_positive(self, "layers", "width", "heads", "positions")
        require_share(self, "dropout")
        if self.width % self.heads:
            raise TrainingError(f"encoder.width {self.width} cannot be shared out to {self.heads} heads")


@dataclass(frozen=True)
class PretrainConfig:
    """Pretraining on texts without labels. Lengths are tokens; ``…_every`` are optimiser steps, 0 is never."""

    tokenizer: str  # Hugging Face folder, as training.tokenizer writes it
    output: str  # folder of the run: last/, blocks/, state.pt, metrics.jsonl, config.json
    corpus: CorpusConfig
    encoder: EncoderShape

    objective: str = "masked"  # or replaced: a small generator puts tokens in, and the encoder says which
    mask_share: float = 0.15
    generator_layers: int = 0  # of replaced; 0: a third of the encoder's
    replaced_weight: float = 50.0  # of the encoder's loss beside the generator's

    tokens: int = 256  # of a block
    batch_size: int = 256  # blocks, over all processes
    piece_size: int = 0  # blocks that go through the encoder at once; 0: all
    max_steps: int = 100_000
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    warmup_fraction: float = 0.06
    clip_norm: float = 1.0
    precision: str = "auto"

    held_out: int = 256  # blocks
    metrics_every: int = 100
    validate_every: int = 2_000
    checkpoint_every: int = 2_000
    threads: int = 0
    device: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be run, naming the key."""
        if self.objective not in OBJECTIVES:
            raise TrainingError(
                f"objective {self.objective!r} is unknown: use one of {', '.join(OBJECTIVES)}"
            )
        check_precision(self.precision)
        require_positive(
            self, "mask_share", "replaced_weight", "batch_size", "max_steps", "learning_rate", "held_out"
        )
        require_share(self, "mask_share")
        if self.tokens < 8 or self.tokens > self.encoder.positions:
            raise TrainingError(
                f"tokens must be between 8 and encoder.positions ({self.encoder.positions}), and is {self.tokens}"
            )


def read_tokenizer_config(path: str | Path, overrides: list[str] | None = None) -> TokenizerConfig:
    """The settings of a tokenizer from a TOML file."""
    return checked(TokenizerConfig, read_values(path, overrides))


def read_pretrain_config(path: str | Path, overrides: list[str] | None = None) -> PretrainConfig:
    """The settings of a pretraining from a TOML file."""
    return checked(PretrainConfig, read_values(path, overrides))
