"""SQLite: FTS5's BM25 and sqlite-vec's exact scan, fused by RRF in Python, as their documentation does it."""

from __future__ import annotations

import pysqlite3 as sqlite3
import sqlite_vec

from .base import CANDIDATES, RESULTS, Corpus, Query, System, reciprocal_rank_fusion


class SqliteHybrid(System):
    """No settings: FTS5 fixes k1 = 1.2 and b = 0.75, sqlite-vec has no approximate index."""

    name = "SQLite FTS5 + sqlite-vec"
    version = f"SQLite {sqlite3.sqlite_version}, sqlite-vec {sqlite_vec.__version__}"

    def _connect(self) -> None:
        self.db = sqlite3.connect(str(self.folder / "chunks.db"))
        self.db.enable_load_extension(True)
        sqlite_vec.load(self.db)
        self.db.execute("pragma mmap_size = 2000000000")
        self.db.execute("pragma cache_size = -400000")

    def build(self, corpus: Corpus) -> None:
        self._connect()
        # The tokens are final and blank-separated; '_' never occurs in them.
        self.db.execute(
            "create virtual table chunk_fts using fts5(tokens, content='', detail='full', tokenize='unicode61')"
        )
        self.db.executemany(
            "insert into chunk_fts (rowid, tokens) values (?, ?)",
            zip(corpus.ids.tolist(), corpus.tokens, strict=True),
        )
        self.db.execute("insert into chunk_fts (chunk_fts) values ('optimize')")
        dimension = corpus.vectors.shape[1]
        self.db.execute(f"create virtual table chunk_vector using vec0(embedding float[{dimension}])")
        rows = ((int(i), v.tobytes()) for i, v in zip(corpus.ids, corpus.vectors, strict=True))
        self.db.executemany("insert into chunk_vector (rowid, embedding) values (?, ?)", rows)
        self.db.commit()
        self.db.close()

    def open(self) -> None:
        self._connect()

    def search(self, query: Query) -> list[int]:
        match = " OR ".join(f'"{token}"' for token in query.tokens.split())
        lexical = self.db.execute(
            "select rowid from chunk_fts where chunk_fts match ? order by rank limit ?", [match, CANDIDATES]
        )
        return reciprocal_rank_fusion([row[0] for row in lexical], self._nearest(query, CANDIDATES))

    def _nearest(self, query: Query, count: int) -> list[int]:
        rows = self.db.execute(
            "select rowid from chunk_vector where embedding match ? and k = ? order by distance",
            [query.vector.tobytes(), count],
        )
        return [row[0] for row in rows]

    def nearest(self, query: Query) -> list[int]:
        return self._nearest(query, RESULTS)
