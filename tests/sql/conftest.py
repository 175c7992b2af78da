"""Indexed databases, made once a session and copied for each test that changes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.corpus import REPOSITORIES, ShortEmbedder, index_vectors, index_words, write_tree
from support.databases import (
    TEMPLATE,
    Database,
    create_database,
    create_template,
    drop_database,
    fresh_database,
)

# Sums and orders, the same on every server that plans their queries: on 16 in make test-all only.
SAME_EVERYWHERE = {"test_bm25.py", "test_fusion.py"}
WORDS, VECTORS = "pgcodesearch_corpus_words", "pgcodesearch_corpus_vectors"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is the same on every server to one."""
    for item in items:
        if item.path.name in SAME_EVERYWHERE and item.callspec.params.get("server_url") == "16":  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.heavy)


@pytest.fixture(scope="session", params=["18", pytest.param("16", marks=pytest.mark.slow)])
def server_url(request: pytest.FixtureRequest) -> str:
    """URL of each server that these tests run on: the embedded one, and PostgreSQL 16."""
    if request.param == "18":
        server = request.getfixturevalue("embedded_server")
        create_template(server.url)
    else:
        server = request.getfixturevalue("postgres_16")
    return str(server.url)


@pytest.fixture(scope="session")
def corpus_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one subfolder for each repository of the corpus."""
    root = tmp_path_factory.mktemp("corpus")
    for name in REPOSITORIES:
        write_tree(root / name, name)
    return root


@pytest.fixture(scope="session")
def words_template(server_url: str, corpus_tree: Path) -> Iterator[str]:
    """A database with the corpus searchable by words; its URL. Nobody may be connected while it is copied."""
    url = create_database(server_url, WORDS, TEMPLATE)
    with Database(url).connect(autocommit=False) as connection:
        for name in REPOSITORIES:
            index_words(connection, name, corpus_tree / name)
    yield url
    drop_database(server_url, WORDS)


@pytest.fixture(scope="session")
def embedder() -> ShortEmbedder:
    """The shipped model."""
    return ShortEmbedder()


@pytest.fixture(scope="session")
def vectors_template(server_url: str, words_template: str, embedder: ShortEmbedder) -> Iterator[str]:
    """The same with a vector for every text, and the HNSW index."""
    url = create_database(server_url, VECTORS, WORDS)
    with Database(url).connect(autocommit=False) as connection:
        index_vectors(connection, embedder)
        connection.autocommit = True
        connection.execute("vacuum analyze")
    yield url
    drop_database(server_url, VECTORS)


@pytest.fixture
def words_database(server_url: str, words_template: str) -> Iterator[Database]:
    """A copy of the corpus without vectors, to be changed."""
    with fresh_database(server_url, template=WORDS) as made:
        yield made


@pytest.fixture(scope="session")
def corpus(vectors_template: str) -> Database:
    """The corpus with vectors; tests only read it."""
    return Database(vectors_template)
