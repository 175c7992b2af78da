"""Several model versions in one search: weights, each one's part in the row, and one chosen by itself for code."""

import json

import numpy as np
import psycopg
import pytest

from pgcodesearch.indexing import Worker
from support.databases import fresh_database

_FILES = {
    "red.py": "def crimson(n):\n    return n + 1\n\n\ndef scarlet(n):\n    return n * 1\n",
    "blue.py": "def azure(n):\n    return n + 2\n",
    "green.py": "def emerald(n):\n    return n + 3\n",
    "Red.java": "class Ruby {\n    int n;\n}\n",
    **{f"other{n}.py": f"def other{n}(n):\n    return {n}\n" for n in range(66)},
    "zz_red.py": "def vermilion(n):\n    return n + 4\n",
}


class _Likes:
    """Stands for a model: texts with the word point one way, the others the other."""

    def __init__(self, word: str) -> None:
        self._word = word

    def encode_counted(self, texts, kind):
        rows = [[1, 0, 0, 0] if self._word in text else [0, 1, 0, 0] for text in texts]
        counts = np.ones(len(texts), dtype=int)
        return np.array(rows, dtype=np.float32), counts, counts


@pytest.fixture(scope="module")
def database(server_url):
    """Two models: one finds red near the query, the other blue."""
    with fresh_database(server_url) as database:
        with database.connect(autocommit=False) as worker:
            for model in ("reds", "blues"):
                worker.execute("select codesearch.add_model(%s, 4, 16, '{}')", (model,))
            for path, content in _FILES.items():
                worker.execute("select codesearch.upsert_file('demo', %s, %s)", (path, content))
            worker.execute("select codesearch.upsert_file('side', 'plain.py', 'def plain(n): return 9')")
            worker.commit()
            ids = dict(
                worker.execute("select model_version_id, name from codesearch.model_version").fetchall()
            )
            Worker(
                worker,
                embedder_for=lambda _, number, *__: _Likes({"reds": "red", "blues": "blue"}[ids[number]]),
            ).run_until_idle()
        yield database


def _ask(database, models, query="colour", **options):
    vectors = json.dumps({"reds": [1, 0, 0, 0], "blues": [1, 0, 0, 0]})
    named = "".join(f", {name} => %({name})s" for name in options)
    return database.rows(
        "select path, score, models from codesearch.search_models(%(query)s, %(models)s, query_embeddings => %(v)s"
        f"{named}) order by rank",
        {"query": query, "models": models and json.dumps(models), "v": vectors, **options},
    )


def test_weights_decide_and_each_model_says_its_part(database):
    red = _ask(database, {"reds": 1, "blues": 0.2})
    blue = _ask(database, {"reds": 0.2, "blues": 1})
    assert (red[0][0], blue[0][0]) == ("red.py", "blue.py")
    part = red[0][2]["reds"]
    assert (part["rank"], part["vector_rank"], part["weight"]) == (1, 1, 1)
    assert set(red[0][2]) == {"reds", "blues"}
    assert red[0][1] == pytest.approx((part["score"] + 0.2 * red[0][2]["blues"]["score"]) / 1.2)


def test_one_model_is_the_search_of_it(database):
    (alone,) = database.rows(
        "select array_agg(path order by rank) from codesearch.search('colour', model => 'blues', log => false,"
        " query_embedding => '[1,0,0,0]')"
    )
    assert [path for path, *_ in _ask(database, {"blues": 3})] == alone[0]


def test_code_is_asked_of_the_model_that_suits_it(database):
    assert set(_ask(database, None)[0][2]) == {"reds"}, "the first that was added is active"
    with database.connect(autocommit=False) as connection:
        connection.execute(
            "update codesearch.model_version set configuration = '{\"suits\": \"code\"}' where name = 'blues'"
        )
        for query, model in {
            "return n + 2;": "blues",
            "azure(n)": "blues",
            "what is azure": "reds",
            "azure": "reds",
        }.items():
            (found,) = connection.execute(
                "select models from codesearch.search_models(%s, query_embeddings => %s) limit 1",
                (query, json.dumps({"reds": [1, 0, 0, 0], "blues": [1, 0, 0, 0]})),
            ).fetchone()
            assert set(found) == {model}, query
        connection.execute("update codesearch.model_version set status = 'refused' where name = 'blues'")
        (found,) = connection.execute(
            "select models from codesearch.search_models('azure(n)') limit 1"
        ).fetchone()
        assert set(found) == {"reds"}, "one that was refused suits nothing"
        connection.rollback()


@pytest.mark.parametrize("models", [{}, [], {"reds": 0}, {"reds": "1"}, {"reds": -1}, 3])
def test_what_are_no_weights_is_refused(database, models):
    with pytest.raises(psycopg.Error) as error:
        database.rows("select * from codesearch.search_models('x', %s)", (json.dumps(models),))
    assert error.value.sqlstate == "CS001"


def test_an_unknown_model_is_told(database):
    with pytest.raises(psycopg.Error, match="no model version 'greens'") as error:
        _ask(database, {"greens": 1})
    assert error.value.sqlstate == "CS002"


def test_what_a_model_did_not_find_counts_as_its_last(database):
    """The last of 70 files is near for one model, and beyond the 50 that the other gives."""
    rows = _ask(database, {"reds": 1, "blues": 1})
    (part,) = [models for path, _, models in rows if path == "zz_red.py"]
    assert set(part) == {"reds"}
    (score,) = [score for path, score, _ in rows if path == "zz_red.py"]
    least = database.value(
        "select min(score) from codesearch.search('colour', 50, model => 'blues', log => false,"
        " query_embedding => '[1,0,0,0]')"
    )
    assert score == pytest.approx((part["reds"]["score"] + least) / 2)


def test_filters_hold(database):
    both = {"reds": 1, "blues": 1}
    assert [path for path, *_ in _ask(database, both, path="g*", k=3)] == ["green.py"]
    assert [path for path, *_ in _ask(database, both, repository="side")] == ["plain.py"]
    assert [path for path, *_ in _ask(database, both, language="java")] == ["Red.java"]
    assert [path for path, *_ in _ask(database, both, kind="class")] == ["Red.java"]
    several = [path for path, *_ in _ask(database, both, "crimson scarlet", path="*.py", k=20)]
    assert several.count("red.py") == 2
    assert [
        path for path, *_ in _ask(database, both, "crimson scarlet", path="*.py", k=20, per_file=1)
    ].count("red.py") == 1
