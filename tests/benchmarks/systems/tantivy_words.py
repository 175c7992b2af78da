"""Tantivy: BM25 alone, the words' side of what several engines are built on."""

from __future__ import annotations

import os

import tantivy

from .base import RESULTS, Corpus, Query, System

_HEAP = 500_000_000  # bytes, for the writer


class TantivyWords(System):
    """No settings: k1 = 1.2 and b = 0.75 are fixed. It has no vectors, so it stands beside the lexical leg alone."""

    name = "Tantivy BM25"
    version = tantivy.__version__

    def _index(self) -> tantivy.Index:
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=True)
        # The tokens are final and blank-separated.
        builder.add_text_field("tokens", tokenizer_name="whitespace", index_option="freq")
        self.schema = builder.build()
        return tantivy.Index(self.schema, path=str(self.folder))

    def build(self, corpus: Corpus) -> None:
        writer = self._index().writer(_HEAP, os.cpu_count() or 1)
        for chunk_id, tokens in zip(corpus.ids.tolist(), corpus.tokens, strict=True):
            writer.add_document(tantivy.Document(id=chunk_id, tokens=tokens))
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        index = self._index()
        index.reload()
        self.searcher = index.searcher()

    def search(self, query: Query) -> list[int]:
        asked = tantivy.Query.boolean_query([
            (tantivy.Occur.Should, tantivy.Query.term_query(self.schema, "tokens", token, "freq"))
            for token in query.tokens.split()
        ])  # fmt: skip
        return [
            self.searcher.doc(address)["id"][0] for _, address in self.searcher.search(asked, RESULTS).hits
        ]
