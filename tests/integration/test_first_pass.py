"""A first pass by bits: the index that a setting asks for takes the other's place, and exact distances decide."""

import threading

import numpy as np
import pytest
from pgvector import HalfVector

from pgcodesearch.database import errors
from pgcodesearch.operating.maintaining import maintain
from pgcodesearch.operating.vector_indexes import build_vector_index, change_vector_index, measure_recall
from support.commands import call_json
from support.indexing import chunk_all, upsert

DIMENSION = 64
TEXTS = 1100


@pytest.fixture(scope="module")
def vectors():
    """Directions in groups, as texts that are alike have them."""
    generator = np.random.default_rng(5)
    centres = generator.standard_normal((40, DIMENSION))
    found = centres[generator.integers(0, 40, TEXTS)] + 0.7 * generator.standard_normal((TEXTS, DIMENSION))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def indexed(database, vectors):
    """Functions, each with a vector of its own; a connection."""
    with database.connect() as connection:
        connection.execute("select codesearch.add_model('grouped', %s, 16, '{}')", (DIMENSION,))
        for first in range(0, TEXTS, 100):
            functions = (f"def f{n}():\n    return {n}\n" for n in range(first, first + 100))
            upsert(connection, f"f{first}.py", "\n\n".join(functions))
        chunk_all(database)
        texts = connection.execute(
            "select t.chunk_id, t.unit, t.text_hash from codesearch.chunk_text t join codesearch.chunk c"
            " using (chunk_id, repository_id) where c.level = 0 and t.unit = 0 order by t.chunk_id"
        ).fetchall()
        connection.execute(
            "select codesearch.store_embeddings(1, %s, %s::smallint[], %s, %s, %s, %s::halfvec[])",
            [[t[0] for t in texts], [t[1] for t in texts], [t[2] for t in texts], [1] * len(texts), [1] * len(texts),
             [HalfVector(v).to_text() for v in vectors[: len(texts)]]],
        )  # fmt: skip
        connection.execute("delete from codesearch.index_job")
        assert len(texts) == TEXTS
        connection.execute("select codesearch.ensure_vector_index(1)")
        connection.execute("analyze")
        yield connection


def _kind(connection) -> str:
    return connection.execute("select codesearch.vector_first_pass(1)").fetchone()[0]


def _indexes(connection) -> list[str]:
    rows = connection.execute(
        "select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid"
        " join pg_am a on a.oid = c.relam where a.amname = 'hnsw' and i.indrelid = 'codesearch.embedding_1'::regclass"
    ).fetchall()
    return [definition for (definition,) in rows]


def _nearest(connection, vector, exact: bool = False, repository: str | None = None) -> list[int]:
    (ids,) = connection.execute(
        "select v.chunk_ids from codesearch.vector_candidates(1, %s, 50, codesearch.scope_of(%s), null, %s, %s) v",
        [HalfVector(vector), repository, exact, '{"level": 0, "language": "python"}' if repository else None],
    ).fetchone()
    return ids


def _scans(connection) -> int:
    connection.execute("select pg_stat_force_next_flush()")
    return connection.execute(
        "select idx_scan from pg_stat_user_indexes where indexrelid = codesearch.vector_index(1)"
    ).fetchone()[0]


def test_the_index_of_bits_takes_the_other_ones_place(indexed, vectors):
    assert _kind(indexed) == "halfvec"
    assert build_vector_index(indexed, "grouped", "bit")
    (definition,) = _indexes(indexed)
    assert "binary_quantize(embedding)" in definition
    assert "bit_hamming_ops" in definition
    assert _kind(indexed) == "bit"
    assert not build_vector_index(indexed, "grouped"), "nothing to do"
    assert build_vector_index(indexed, "grouped", "halfvec")
    (definition,) = _indexes(indexed)
    assert "halfvec_cosine_ops" in definition


@pytest.mark.parametrize("repository", [None, "demo"], ids=["all", "filtered"])
def test_bits_find_the_nearest_by_exact_distances(indexed, vectors, repository):
    build_vector_index(indexed, "grouped", "bit")
    indexed.execute("set enable_seqscan = off")  # reading so few would be cheaper
    before = _scans(indexed)
    for vector in vectors[:10]:
        exact = _nearest(indexed, vector, exact=True)
        found = _nearest(indexed, vector, repository=repository)
        assert len(found) == 50
        assert found[0] == exact[0]
        # What both found is in the same order: that of exact distances.
        both = set(found) & set(exact)
        assert [c for c in found if c in both] == [c for c in exact if c in both]
        assert len(both) >= 45
    assert _scans(indexed) == before + 10


def test_more_are_found_where_more_are_read(indexed):
    rows = measure_recall(indexed, "grouped", samples=20)
    index, *bits = rows
    assert (index.first_pass, index.index, index.overfetch, index.read) == ("halfvec", True, 1, 100)
    assert index.recall >= 0.99
    assert [(row.first_pass, row.index, row.overfetch) for row in bits] == [
        ("bit", False, float(times)) for times in (1, 2, 4, 8, 16)
    ]
    assert [row.recall for row in bits] == sorted(row.recall for row in bits)
    assert bits[-1].recall == 1.0, "all that there are were read"
    build_vector_index(indexed, "grouped", "bit")
    after = measure_recall(indexed, "grouped", samples=20)[0]
    assert (after.first_pass, after.overfetch, after.read) == ("bit", 4, 400)
    assert after.recall >= 0.95


def test_a_model_versions_own_overfetch_counts(indexed):
    build_vector_index(indexed, "grouped", "bit")
    indexed.execute(
        "update codesearch.model_version set settings = settings || '{\"vector.first_pass_overfetch\": 3}'"
    )
    assert indexed.execute("select overfetch from codesearch.vector_order(1)").fetchone() == (3.0,)


def test_maintenance_changes_the_index_when_the_setting_did(indexed, database):
    indexed.execute("select codesearch.change_setting('vector.first_pass', '\"bit\"')")
    assert _kind(indexed) == "halfvec", "searches go by the index there is"
    steps = {step.step: step for step in maintain(database.url)}
    assert all(step.ok for step in steps.values()), steps
    assert steps["first pass"].outcome == "index changed: grouped"
    assert _kind(indexed) == "bit"
    assert "grouped: 0.9" in steps["vector recall"].outcome or "grouped: 1" in steps["vector recall"].outcome
    steps = {step.step: step for step in maintain(database.url, rebuild=True)}
    assert steps["first pass"].outcome == "every vector index is of its setting"
    assert steps["rebuild"].ok
    assert _kind(indexed) == "bit", "rebuilt as it was"


def test_a_new_index_is_of_the_setting(indexed):
    indexed.execute("select codesearch.change_setting('vector.first_pass', '\"bit\"')")
    for definition in _indexes(indexed):
        indexed.execute(f"drop index codesearch.{definition.split()[2]}")
    assert _kind(indexed) is None
    assert indexed.execute("select codesearch.ensure_vector_index(1)").fetchone() == (True,)
    assert _kind(indexed) == "bit"


def test_drift_is_measured_by_the_index_of_bits(indexed):
    before = indexed.execute("select value, sample_count from codesearch.neighbour_drift(1)").fetchone()
    build_vector_index(indexed, "grouped", "bit")
    scans = _scans(indexed)
    after = indexed.execute("select value, sample_count from codesearch.neighbour_drift(1)").fetchone()
    assert after[1] == before[1] == 200
    assert after[0] == pytest.approx(before[0], abs=0.05)
    assert _scans(indexed) >= scans + 200


def test_what_an_interrupted_build_left_goes(indexed):
    indexed.execute(
        "create index left_over on codesearch.embedding_1 using hnsw (embedding halfvec_cosine_ops)"
    )
    indexed.execute(
        "update pg_index set indisvalid = false where indexrelid = 'codesearch.left_over'::regclass"
    )
    assert not change_vector_index(indexed, "grouped")
    assert len(_indexes(indexed)) == 1


def test_searches_and_writers_go_on_meanwhile(indexed, database, vectors):
    exact = _nearest(indexed, vectors[0], exact=True)[:5]
    wrong: list[object] = []
    ended = threading.Event()

    def search() -> None:
        with database.connect() as connection:
            while not ended.is_set():
                try:
                    found = _nearest(connection, vectors[0])
                    if found[:5] != exact:
                        wrong.append(found)
                except Exception as error:
                    wrong.append(error)
                    return

    searcher = threading.Thread(target=search)
    searcher.start()
    try:
        for first_pass in ("bit", "halfvec", "bit"):
            assert build_vector_index(indexed, "grouped", first_pass)
    finally:
        ended.set()
        searcher.join()
    assert not wrong


def test_the_databases_own_setting_is_not_contradicted(indexed):
    indexed.execute("select codesearch.change_setting('vector.first_pass', '\"halfvec\"')")
    with pytest.raises(errors.InvalidArgument, match="database's own setting") as caught:
        build_vector_index(indexed, "grouped", "bit")
    assert "change_setting" in caught.value.hint
    assert _kind(indexed) == "halfvec"


def test_the_commands(indexed, database):
    assert call_json(database, "models", "index", "grouped", "--first-pass", "bit") == {
        "model": "grouped", "built": True
    }  # fmt: skip
    rows = call_json(database, "models", "recall", "grouped", "--samples", "5")
    assert [row["index"] for row in rows] == [True, *[False] * 5]
