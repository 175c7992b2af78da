"""Fusion: better in each leg is never worse together, equal is ordered by id, and shares add up."""

from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pgvector import HalfVector
from psycopg.types.json import Jsonb

from support.databases import fresh_database

pytestmark = pytest.mark.slow  # the corpus takes its time

QUESTIONS = [
    "follow redirects of a response",
    "BaseEventLoop",
    "json.JSONDecoder decode",
    "timeout",
    "set the log level",
]
# The legs' own share in the score, as explain names it.
BASE = "base"


@pytest.fixture(scope="module")
def reader(corpus):
    with corpus.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def vector_of(embedder):
    found = {
        question: HalfVector(row)
        for question, row in zip(QUESTIONS, embedder.encode(QUESTIONS, "query"), strict=True)
    }
    return found.__getitem__


@contextmanager
def _settings(connection, changed):
    with connection.transaction(force_rollback=True):
        for name, value in changed.items():
            connection.execute("select codesearch.change_setting(%s, %s)", [name, Jsonb(value)])
        yield


def _explained(connection, question, vector):
    return connection.execute(
        "select chunk_id, rank, score, lexical_rank, vector_rank, shares, measures"
        " from codesearch.explain(%s, k => 120, query_embedding => %s) order by rank",
        [question, vector],
    ).fetchall()


CLASSES = ("identifier", "mixed", "semantic", "language")
weights = st.floats(0, 1).map(lambda x: round(x, 3))


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("python read a csv file", ["python"]), ("Read a CSV file in Python", ["python"]),
        ("sort a slice in go", ["go"]), ("split a string in c++", ["cpp"]), ("parse json c#", ["csharp"]),
        ("strlen in c", ["c"]), ("from java to typescript?", ["java", "tsx", "typescript"]),
        ("where do we go next", []), ("where are redirects followed", []), ("pythonic names", []),
        ("javascripts", []), ("", []),
    ],
)  # fmt: skip
def test_queries_that_name_a_language(reader, question, named):
    (found,) = reader.execute("select codesearch.named_languages(%s)", [question]).fetchone()
    assert found == named


def test_files_of_the_named_language_come_first(reader, vector_of):
    vector = vector_of(QUESTIONS[0])
    rows = _explained(reader, "python follow redirects of a response", vector)
    assert {(row[5] or {}).get("language") for row in rows} == {0.5}
    rows = _explained(reader, "rust follow redirects of a response", vector)
    assert all("language" not in (row[5] or {}) for row in rows)


@pytest.mark.parametrize(("question", "used"), [("follow redirects of a response", "semantic"),
                                                ("python follow redirects of a response", "language")])  # fmt: skip
def test_a_named_language_has_its_own_weight(reader, vector_of, question, used):
    vector, rows = vector_of(QUESTIONS[0]), {}
    for kind in ("semantic", "language"):
        with _settings(reader, {f"fusion.lexical.{kind}": 0.9}):
            rows[kind] = _explained(reader, question, vector)
    other = "semantic" if used == "language" else "language"
    assert rows[other] == _explained(reader, question, vector)
    assert rows[used] != rows[other]


@settings(deadline=None, max_examples=15)
@given(question=st.sampled_from(QUESTIONS), weight=weights, rrf_k=st.integers(1, 100))
def test_reciprocal_ranks_are_monotone(reader, vector_of, question, weight, rrf_k):
    changed = {f"fusion.lexical.{kind}": weight for kind in CLASSES}
    with _settings(reader, {"fusion.method": "rrf", "fusion.rrf_k": rrf_k, **changed}):
        rows = _explained(reader, question, vector_of(question))
    places = [(row[3] or 10_000, row[4] or 10_000, (row[5] or {}).get(BASE, 0)) for row in rows]
    assert len(places) > 50
    for one in places:
        for other in places:
            if one[0] <= other[0] and one[1] <= other[1]:
                assert one[2] >= other[2] - 1e-3


@settings(deadline=None, max_examples=15)
@given(question=st.sampled_from(QUESTIONS), weight=weights)
def test_standardised_scores_are_monotone(reader, vector_of, question, weight):
    changed = {f"fusion.lexical.{kind}": weight for kind in CLASSES}
    with _settings(reader, {"fusion.method": "score", "lexical.z_limit": 1000, **changed}):
        rows = _explained(reader, question, vector_of(question))
    places = [((row[6] or {}).get("lexical_z", 0), row[6]["cosine"], (row[5] or {}).get(BASE, 0)) for row in rows
              if row[6] and "cosine" in row[6]]  # fmt: skip
    assert len(places) > 50
    for one in places:
        for other in places:
            if one[0] >= other[0] and one[1] >= other[1]:
                assert one[2] >= other[2] - 2e-3


@pytest.mark.parametrize("method", ["score", "rrf"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_shares_add_up_and_order_is_stable(reader, vector_of, question, method):
    with _settings(reader, {"fusion.method": method}):
        rows = _explained(reader, question, vector_of(question))
        assert rows == _explained(reader, question, vector_of(question))
    assert [row[1] for row in rows] == list(range(1, len(rows) + 1))
    for one, other in pairwise(rows):
        assert (-one[2], one[0]) < (-other[2], other[0])
    for row in rows:
        assert sum((row[5] or {}).values()) == pytest.approx(row[2], abs=2e-3)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "arguments", [{}, {"mode": "lexical"}, {"repository": "stdlib"}, {"min_score": 0.5}], ids=str
)
def test_search_and_explain_agree(reader, vector_of, question, arguments):
    given_arguments = {"query": question, "query_embedding": vector_of(question), **arguments}
    named = ", ".join(f"{name} => %({name})s" for name in given_arguments)
    found = {
        function: reader.execute(
            "select rank, chunk_id, score, path, start_line"
            f" from codesearch.{function}({named}, log => false) order by rank",
            given_arguments,
        ).fetchall()
        for function in ("search", "explain")
    }
    assert found["search"] == found["explain"] != []


def test_equal_chunks_are_ordered_by_id(server_url):
    from pgcodesearch.indexing import Worker

    with fresh_database(server_url) as database, database.connect(autocommit=False) as connection:
        for number in range(8):
            connection.execute(
                "select codesearch.upsert_file('demo', %s, 'def follow_redirects(): return 1')",
                [f"p{number}/same.py"],
            )
        connection.commit()
        Worker(connection, stages=("chunk",)).run_until_idle()
        rows = connection.execute(
            "select chunk_id, score from codesearch.search('follow redirects', kind => 'function', log => false)"
        ).fetchall()
    assert len(rows) == 8
    assert len({score for _, score in rows}) == 1
    assert [chunk for chunk, _ in rows] == sorted(chunk for chunk, _ in rows)


def test_few_results_of_one_file(reader, vector_of):
    rows = reader.execute(
        "select path, repository, count(*)"
        " from codesearch.search('transport', k => 50, query_embedding => %s, log => false) group by 1, 2",
        [vector_of("timeout")],
    ).fetchall()  # fmt: skip
    (most,) = reader.execute("select codesearch.setting_number('search.per_file')").fetchone()
    assert max(count for *_, count in rows) <= most


LOOKED_AT = {"coverage", "heading"}


def _asked(connection, question, vector, **arguments):
    given_arguments = {"query": question, "query_embedding": vector, "log": False, **arguments}
    named = ", ".join(f"{name} => %({name})s" for name in given_arguments)
    return connection.execute(
        f"select chunk_id, score, lexical_rank, vector_rank from codesearch.search({named}) order by rank",
        given_arguments,
    ).fetchall()


def _looked_at(connection, question, vector, **arguments):
    """How many hits got a second look."""
    given_arguments = {"query": question, "query_embedding": vector, "k": 40, **arguments}
    named = ", ".join(f"{name} => %({name})s" for name in given_arguments)
    rows = connection.execute(f"select shares from codesearch.explain({named})", given_arguments).fetchall()
    return sum(bool(LOOKED_AT & set(shares)) for (shares,) in rows)


def test_mode_rerank_always_looks_twice_and_hybrid_by_setting(reader, vector_of):
    question, vector = QUESTIONS[0], vector_of(QUESTIONS[0])
    assert _asked(reader, question, vector) == _asked(reader, question, vector, mode="rerank")
    assert _looked_at(reader, question, vector) == 20
    with _settings(reader, {"rerank.hybrid": False}):
        assert _looked_at(reader, question, vector) == 0
        assert _looked_at(reader, question, vector, mode="rerank") == 20
        assert _asked(reader, question, vector) != _asked(reader, question, vector, mode="rerank")
    for mode in ("lexical", "vector", "exact"):
        assert _looked_at(reader, question, vector, mode=mode) == 0


def test_a_second_look_leaves_queries_in_other_words_alone(reader, vector_of):
    vector = vector_of(QUESTIONS[0])
    assert _looked_at(reader, "python follow redirects of a response", vector, mode="rerank") == 0
    assert _looked_at(reader, "timeout", vector_of("timeout"), mode="rerank") == 0


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_first_results_are_the_same_for_every_k(reader, vector_of, question):
    many = _asked(reader, question, vector_of(question), k=60)
    for k in (1, 7, 20, 33):
        assert _asked(reader, question, vector_of(question), k=k) == many[:k]


def test_a_hit_that_covers_more_of_the_query_moves_up(server_url):
    from pgcodesearch.indexing import Worker

    filler = "\n".join(f"def helper_{n}():\n    return {n}\n" for n in range(40))
    with fresh_database(server_url) as database, database.connect(autocommit=False) as connection:
        for path, content in {
            "filler.py": filler,
            "named.py": "def zebra():\n    return 2\n",
            "covers.py": "def store():\n    # the zebra crosses the wide muddy river at night, slowly\n    return 1\n",
        }.items():
            connection.execute("select codesearch.upsert_file('demo', %s, %s)", [path, content])
        connection.commit()
        Worker(connection, stages=("chunk",)).run_until_idle()

        def order():
            rows = connection.execute(
                "select path from codesearch.search('zebra() river night', kind => 'function', mode => 'rerank',"
                " log => false)"
            )
            return [path for (path,) in rows]

        named_first = {"signal.has_name": 20, "rerank.heading": 0}
        with _settings(connection, {**named_first, "rerank.coverage": 0}):
            assert order()[:2] == ["named.py", "covers.py"]
        with _settings(connection, {**named_first, "rerank.coverage": 30}):
            assert order()[:2] == ["covers.py", "named.py"]


def test_min_score_is_applied_after_the_second_look(reader, vector_of):
    question, vector = QUESTIONS[0], vector_of(QUESTIONS[0])
    rows = _asked(reader, question, vector, k=30)
    limit = rows[11][1]
    assert _asked(reader, question, vector, k=30, min_score=limit) == rows[:12]


def test_mode_pipeline_compares_vectors_among_what_has_the_words(reader, vector_of):
    question, vector = QUESTIONS[0], vector_of(QUESTIONS[0])
    rows = _asked(reader, question, vector, mode="pipeline", k=40)
    assert len(rows) > 20
    assert all(row[2] is not None and row[3] is not None for row in rows)
    # What comes near without a word of the query is no candidate; hybrid has such.
    assert any(row[2] is None for row in _asked(reader, question, vector, k=100))
    with _settings(reader, {"pipeline.recall": 5, "search.candidates": 5}):
        narrow = _asked(reader, question, vector, mode="pipeline", k=5)
    assert {row[2] for row in narrow} <= set(range(1, 6))


def test_mode_pipeline_without_a_matching_word_finds_nothing(reader, vector_of):
    assert _asked(reader, "qqxyzzy wwxyzzy", vector_of(QUESTIONS[0]), mode="pipeline") == []
