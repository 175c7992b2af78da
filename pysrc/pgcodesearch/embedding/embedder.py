"""Texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from pgcodesearch.embedding.artefact import (
    CONFIG_FILE,
    DEFAULT_MODEL,
    GRAPH_FILE,
    TOKENIZER_FILE,
    ModelConfig,
    check_artefact,
    find_model,
    has_endpoint,
    read_artefact,
)
from pgcodesearch.embedding.batching import Rows, SharedRuns
from pgcodesearch.embedding.errors import DimensionMismatch
from pgcodesearch.embedding.pooling import finish
from pgcodesearch.embedding.session import GraphRunner
from pgcodesearch.embedding.threads import available_cpus
from pgcodesearch.embedding.tokens import load_tokenizer, pad, plan_batches, tokenise

KINDS = ("query", "code")


class Embedder:
    """An embedding model: tokenizer and ONNX graph on the CPU.

    The graph has pooling and L2 inside, as ``pgcodesearch.training.export`` writes it; one that gives token states
    (batch, sequence, dimension) is pooled here, as its config says.

    A text's vector does not depend on what else is in the batch. Safe to share between threads, whose
    short texts are then embedded together (:mod:`pgcodesearch.embedding.batching`); after a fork each
    process makes its own session.

    Where the config names an endpoint, :meth:`load` and :meth:`from_artefact` give an
    :class:`~pgcodesearch.embedding.endpoint.EndpointEmbedder`.
    """

    remote = False  # whether texts leave this machine

    def __init__(
        self, files: Mapping[str, bytes], threads: int | None = None, compared: bool = False
    ) -> None:
        """Use :meth:`load` or :meth:`from_artefact`; raises ArtefactCorrupt for damaged files."""
        self._config = check_artefact(files, compared)
        self._files = dict(files)
        self._tokenizer = load_tokenizer(files[TOKENIZER_FILE])
        threads = threads or available_cpus()
        self._runner = GraphRunner(files[GRAPH_FILE], threads)
        # Several runs with a thread each do more than one that is spread over the CPUs, or than several
        # such, so callers that are not alone get a session of their own (28 MB, made when it is needed).
        self._narrow_runner = self._runner if threads == 1 else GraphRunner(files[GRAPH_FILE], 1)
        # One more than CPUs: while one hands over, none is idle.
        self._runs = SharedRuns(
            partial(_embed, self._runner, self._narrow_runner, self._config), at_once=threads + 1
        )

    @classmethod
    def load(cls, name_or_path: str | Path = DEFAULT_MODEL, threads: int | None = None) -> Embedder:
        """A model by its shipped name or its folder.

        threads: CPUs to use, by one run of the graph or by several; None takes those this process may use.
        Raises ModelNotFound, ArtefactCorrupt.
        """
        return cls.from_artefact(read_artefact(find_model(name_or_path)), threads)

    @classmethod
    def from_artefact(
        cls, files: Mapping[str, bytes], threads: int | None = None, compared: bool = False
    ) -> Embedder:
        """A model from its files' bytes, as :meth:`artefact` gave them; raises ArtefactCorrupt.

        compared: the caller has compared their SHA-256 with those on record, so it is not done again.
        """
        if has_endpoint(files.get(CONFIG_FILE)):
            from pgcodesearch.embedding.endpoint import EndpointEmbedder

            return EndpointEmbedder(files, compared)
        return cls(files, threads, compared)

    def artefact(self) -> dict[str, bytes]:
        """The model's files by name: all that is needed to make this embedder elsewhere."""
        return dict(self._files)

    @property
    def name(self) -> str:
        """The name in the model's config."""
        return self._config.name

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._config.dimension

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that count, special ones included; the rest is cut."""
        return self._config.max_tokens

    def encode(self, texts: Sequence[str], kind: str = "code") -> np.ndarray:
        """Embed texts: float32 (n, dimension), unit length, in the order given.

        kind: ``query`` or ``code``; models trained with a prefix for one of them get it.
        Raises ValueError for another kind, TypeError for a bare string, DimensionMismatch.
        """
        return self.encode_counted(texts, kind)[0]

    def encode_counted(
        self, texts: Sequence[str], kind: str = "code"
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Embed texts and say how much of each was read.

        Returns the vectors as :meth:`encode`, the tokens of each text and those kept, both int32
        (n,), special tokens and the kind's prefix included. Where the counts differ the text was cut.
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string: pass a list of strings")
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}: use one of {', '.join(KINDS)}")
        prefix = self._config.prefixes.get(kind, "")
        prefixed = [prefix + text for text in texts]
        tokens = tokenise(self._tokenizer, prefixed, self.max_tokens) if prefixed else []
        lengths = [len(item.ids) for item in tokens]
        embeddings = np.empty((len(tokens), self.dimension), dtype=np.float32)
        for batch in plan_batches(lengths):
            embeddings[batch] = self._runs.run([tokens[index].ids for index in batch])
        counts = np.array([item.count for item in tokens], dtype=np.int32)
        return embeddings, counts, np.array(lengths, dtype=np.int32)


def _embed(
    alone: GraphRunner, beside: GraphRunner, config: ModelConfig, rows: Rows, beside_others: bool
) -> np.ndarray:
    ids, mask = pad(rows)
    runner = beside if beside_others else alone
    vectors = finish(runner.run(ids, mask), mask, config.pooling)
    if vectors.shape != (len(ids), config.dimension):
        raise DimensionMismatch(
            f"model {config.name!r} gave {vectors.shape} for {len(ids)} texts, "
            f"its config says dimension {config.dimension}",
            "Correct the config or export the model again with `python -m pgcodesearch.training.export`.",
        )
    return vectors
