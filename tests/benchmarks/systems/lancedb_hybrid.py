"""LanceDB: HNSW over scalar-quantised vectors and its own full-text index, fused by its RRF reranker."""

from __future__ import annotations

import os

os.environ.setdefault("LANCEDB_LOG", "error")  # before the import: a warning a query would be measured too

import lancedb
import pyarrow as pa
from lancedb.index import FTS, HnswSq
from lancedb.rerankers import RRFReranker

from .base import CANDIDATES, HNSW_EF_CONSTRUCTION, HNSW_M, RESULTS, RRF_K, Corpus, Query, System


class LanceDbHybrid(System):
    """``settings``: ``ef`` (candidates of the graph search) and ``refine_factor`` (None or a number)."""

    name = "LanceDB hybrid"
    version = lancedb.__version__

    def build(self, corpus: Corpus) -> None:
        dimension = corpus.vectors.shape[1]
        flat = pa.array(corpus.vectors.reshape(-1), pa.float32())
        table = pa.table(
            {
                "id": pa.array(corpus.ids, pa.int64()),
                "tokens": pa.array(corpus.tokens, pa.string()),
                "vector": pa.FixedSizeListArray.from_arrays(flat, dimension),
            }
        )
        made = lancedb.connect(str(self.folder)).create_table("chunk", table, mode="overwrite")
        # One partition: the graph is searched whole, as in the other systems.
        made.create_index(
            "vector",
            config=HnswSq(
                distance_type="cosine", num_partitions=1, m=HNSW_M, ef_construction=HNSW_EF_CONSTRUCTION
            ),
        )
        # The tokens are final: no second lower-casing, stemming or stop-word list.
        made.create_index(
            "tokens",
            config=FTS(
                base_tokenizer="whitespace",
                with_position=False,
                lower_case=False,
                stem=False,
                remove_stop_words=False,
                ascii_folding=False,
                max_token_length=200,
            ),
        )
        made.optimize()

    def open(self) -> None:
        self.table = lancedb.connect(str(self.folder)).open_table("chunk")
        self.reranker = RRFReranker(K=RRF_K)

    def _tuned(self, builder):
        builder = builder.distance_type("cosine").nprobes(1).ef(self.settings.get("ef", 100))
        factor = self.settings.get("refine_factor")
        return builder.refine_factor(factor) if factor else builder

    def search(self, query: Query) -> list[int]:
        # Its limit is also the number of candidates of each leg, so fifty are asked for and ten are kept.
        builder = self.table.search(query_type="hybrid", vector_column_name="vector", fts_columns="tokens")
        builder = self._tuned(builder.vector(query.vector).text(query.tokens))
        rows = builder.limit(CANDIDATES).select(["id"]).rerank(self.reranker).to_arrow()
        return rows["id"].to_pylist()[:RESULTS]

    def nearest(self, query: Query) -> list[int]:
        builder = self._tuned(self.table.search(query.vector, vector_column_name="vector"))
        return builder.limit(CANDIDATES).select(["id"]).to_arrow()["id"].to_pylist()[:RESULTS]
