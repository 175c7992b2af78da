"""Ranking: features times weights add up, better in each leg is never worse together, equal is ordered by id."""

from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pgvector import HalfVector
from psycopg.types.json import Jsonb

from pgcodesearch.database import sql_files
from support.databases import fresh_database
from support.indexing import chunk_all, upsert

pytestmark = pytest.mark.slow  # the corpus takes its time

QUESTIONS = [
    "follow redirects of a response",
    "BaseEventLoop",
    "json.JSONDecoder decode",
    "timeout",
    "set the log level",
]


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


def function_text(name):
    return (sql_files.sql_directory() / f"functions/{name}.sql").read_text()


def _shipped(connection):
    return connection.execute("select codesearch.shipped_ranker()").fetchone()[0]


@contextmanager
def _weights(connection, changed, only=False):
    """Weights of features for the time being; ``only``: all others count nothing."""
    if only:
        (names,) = connection.execute("select codesearch.feature_names()").fetchone()
        changed = {**dict.fromkeys(names, 0), **changed}
        changed["repeat_penalty"] = 0
    ranker = {legs: {kind: {**own, **changed} for kind, own in classes.items()}
              for legs, classes in _shipped(connection).items()}  # fmt: skip
    with _ranker(connection, ranker):
        yield


@contextmanager
def _ranker(connection, weights):
    with connection.transaction(force_rollback=True):
        connection.execute("select codesearch.add_ranker('tried', %s)", [Jsonb(weights)])
        connection.execute("select codesearch.activate_ranker('tried')")
        yield


def _explained(connection, question, vector, mode="hybrid"):
    return connection.execute(
        "select chunk_id, rank, score, lexical_rank, vector_rank, shares, measures"
        " from codesearch.explain(%s, k => 120, query_embedding => %s, mode => %s) order by rank",
        [question, vector, mode],
    ).fetchall()


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


def test_files_of_the_named_language_are_told(reader, vector_of):
    vector = vector_of(QUESTIONS[0])
    with _weights(reader, {"language": 0.5}):
        rows = _explained(reader, "python follow redirects of a response", vector)
        assert {row[5].get("language") for row in rows} == {0.5}
        rows = _explained(reader, "rust follow redirects of a response", vector)
        assert all("language" not in row[5] for row in rows)


def test_a_class_has_weights_of_its_own(reader, vector_of):
    vector, ranker = vector_of(QUESTIONS[0]), _shipped(reader)
    ranker["hybrid"]["language"] = {"lexical": 1}
    ranker["hybrid"]["semantic"] = {"vector": 1}
    with _ranker(reader, ranker):
        assert {*_explained(reader, "python follow redirects of a response", vector)[0][5]} == {"lexical"}
        assert {*_explained(reader, QUESTIONS[0], vector)[0][5]} == {"vector"}
        # Without vectors the weights are those for words alone.
        assert "vector" not in _explained(reader, QUESTIONS[0], None)[0][5]


@pytest.mark.parametrize("rrf_k", [1, 60])
@pytest.mark.parametrize("question", QUESTIONS)
def test_mode_rrf_is_the_plain_formula(reader, vector_of, question, rrf_k):
    """Cormack et al. 2009, the fitting leg's weight doubled."""
    with _settings(reader, {"fusion.rrf_k": rrf_k, "ranking.weights": {"coverage": 5}}):
        rows = _explained(reader, question, vector_of(question), "rrf")
        (kind,) = reader.execute("select codesearch.classify_query(%s)", [question]).fetchone()
    lexical, vector = {"identifier": (2, 1), "mixed": (1, 1), "semantic": (1, 2)}[kind]
    assert len(rows) > 50
    for _, _, score, lexical_rank, vector_rank, *_ in rows:
        expected = (lexical / (rrf_k + lexical_rank) if lexical_rank else 0) + (
            vector / (rrf_k + vector_rank) if vector_rank else 0
        )
        assert score == pytest.approx(expected, rel=1e-5)


@settings(deadline=None, max_examples=10)
@given(question=st.sampled_from(QUESTIONS), weight=weights)
def test_standardised_scores_are_monotone(reader, vector_of, question, weight):
    with _weights(reader, {"lexical": weight, "vector": 1 - weight}, only=True):
        rows = _explained(reader, question, vector_of(question))
    places = [(row[6].get("lexical", 0), row[6].get("vector", 0), row[2]) for row in rows]
    assert len(places) > 50
    for one in places:
        for other in places:
            if one[0] >= other[0] and one[1] >= other[1]:
                assert one[2] >= other[2] - 2e-3


@pytest.mark.parametrize("mode", ["hybrid", "rrf"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_shares_add_up_and_order_is_stable(reader, vector_of, question, mode):
    rows = _explained(reader, question, vector_of(question), mode)
    assert rows == _explained(reader, question, vector_of(question), mode)
    assert [row[1] for row in rows] == list(range(1, len(rows) + 1))
    for one, other in pairwise(rows):
        assert (-one[2], one[0]) < (-other[2], other[0])
    for row in rows:
        assert sum((row[5] or {}).values()) == pytest.approx(row[2], abs=4e-3)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_feature_is_a_number_with_a_name(reader, vector_of, question):
    (names,) = reader.execute("select codesearch.feature_names()").fetchone()
    assert len(names) == len(set(names))
    rows = reader.execute(
        "select f.features from codesearch.candidate_features(codesearch.parse_query(%s), codesearch.scope_of(null),"
        " '{\"level\": 0}', 1, %s, 'hybrid', 75, codesearch.current_settings(1), null) f",
        [question, vector_of(question)],
    ).fetchall()
    assert len(rows) > 50
    for (features,) in rows:
        assert len(features) == len(names)
        assert all(value is not None and abs(value) < 1e3 for value in features)


def test_a_newcomer_adds_a_signal(server_url):
    """As ARCHITECTURE says it: an expression at the end of one file, a name at the end of another."""
    features = function_text("rank/candidate_features").replace(
        "    ]::real []", "        , (d.content ~ 'TODO')::int\n    ]::real []"
    )
    names = function_text("rank/feature_names").replace("\n    }'::text []", ", todo\n    }'::text []")
    with fresh_database(server_url) as database, database.connect() as connection:
        for number, text in enumerate(("return 1", "return 1  # TODO", "return one + two + three")):
            upsert(connection, f"a{number}.py", f"def follow_redirects():\n    {text}\n")
        chunk_all(database)
        connection.execute("set search_path = codesearch, public")
        for text in (features, names):
            connection.execute(text)
        connection.execute("select codesearch.change_setting('ranking.weights', '{\"todo\": 10}')")
        rows = connection.execute(
            "select path, shares ->> 'todo' from codesearch.explain('follow redirects') order by rank"
        ).fetchall()
    assert rows[0] == ("a1.py", "10.0000")
    assert [todo for _, todo in rows[1:]] == [None, None]


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
    with fresh_database(server_url) as database, database.connect() as connection:
        for number in range(8):
            upsert(connection, f"p{number}/same.py", "def follow_redirects(): return 1")
        chunk_all(database)
        connection.execute("select codesearch.change_setting('search.near_copy', '2')")
        rows = connection.execute(
            "select chunk_id from codesearch.search('follow redirects', kind => 'function', log => false)"
        ).fetchall()
    assert len(rows) == 8
    assert rows == sorted(rows)


def test_few_results_of_one_file(reader, vector_of):
    rows = reader.execute(
        "select path, repository, count(*)"
        " from codesearch.search('transport', k => 50, query_embedding => %s, log => false) group by 1, 2",
        [vector_of("timeout")],
    ).fetchall()  # fmt: skip
    (most,) = reader.execute("select codesearch.setting_number('search.per_file')").fetchone()
    assert max(count for *_, count in rows) <= most


def _asked(connection, question, vector, **arguments):
    given_arguments = {"query": question, "query_embedding": vector, "log": False, **arguments}
    named = ", ".join(f"{name} => %({name})s" for name in given_arguments)
    return connection.execute(
        f"select chunk_id, score, lexical_rank, vector_rank from codesearch.search({named}) order by rank",
        given_arguments,
    ).fetchall()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_first_results_are_the_same_for_every_k(reader, vector_of, question):
    many = _asked(reader, question, vector_of(question), k=50)
    for k in (1, 7, 20, 33):
        assert _asked(reader, question, vector_of(question), k=k) == many[:k]


def test_what_covers_more_of_the_query_moves_up(server_url):
    filler = "\n".join(f"def helper_{n}():\n    return {n}\n" for n in range(40))
    with fresh_database(server_url) as database, database.connect() as connection:
        for path, content in {
            "filler.py": filler,
            "named.py": "def zebra():\n    return 2\n",
            "covers.py": "def store():\n    # the zebra crosses the wide muddy river at night, slowly\n    return 1\n",
        }.items():
            upsert(connection, path, content)
        chunk_all(database)

        def order():
            rows = connection.execute(
                "select path from codesearch.search('zebra() river night', kind => 'function', log => false)"
            )
            return [path for (path,) in rows]

        with _weights(connection, {"has_name": 20, "coverage": 0}):
            assert order()[:2] == ["named.py", "covers.py"]
        with _weights(connection, {"has_name": 20, "coverage": 50}):
            assert order()[:2] == ["covers.py", "named.py"]


@pytest.mark.parametrize("per_file", [1, 2])
def test_most_results_of_a_file(reader, vector_of, per_file):
    rows = reader.execute(
        "select path, repository, count(*) from codesearch.search('timeout', k => 30, query_embedding => %s,"
        " log => false, per_file => %s) group by 1, 2",
        [vector_of("timeout"), per_file],
    ).fetchall()
    assert len(rows) > 10
    assert max(count for *_, count in rows) == per_file


def test_min_score_leaves_out_what_scores_less(reader, vector_of):
    question, vector = QUESTIONS[0], vector_of(QUESTIONS[0])
    rows = _asked(reader, question, vector, k=30)
    limit = rows[11][1]
    assert _asked(reader, question, vector, k=30, min_score=limit) == rows[:12]


def test_mode_pipeline_compares_vectors_among_what_has_the_words(reader, vector_of):
    question, vector = QUESTIONS[0], vector_of(QUESTIONS[0])
    rows = _asked(reader, question, vector, mode="pipeline", k=40)
    assert len(rows) > 10
    assert all(row[2] is not None and row[3] is not None for row in rows)
    # What comes near without a word of the query is no candidate; hybrid has such.
    assert any(row[2] is None for row in _asked(reader, question, vector, k=100))
    with _settings(reader, {"pipeline.recall": 5, "search.candidates": 5}):
        narrow = _asked(reader, question, vector, mode="pipeline", k=5)
    assert {row[2] for row in narrow} <= set(range(1, 6))


def test_mode_pipeline_without_a_matching_word_finds_nothing(reader, vector_of):
    assert _asked(reader, "qqxyzzy wwxyzzy", vector_of(QUESTIONS[0]), mode="pipeline") == []
