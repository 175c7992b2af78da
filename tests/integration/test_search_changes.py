"""Answers from history: which commits a search finds, the code they changed as it stands today, files that change
together."""

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from pgcodesearch.indexing import Worker
from pgcodesearch.searching import Client
from support.histories import History, commit_row, found, index, store_history
from support.indexing import chunk_all, upsert

A = "def first(x):\n    return x + 1\n\n\ndef second(y):\n    return y * 2\n"


@pytest.fixture
def tree(tmp_path):
    return History(tmp_path / "tree")


@pytest.fixture
def indexer(database):
    with database.connect(autocommit=False) as connection:
        yield connection


def code(connection, query, **options):
    """(path, symbol, evidence) of the code that the best commit changed."""
    named = "".join(f", {name} => %({name})s" for name in options)
    return connection.execute(
        "select c ->> 'path', c ->> 'symbol', c ->> 'evidence' from codesearch.search_changes(%(query)s, 1,"
        f" mode => 'lexical'{named}), jsonb_array_elements(code) c", {"query": query, **options},
    ).fetchall()  # fmt: skip


def together(connection, path, repository="tree"):
    rows = connection.execute(
        "select path, support, round(confidence::numeric, 2)::float from codesearch.changed_together(%s, %s)",
        (path, repository),
    )
    return rows.fetchall()


def test_code_is_found_by_lines_then_by_name_then_as_a_file(tree, indexer):
    tree.say("Begin", a=A)
    tree.say("Double by adding", a=A.replace("y * 2", "y + y"))
    index(indexer, tree.root)
    assert code(indexer, "double") == [("a.py", "second", "lines")]
    # Its lines are others by now: what was second's are first's.
    tree.say("Shift", a="\n" * 4 + A.replace("y * 2", "y + y"))
    index(indexer, tree.root)
    assert code(indexer, "double") == [("a.py", "second", "symbol")]
    tree.say("Rename the function", a=A.replace("y * 2", "y + y").replace("second", "other"))
    index(indexer, tree.root)
    assert code(indexer, "double") == [("a.py", "a", "file")]


def test_code_is_found_where_the_file_is_now(tree, indexer):
    tree.say("Begin", a=A)
    tree.say("Double by adding", a=A.replace("y * 2", "y + y"))
    tree.git("mv", "a.py", "b.py")
    tree.say("Move once")
    tree.git("mv", "b.py", "c.py")
    tree.say("Move twice")
    index(indexer, tree.root)
    assert code(indexer, "double") == [("c.py", "second", "symbol")]
    assert found(indexer, path="a.py") == found(indexer, path="c.py") == [
        "Move twice", "Move once", "Double by adding", "Begin",
    ]  # fmt: skip
    tree.git("rm", "-q", "c.py")
    tree.say("Remove it")
    index(indexer, tree.root)
    assert code(indexer, "double") == []


def test_a_frequent_name_counts_where_its_class_changed(tree, indexer):
    classes = [
        f"class {name}:\n    def __init__(self):\n        self.x = 0\n" for name in ("A", "B", "C", "D")
    ]
    tree.say("Begin", a="\n\n".join(classes))
    tree.say(
        "Start at one",
        a="\n\n".join([*classes[:3], classes[3].replace("class D:", "class D(A):").replace("0", "1")]),
    )
    tree.say("Shift", a="\n\n\n" + "\n\n".join(classes))
    index(indexer, tree.root)
    assert {symbol for _, symbol, _ in code(indexer, "start at one")} <= {"D", "D.__init__"}


def test_filters(tree, indexer):
    tree.say("Parse the header", author="Ada <a@x>", date="2020-01-01T00:00:00+0000", src__a=A)
    tree.say("Parse the trailer", author="Grace Hopper <g@x>", date="2021-01-01T00:00:00+0000", src__b=A)
    tree.say("Parse the body", author="Ada <a@x>", date="2022-01-01T00:00:00+0000", doc__c=A)
    index(indexer, tree.root)
    assert set(found(indexer, "parse")) == {"Parse the header", "Parse the trailer", "Parse the body"}
    assert found(indexer, "parse", author="hopper") == ["Parse the trailer"]
    assert found(indexer, author="ADA") == ["Parse the body", "Parse the header"]
    assert found(indexer, since="2021-01-01+00") == ["Parse the body", "Parse the trailer"]
    assert found(indexer, until="2021-01-01+00") == ["Parse the header"]
    assert set(found(indexer, "parse", path="src/*.py")) == {"Parse the header", "Parse the trailer"}
    assert found(indexer, "parse", path="src", author="ada") == ["Parse the header"]
    assert found(indexer, "parse", path="nowhere.py") == []
    assert found(indexer, "nothing of the kind", author="100%") == []


def test_a_message_is_found_by_its_files_and_names_too(tree, indexer):
    tree.say("Begin", gearbox=A)
    tree.say("Mend it", gearbox=A.replace("y * 2", "y + y"))
    tree.say("Unrelated", other=A)
    index(indexer, tree.root)
    assert set(found(indexer, "gearbox")) == {"Begin", "Mend it"}


def test_files_that_change_together(tree, indexer):
    def change(number, *names, message="Change"):
        tree.say(message, **dict.fromkeys(names, f"x = {number}\n"))

    change(1, "a", "b", "c")
    change(2, "a", "b")
    change(3, "a")
    change(4, "c")
    tree.git("mv", "b.py", "moved.py")
    tree.say("Move")
    change(5, "a", "moved")
    indexer.execute("select codesearch.change_setting('history.together_files', '4')")
    change(6, "a", "c", "d", "e", "f", message="Too many to tell anything")
    index(indexer, tree.root)
    assert together(indexer, "a.py") == [("moved.py", 3, 0.75), ("c.py", 1, 0.25)]
    assert (
        together(indexer, "moved.py") == together(indexer, "b.py") == [("a.py", 3, 0.75), ("c.py", 1, 0.25)]
    )
    assert together(indexer, "nowhere.py") == []
    assert Client(connection=indexer).changed_together("a.py", "tree", k=1)[0].path == "moved.py"


def test_a_merge_says_nothing_again(tree, indexer):
    tree.say("Begin", a="x = 0\n", b="x = 0\n")
    tree.git("switch", "-q", "-c", "topic")
    tree.say("Topic", a="x = 1\n", b="x = 1\n")
    tree.git("switch", "-q", "main")
    tree.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
    index(indexer, tree.root)
    assert together(indexer, "a.py") == [("b.py", 2, 1.0)]
    assert found(indexer, path="a.py") == ["Topic", "Begin"]
    assert "Merge topic" in found(indexer, "topic")


@pytest.mark.parametrize(
    ("arguments", "state", "words"),
    [
        ("", "CS001", "neither a query nor a filter"),
        ("' '", "CS001", "the query is empty"),
        ("'x', k => 0", "CS001", "k is 0"),
        ("'x', k => null", "CS001", "k is NULL"),
        ("'x', mode => 'rrf'", "CS001", "mode 'rrf'"),
        ("'x', mode => 'vector'", "CS005", "needs a query embedding"),
        ("'x', repository => 'nowhere'", "CS006", "no repository 'nowhere'"),
        ("'x', model => 'nowhere'", "CS002", "nowhere"),
        ("repeat('x', 10001)", "CS004", "10001 characters"),
        ("since => '2025-01-02', until => '2025-01-01'", "CS001", "nothing is from"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(connection, arguments, state, words):
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(f"select * from codesearch.search_changes({arguments})")
    assert (caught.value.sqlstate, words in str(caught.value)) == (state, True)
    assert caught.value.diag.message_hint


def test_what_changed_together_needs_a_path(connection):
    for arguments in ("''", "null", "'x', k => -1"):
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(f"select * from codesearch.changed_together({arguments})")
        assert caught.value.sqlstate == "CS001"


def test_words_of_code_are_not_answers_from_history(database, connection):
    upsert(connection, "a.py", A)
    chunk_all(database)
    store_history(connection, "demo", commit_row("Parse the header", "a.py"))
    (before,) = connection.execute(
        "select count(*) from codesearch.search('header', mode => 'lexical')"
    ).fetchone()
    assert before == 0
    assert found(connection, "second", "demo") == []


class _Directions:
    """Embeds a text as the direction of its first word."""

    remote = False

    def encode_counted(self, texts, kind):
        words = ["parse", "read", "other"]
        vectors = np.zeros((len(texts), 4), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[next((n for n, word in enumerate(words) if word in text.lower()), 3)] = 1
        return vectors, np.ones(len(texts), int), np.ones(len(texts), int)


def _worker(connection, stopping=lambda: False):
    return Worker(connection, ("embed",), lambda *_: _Directions(), stopping=stopping)


def test_messages_are_found_by_meaning(database, connection, indexer):
    connection.execute("select codesearch.add_model('tiny', 4, 16, %s)", (Jsonb({"model.onnx": "AAAA"}),))
    store_history(
        connection, "demo", commit_row("Parse the header", "a.py"), commit_row("Read it", "a.py"),
        commit_row("Other things", "a.py"),
    )  # fmt: skip
    _worker(indexer).run_until_idle()
    near = connection.execute(
        "select subject, vector_rank from codesearch.search_changes('decode', mode => 'vector',"
        " query_embedding => '[0.6,0.8,0,0]')"
    ).fetchall()
    assert near == [("Read it", 1), ("Parse the header", 2), ("Other things", 3)]
    assert connection.execute(
        "select count(*) from codesearch.index_job where stage = 'embed'"
    ).fetchone() == (0,)
    fused = connection.execute(
        "select subject from codesearch.search_changes('parse it', query_embedding => '[0,1,0,0]') order by rank"
    ).fetchall()
    assert fused == [("Read it",), ("Parse the header",), ("Other things",)], "each once"
    # Under a filter, too; and a branch that does not reach them does not find them.
    near = connection.execute(
        "select subject from codesearch.search_changes('decode', mode => 'vector', query_embedding => '[0.6,0.8,0,0]',"
        " since => '2000-01-01', k => 1)"
    ).fetchall()
    assert near == [("Read it",)]
    connection.execute("update codesearch.branch_history set commits = '{}'")
    near = connection.execute(
        "select subject from codesearch.search_changes('decode', mode => 'vector', query_embedding => '[0.6,0.8,0,0]')"
    ).fetchall()
    assert near == []


def test_what_is_embedded_stays_when_a_worker_stops(connection, indexer):
    connection.execute("select codesearch.add_model('tiny', 4, 16, %s)", (Jsonb({"model.onnx": "AAAA"}),))
    store_history(connection, "demo", *(commit_row(f"Parse {n}", "a.py") for n in range(300)))
    asked = []
    _worker(indexer, stopping=lambda: asked.append(0) or len(asked) > 3).run_until_idle()
    (some,) = connection.execute("select count(*) from codesearch.commit_embedding").fetchone()
    assert 0 < some < 300
    _worker(indexer).run_until_idle()
    assert connection.execute("select count(*) from codesearch.commit_embedding").fetchone() == (300,)


def test_another_model_gets_vectors_of_history_too(connection, indexer):
    connection.execute("select codesearch.add_model('tiny', 4, 16, %s)", (Jsonb({"model.onnx": "AAAA"}),))
    store_history(connection, "demo", commit_row("Parse", "a.py"))
    _worker(indexer).run_until_idle()
    connection.execute("select codesearch.add_model('next', 4, 16, %s)", (Jsonb({"model.onnx": "AAAA"}),))
    _worker(indexer).run_until_idle()
    connection.execute("delete from codesearch.commit_embedding")
    connection.execute("select codesearch.queue_missing_embeddings(repository_id) from codesearch.repository")
    _worker(indexer).run_until_idle()
    assert connection.execute("select count(*) from codesearch.commit_embedding").fetchone() == (2,)
    connection.execute("select codesearch.drop_model('next')")
    assert connection.execute("select count(*) from codesearch.commit_embedding").fetchone() == (1,)


@pytest.mark.parametrize("vector", ["[1,0,0]", "[1,1,1,1]", "[0,0,0,0]"])
def test_vectors_that_no_model_made_are_refused(connection, vector):
    connection.execute("select codesearch.add_model('tiny', 4, 16, %s)", (Jsonb({"model.onnx": "AAAA"}),))
    store_history(connection, "demo", commit_row("Parse", "a.py"))
    with pytest.raises(psycopg.Error, match="embedding"):
        connection.execute(
            "select codesearch.store_commit_embeddings(1, min(repository_id), array_agg(commit_id),"
            " array[%s]::halfvec[]) from codesearch.git_commit", (vector,),
        )  # fmt: skip


def test_a_rebuilt_index_finds_the_same(connection):
    store_history(connection, "demo", *(commit_row(f"Parse header {n}", "a.py") for n in range(20)))
    before = found(connection, "header 7", "demo")
    connection.execute(
        "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
    )
    assert found(connection, "header 7", "demo") == before != []
    assert connection.execute("select indexes from codesearch.orphaned_rows()").fetchone() == ([],)
    connection.execute("alter table codesearch.git_commit disable trigger user")
    connection.execute("delete from codesearch.git_commit where subject = 'Parse header 7'")
    assert connection.execute("select cardinality(indexes) from codesearch.orphaned_rows()").fetchone() == (
        1,
    )
