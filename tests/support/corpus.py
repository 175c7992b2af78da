"""A few thousand chunks of real code to index: parts of Python's standard library, and files of other languages."""

from __future__ import annotations

import asyncio
import http
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from pgcodesearch.embedding import load_embedder
from pgcodesearch.indexing import Worker, sync_repository
from pgcodesearch.operating.installing import add_shipped_model

REPOSITORIES = {"stdlib": (asyncio, json), "other": (http, logging)}
# Beginnings of texts embed many times faster than whole ones, and are vectors of real code all the same.
_EMBEDDED_CHARACTERS = 60


def write_tree(folder: Path, repository: str) -> None:
    """Copy the repository's packages into the folder; the first one gets a few files of other languages."""
    for package in REPOSITORIES[repository]:
        source = Path(str(package.__file__)).parent
        target = folder / source.name
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name, text in _OTHER_LANGUAGES.items():
        file = folder / "native" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def index_words(connection: psycopg.Connection[Any], name: str, folder: Path) -> None:
    """Store the folder's files and chunk them."""
    sync_repository(connection, name, folder)
    Worker(connection, stages=("chunk",)).run_until_idle()


class ShortEmbedder:
    """The shipped model, reading the beginning of each text only."""

    def __init__(self) -> None:
        self._embedder = load_embedder()

    def encode_counted(self, texts: list[str], kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._embedder.encode_counted([text[:_EMBEDDED_CHARACTERS] for text in texts], kind)

    def encode(self, texts: list[str], kind: str) -> np.ndarray:
        return self._embedder.encode(texts, kind)


def index_vectors(connection: psycopg.Connection[Any], embedder: ShortEmbedder) -> None:
    """Add the shipped model and give every text its vector."""
    add_shipped_model(connection)
    connection.commit()
    connection.execute("select codesearch.queue_missing_embeddings(repository_id) from codesearch.repository")
    connection.commit()
    Worker(connection, stages=("embed",), embedder_for=lambda *_: embedder).run_until_idle()  # type: ignore[arg-type,return-value]
    connection.execute(
        "select codesearch.ensure_vector_index(model_version_id) from codesearch.model_version"
    )
    connection.commit()


_OTHER_LANGUAGES = {
    f"{noun}.{suffix}": "".join(
        template.format(verb=verb, Verb=verb.title(), Noun=noun.title()) for verb in verbs
    )
    for noun in ("packet", "ledger", "cursor", "window")
    for suffix, template, verbs in (
        (
            "go",
            "package p\n\nfunc {Verb}{Noun}(n int) int {{\n\treturn n + 1\n}}\n\n",
            ("open", "close", "merge"),
        ),
        ("rs", "pub fn {verb}_{Noun}(n: i64) -> i64 {{\n    n + 1\n}}\n\n", ("split", "hash")),
    )
}
