"""A search for many results: beyond pgvector's longest list, and beyond what a few texts of each chunk give."""

import pytest
from pgvector import HalfVector

MODES = ["hybrid", "rerank", "pipeline", "lexical", "vector", "exact"]


@pytest.fixture(scope="module")
def vectors(corpus):
    with corpus.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def query(embedder):
    return HalfVector(embedder.encode(["wait for a process"], kind="query")[0])


def _search(connection, query, k: int, mode: str, **filters: str) -> list[int]:
    """Ids, best first. The words of the query are in most chunks, so that the lexical leg has many too."""
    named = "".join(f", {name} => %({name})s" for name in filters)
    rows = connection.execute(
        "select chunk_id from codesearch.search('return self import def', k => %(k)s, mode => %(mode)s, log => false,"
        f" query_embedding => %(query)s{named}) order by rank",
        {"k": k, "mode": mode, "query": query, **filters},
    ).fetchall()
    return [chunk for (chunk,) in rows]


@pytest.mark.parametrize("k", [499, 500, 501, 999, 1000])
@pytest.mark.parametrize("mode", MODES)
def test_every_k_up_to_the_largest(vectors, query, mode, k):
    found = _search(vectors, query, k, mode)
    assert len(found) == len(set(found)) == k


@pytest.mark.parametrize("filters", [{}, {"repository": "stdlib"}, {"path": "**/*.py"}], ids=str)
@pytest.mark.parametrize("exact_below", [5000, 0], ids=["compared", "by index"])
def test_the_nearest_are_found(vectors, query, filters, exact_below):
    with vectors.transaction(force_rollback=True):
        vectors.execute("select codesearch.change_setting('vector.exact_below', %s)", [str(exact_below)])
        wanted = _search(vectors, query, 800, "exact", **filters)
        found = _search(vectors, query, 800, "vector", **filters)
    assert len(found) == len(wanted)
    assert len(set(found) & set(wanted)) >= 0.97 * len(wanted)


def test_chunks_of_many_texts(vectors, query):
    """The texts nearest by are all of a few chunks: more are read until there are enough chunks."""
    with vectors.transaction(force_rollback=True):
        vectors.execute("select codesearch.change_setting('vector.overfetch', '1')")
        vectors.execute("select codesearch.change_setting('search.candidates', '30')")
        vectors.execute("select codesearch.change_setting('search.per_file', '30')")
        assert len(_search(vectors, query, 30, "vector")) == 30


def test_a_long_candidate_list_by_settings(vectors, query):
    with vectors.transaction(force_rollback=True):
        vectors.execute("select codesearch.change_setting('vector.ef_search', '1000')")
        vectors.execute("select codesearch.change_setting('search.candidates', '900')")
        vectors.execute("select codesearch.change_setting('vector.overfetch', '8')")
        assert len(_search(vectors, query, 10, "hybrid")) == 10
