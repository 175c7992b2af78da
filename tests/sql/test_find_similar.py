"""Code like a chunk: the nearest by any of its vectors, without itself and its copies."""

import re
from pathlib import Path

import psycopg
import pytest

from support.databases import fresh_database
from support.tenants import fill_tenants, temporary_roles

ROOT = Path(__file__).parents[2]
NEAREST = """
with given as (select e.embedding from codesearch.chunk_text t join codesearch.embedding_1 e using (text_hash)
               where t.chunk_id = %(chunk)s order by t.unit limit 8)
select t.chunk_id, min(e.embedding <=> g.embedding) as distance
from given g, codesearch.embedding_1 e join codesearch.chunk_text t using (text_hash) join codesearch.chunk c using (chunk_id)
where c.level = 0 and c.content_hash <> (select o.content_hash from codesearch.chunk o where o.chunk_id = %(chunk)s)
  and (%(kind)s::text is null or c.kind = %(kind)s)
group by t.chunk_id order by 2, 1 limit 10
"""


@pytest.fixture(scope="module")
def asked(corpus):
    with corpus.connect() as connection:
        yield connection


def _chunks(connection, wanted):
    return [
        row[0]
        for row in connection.execute(
            "select chunk_id from codesearch.chunk where level = 0 and kind <> 'block' order by md5(content) limit %s",
            (wanted,),
        )
    ]


@pytest.mark.parametrize("kind", [None, "method"])
def test_the_nearest_by_brute_force(asked, kind):
    shares = []
    for chunk in _chunks(asked, 12):
        expected = asked.execute(NEAREST, {"chunk": chunk, "kind": kind}).fetchall()
        found = asked.execute(
            "select chunk_id, score, rank, kind from codesearch.find_similar(%s, kind => %s)", (chunk, kind)
        ).fetchall()
        assert [row[2] for row in found] == list(range(1, 11))
        assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True)
        assert kind is None or {row[3] for row in found} == {kind}
        shares.append(len({row[0] for row in found} & {row[0] for row in expected}) / 10)
    assert sum(shares) / len(shares) >= 0.95, "the index is approximate"


def test_neither_itself_nor_its_copies(server_url, vectors_template):
    with (
        fresh_database(server_url, template="pgcodesearch_corpus_vectors") as made,
        made.connect() as connection,
    ):
        (chunk,) = _chunks(connection, 1)
        hash_of = "select content_hash from codesearch.chunk where chunk_id = %s"
        connection.execute(
            f"update codesearch.chunk set content_hash = ({hash_of}) where chunk_id in"
            " (select s.chunk_id from codesearch.find_similar(%s, 40) s)", (chunk, chunk),
        )  # fmt: skip
        found = connection.execute(
            "select s.chunk_id from codesearch.find_similar(%s, 5) s", (chunk,)
        ).fetchall()
        assert len(found) == 5, "copies take nobody's place"
        same = connection.execute(
            f"select chunk_id from codesearch.chunk where content_hash = ({hash_of})", (chunk,)
        )
        assert not {row[0] for row in found} & {row[0] for row in same}


def test_by_words_where_there_are_no_vectors(words_database):
    with words_database.connect() as connection:
        (chunk,) = _chunks(connection, 1)
        found = connection.execute(
            "select s.chunk_id, s.lexical_rank, s.rank from codesearch.find_similar(%s, 7) s", (chunk,)
        ).fetchall()
        assert [row[2] for row in found] == list(range(1, 8))
        assert all(row[1] for row in found)
        assert chunk not in {row[0] for row in found}
        assert connection.execute("select count(*) from codesearch.query_log").fetchone() == (0,)


@pytest.mark.parametrize(
    ("arguments", "sqlstate"),
    [("-1", "CS009"), ("null", "CS009"), ("{chunk}, 0", "CS001"), ("{chunk}, 100000", "CS001"), ("{chunk}, kind => 'x'", "CS001"),
     ("{chunk}, language => 'x'", "CS001"), ("{chunk}, repository => 'x'", "CS006"), ("{chunk}, model => 'x'", "CS002")],
)  # fmt: skip
def test_arguments_that_cannot_be_meant(asked, arguments, sqlstate):
    (chunk,) = _chunks(asked, 1)
    with pytest.raises(psycopg.Error) as refused:
        asked.execute(f"select * from codesearch.find_similar({arguments.format(chunk=chunk)})")
    assert refused.value.sqlstate == sqlstate


def test_filters(asked):
    (chunk,) = _chunks(asked, 1)
    paths = asked.execute("select path from codesearch.find_similar(%s, path => '*.go')", (chunk,)).fetchall()
    assert paths
    assert all(path.endswith(".go") for (path,) in paths)


def test_a_chunk_of_another_tenant_is_none(server_url):
    with fresh_database(server_url) as made, temporary_roles(made.url, "codesearch_reader") as (reader,):
        with made.connect() as connection:
            fill_tenants(connection)
            connection.execute("select codesearch.activate_model('tiny')")
            connection.execute("select codesearch.enable_row_level_security()")
            connection.execute("select codesearch.grant_repository(%s, 'open')", (reader,))
            chunk = "select c.chunk_id from codesearch.chunk c join codesearch.repository r using (repository_id) where r.name = %s limit 1"
            mine = connection.execute(chunk, ("open",)).fetchone()[0]
            other = connection.execute(chunk, ("zanzibar-vault",)).fetchone()[0]
            connection.execute(f"set role {reader}")
            found = connection.execute(
                "select repository from codesearch.find_similar(%s)", (mine,)
            ).fetchall()
            assert found
            assert {row[0] for row in found} == {"open"}
            with pytest.raises(psycopg.Error, match="there is no chunk"):
                connection.execute("select * from codesearch.find_similar(%s)", (other,))


def test_every_object_that_a_hint_names_exists(asked):
    sources = [*(ROOT / "sql").rglob("*.sql"), *(ROOT / "pysrc").rglob("*.py")]
    hints = [
        hint
        for source in sources
        for hint in re.findall(r"(?:hint|mend)\s*(?:=|:=|:)[^\n]*(?:\n[^\n]*){0,2}", source.read_text(), re.I)
    ]
    named = {name for hint in hints for name in re.findall(r"codesearch\.([a-z_]+)", hint)}
    assert "find_similar" in named
    existing = {
        row[0]
        for row in asked.execute(
            "select proname from pg_proc where pronamespace = 'codesearch'::regnamespace"
            " union select relname from pg_class where relnamespace = 'codesearch'::regnamespace"
        )
    }
    assert {name for name in named if name not in existing and not name.startswith("embedding_")} == set()
