"""A model whose graph runs here, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from pgcodesearch.embedding.artefact import GRAPH_FILE, TOKENIZER_FILE, ModelConfig
from pgcodesearch.embedding.batching import Rows, SharedRuns
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.embedding.errors import DimensionMismatch
from pgcodesearch.embedding.pooling import finish
from pgcodesearch.embedding.session import GraphRunner
from pgcodesearch.embedding.threads import available_cpus
from pgcodesearch.embedding.tokens import (
    TOKENS_PER_BATCH,
    TOKENS_PER_GPU_BATCH,
    load_tokenizer,
    pad,
    plan_batches,
    tokenise,
)


class GraphEmbedder(Embedder):
    """A tokenizer and an ONNX graph.

    The graph has pooling and L2 inside, as ``pgcodesearch.training.export`` writes it; one that gives token states
    (batch, sequence, dimension) is pooled here, as its config says.

    A text's vector does not depend on what else is in the batch. Short texts of threads that call at the same time
    are embedded together (:mod:`pgcodesearch.embedding.batching`); after a fork each process makes its own session.
    """

    def __init__(self, files: Mapping[str, bytes], config: ModelConfig, threads: int | None = None) -> None:
        """Raises ArtefactCorrupt for damaged files."""
        super().__init__(files, config)
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

    def _encode(self, texts: list[str], kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        tokens = tokenise(self._tokenizer, texts, self.max_tokens) if texts else []
        lengths = [len(item.ids) for item in tokens]
        embeddings = np.empty((len(tokens), self.dimension), dtype=np.float32)
        budget = TOKENS_PER_GPU_BATCH if texts and self._runner.on_gpu else TOKENS_PER_BATCH
        for batch in plan_batches(lengths, budget):
            embeddings[batch] = self._runs.run([tokens[index].ids for index in batch])
        counts = np.array([item.count for item in tokens], dtype=np.int32)
        return embeddings, counts, np.array(lengths, dtype=np.int32)


def _embed(
    alone: GraphRunner, beside: GraphRunner, config: ModelConfig, rows: Rows, beside_others: bool
) -> np.ndarray:
    ids, mask = pad(rows)
    # A GPU is one, and has the weights once.
    runner = beside if beside_others and not alone.on_gpu else alone
    vectors = finish(runner.run(ids, mask), mask, config.pooling)
    if vectors.shape != (len(ids), config.dimension):
        raise DimensionMismatch(
            f"model {config.name!r} gave {vectors.shape} for {len(ids)} texts, "
            f"its config says dimension {config.dimension}",
            "Correct the config or export the model again with `python -m pgcodesearch.training.export`.",
        )
    return vectors
