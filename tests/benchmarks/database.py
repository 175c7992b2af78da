"""Fills the product's own database with the corpus, the way users fill theirs, and reads back what peers get.

Only the embeddings come from the cache. Each chunk has one vector, its whole text's, in every system.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import psutil
import psycopg
from corpus import CorpusFile
from embeddings import EmbeddingCache
from pgvector import HalfVector
from psycopg import sql
from systems.base import Corpus

from pgcodesearch.database import connect
from pgcodesearch.indexing import Worker, sync_repository

REPOSITORY = "bench"
BATCH = 1_000
PAGE = 20_000  # ids of chunks


class Encoder(Protocol):
    """What makes vectors of texts: the model with what it made before, or words alone."""

    def encode(self, texts: Sequence[str], kind: str = "code") -> np.ndarray:
        """float32 (n, dimension), unit length."""


def write_tree(sources: Path, files: list[CorpusFile], tree: Path) -> None:
    """Copy the corpus's files into a folder of their own, with times in the past so that a sync trusts them."""
    shutil.rmtree(tree, ignore_errors=True)
    for file in files:
        target = tree / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sources / file.path, target)
        os.utime(target, (1_600_000_000, 1_600_000_000))


def fill(url: str, tree: Path, cache: EmbeddingCache) -> dict[str, float]:
    """Index the tree and give each chunk one vector; seconds of each step."""
    took = {}
    with connect(url) as connection:
        began = time.perf_counter()
        sync_repository(connection, REPOSITORY, tree)
        Worker(connection, stages=("chunk",)).run_until_idle()
        took["files to BM25"] = time.perf_counter() - began
        began = time.perf_counter()
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
        )
        connection.commit()
        took["index folded"] = time.perf_counter() - began
        model = _active_model(connection)
        texts = connection.execute(
            "select t.chunk_id, t.unit, t.text_hash, s.text from codesearch.chunk_text t"
            " join codesearch.stored_text s using (text_hash)"
            " join codesearch.chunk c using (chunk_id, repository_id) where c.level = 0 and t.unit = 0"
            " order by t.chunk_id"
        ).fetchall()
        vectors = cache.encode([row[3] for row in texts])
        began = time.perf_counter()
        for start in range(0, len(texts), BATCH):
            _store(connection, model, texts[start : start + BATCH], vectors[start : start + BATCH])
        took["vectors stored"] = time.perf_counter() - began
        began = time.perf_counter()
        connection.execute("select codesearch.ensure_vector_index(%s)", [model])
        connection.commit()
        took["HNSW built"] = time.perf_counter() - began
        _tidy(connection)
    return took


def read_corpus(url: str, cache: Encoder) -> Corpus:
    """The chunks for the other systems: ids, the product's own tokens, the same vectors.

    Field weights become repetitions: the name's and path's tokens stand there as often as they count.
    """
    with connect(url) as connection:
        rows = connection.execute(
            "select c.chunk_id, array_to_string(codesearch.tokenize(c.symbol), ' '),"
            " array_to_string(codesearch.tokenize(f.path), ' '),"
            " array_to_string(codesearch.tokenize(c.content), ' '), s.text"
            " from codesearch.chunk c join codesearch.file_version f using (version_id, repository_id)"
            " join codesearch.chunk_text t on t.chunk_id = c.chunk_id and t.unit = 0"
            " join codesearch.stored_text s using (text_hash)"
            " where c.level = 0 order by c.chunk_id"
        ).fetchall()
    tokens = [" ".join((name, name, path, path, text)) for _, name, path, text, _ in rows]
    return Corpus(
        np.array([row[0] for row in rows], np.int64), tokens, cache.encode([row[4] for row in rows])
    )


def query_tokens(url: str, texts: list[str]) -> Iterator[str]:
    """The terms of each query as the product takes them, stop words left out."""
    with connect(url) as connection:
        for text in texts:
            row = connection.execute("select codesearch.query_terms(%s)", [text]).fetchone()
            assert row is not None
            yield " ".join(row[0])


def server_processes(connection: psycopg.Connection[Any]) -> tuple[psutil.Process, list[psutil.Process]]:
    """The postmaster of a server on this machine, and its children."""
    row = connection.execute("select pg_backend_pid()").fetchone()
    assert row is not None
    postmaster = psutil.Process(int(row[0])).parent()
    assert postmaster is not None
    return postmaster, postmaster.children()


def relation_bytes(url: str) -> dict[str, int]:
    """Bytes of what search reads: the inverted index, and vectors with their HNSW index."""
    with connect(url) as connection:
        row = connection.execute(
            "select pg_total_relation_size('codesearch.posting'),"
            " pg_total_relation_size(codesearch.embedding_table(%s)::regclass)", [_active_model(connection)]
        ).fetchone()  # fmt: skip
    assert row is not None
    return {"inverted index": int(row[0]), "vectors and HNSW": int(row[1])}


def embed_with(
    connection: psycopg.Connection[Any], vectors_of: Callable[[list[str]], np.ndarray], whole_only: bool = False,
    index: bool = True,
) -> None:  # fmt: skip
    """Give each text that lacks one the vector that ``vectors_of`` makes of it, float (texts, dimension) of length 1,
    in the model's place; build the ``index``, and end the jobs that would. ``whole_only``: texts of functions and types
    as they are, without windows and files."""
    model = _active_model(connection)
    page = sql.SQL(
        "select distinct on (t.text_hash) t.chunk_id, t.unit, t.text_hash, s.text from codesearch.chunk_text t"
        " join codesearch.chunk c using (chunk_id, repository_id) join codesearch.stored_text s using (text_hash)"
        " left join {} e using (text_hash) where e.text_hash is null and t.chunk_id between %s and %s"
        " and (not %s or c.level = 0 and t.unit = 0)"
    ).format(sql.Identifier("codesearch", f"embedding_{model}"))
    first, last = connection.execute(
        "select coalesce(min(chunk_id), 0), coalesce(max(chunk_id), 0) from codesearch.chunk"
    ).fetchall()[0]
    for low in range(first, last + 1, PAGE):  # all at once would not fit into memory
        texts = connection.execute(page, [low, low + PAGE - 1, whole_only]).fetchall()
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            _store(connection, model, part, vectors_of([text[3] for text in part]))
    if index:
        connection.execute("select codesearch.ensure_vector_index(%s)", [model])
    connection.execute("delete from codesearch.index_job where stage = 'embed'")
    connection.commit()


def _store(connection: psycopg.Connection[Any], model: int, texts: list[Any], vectors: np.ndarray) -> None:
    counts = [64] * len(texts)
    connection.execute(
        "select codesearch.store_embeddings(%s, %s, %s::smallint[], %s, %s, %s, %s::halfvec[])",
        [model, [t[0] for t in texts], [t[1] for t in texts], [t[2] for t in texts], counts, counts,
         [HalfVector(v).to_text() for v in vectors]],
    )  # fmt: skip
    connection.commit()


def _active_model(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "select model_version_id from codesearch.model_version where status = 'active'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _tidy(connection: psycopg.Connection[Any]) -> None:
    connection.commit()
    connection.autocommit = True
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")
    connection.autocommit = False
