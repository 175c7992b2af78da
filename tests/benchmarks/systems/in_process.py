"""bm25s (numba) and hnswlib in one Python process, fused by RRF: no database, no concurrency, the floor."""

from __future__ import annotations

import bm25s
import hnswlib
import numba
import numpy as np

from .base import (
    CANDIDATES,
    HNSW_EF_CONSTRUCTION,
    HNSW_M,
    RESULTS,
    Corpus,
    Query,
    System,
    reciprocal_rank_fusion,
)


class InProcess(System):
    """``settings``: ``ef`` of the graph search."""

    name = "bm25s + hnswlib"
    version = f"bm25s {bm25s.__version__}, hnswlib {getattr(hnswlib, '__version__', '0.8.0')}"

    def build(self, corpus: Corpus) -> None:
        lexical = bm25s.BM25(k1=1.5, b=0.75, method="lucene", backend="numba")
        lexical.index([tokens.split() for tokens in corpus.tokens], show_progress=False)
        lexical.save(str(self.folder / "bm25s"), show_progress=False)
        graph = hnswlib.Index("cosine", corpus.vectors.shape[1])
        graph.init_index(len(corpus.ids), ef_construction=HNSW_EF_CONSTRUCTION, M=HNSW_M, random_seed=1)
        graph.add_items(corpus.vectors, corpus.ids, num_threads=2)
        graph.save_index(str(self.folder / "graph.bin"))
        np.save(self.folder / "ids.npy", corpus.ids)

    def open(self) -> None:
        numba.set_num_threads(1)  # four clients with a pool of threads each only get in each other's way
        self.lexical = bm25s.BM25.load(str(self.folder / "bm25s"), mmap=False)
        self.lexical.activate_numba_scorer()
        self.ids = np.load(self.folder / "ids.npy")
        dimension = self.settings["dimension"]
        self.graph = hnswlib.Index("cosine", dimension)
        self.graph.load_index(str(self.folder / "graph.bin"))
        self.graph.set_num_threads(1)
        self.graph.set_ef(self.settings.get("ef", 100))

    def search(self, query: Query) -> list[int]:
        # An unknown token is an error in bm25s 0.3, not a miss.
        known = [token for token in query.tokens.split() if token in self.lexical.vocab_dict]
        lexical: list[int] = []
        if known:
            found, scores = self.lexical.retrieve(
                [known], k=CANDIDATES, show_progress=False, backend_selection="numba", n_threads=0
            )
            lexical = self.ids[found[0][scores[0] > 0]].tolist()
        return reciprocal_rank_fusion(lexical, self._nearest(query, CANDIDATES))

    def _nearest(self, query: Query, count: int) -> list[int]:
        labels, _ = self.graph.knn_query(query.vector, k=count)
        return labels[0].astype(int).tolist()

    def nearest(self, query: Query) -> list[int]:
        return self._nearest(query, RESULTS)
