"""Code like a chunk: the nearest by the best of its vectors, without itself and its copies."""

import re
from pathlib import Path

import psycopg
import pytest

from support.databases import fresh_database
from support.tenants import fill_tenants, index_pending, temporary_roles

ROOT = Path(__file__).parents[2]
NEAREST = """
with given as (select e.embedding, c.content_hash from codesearch.chunk c join codesearch.chunk_text t using (chunk_id)
               join codesearch.embedding_{model} e using (text_hash)
               where c.chunk_id = %(chunk)s order by t.unit limit 8)
select min(e.embedding <=> g.embedding) as distance
from given g, codesearch.embedding_{model} e join codesearch.chunk_text t using (text_hash)
join codesearch.chunk c using (chunk_id) join codesearch.file_version v using (version_id)
where c.level = 0 and c.content_hash <> g.content_hash and (%(path)s::text is null or v.path like 'src/open%%')
group by t.chunk_id order by 1 limit 10
"""


# Vectors of four numbers, by the length of the text: many are equally near.
FILES = {
    f"src/{kind}_{n}.py": f"def {kind}_{n}(a):\n    return {'a + ' * n}{n}\n"
    for kind in ("open", "close")
    for n in range(30)
}


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            connection.execute("select codesearch.add_model('tiny', 4, 16, '{\"model.onnx\": \"AAAA\"}')")
            for path, content in FILES.items():
                connection.execute("select codesearch.upsert_file('web', %s, %s)", (path, content))
            index_pending(connection)
            connection.execute("select codesearch.activate_model('tiny')")
        yield made


@pytest.fixture(scope="module")
def asked(database):
    with database.connect() as connection:
        yield connection


def _chunks(connection, wanted):
    query = "select chunk_id from codesearch.chunk where level = 0 order by md5(content) limit %s"
    return [row[0] for row in connection.execute(query, (wanted,))]


def _model(connection):
    return connection.execute("select codesearch.resolve_model(null)").fetchone()[0]


@pytest.mark.parametrize("path", [None, "open_*.py"])
def test_the_nearest_by_brute_force(asked, path):
    for chunk in _chunks(asked, 8):
        expected = asked.execute(
            NEAREST.format(model=_model(asked)), {"chunk": chunk, "path": path}
        ).fetchall()
        found = asked.execute(
            "select score, rank, path from codesearch.find_similar(%s, path => %s)", (chunk, path)
        ).fetchall()
        assert [row[1] for row in found] == list(range(1, 11))
        assert [1 - row[0] for row in found] == pytest.approx([row[0] for row in expected], abs=1e-6)
        assert path is None or all("open_" in row[2] for row in found)


def test_neither_itself_nor_its_copies(database):
    with database.connect(autocommit=False) as connection:
        (chunk,) = _chunks(connection, 1)
        hash_of = "select o.content_hash from codesearch.chunk o where o.chunk_id = %s"
        connection.execute(
            f"update codesearch.chunk set content_hash = ({hash_of}) where chunk_id in"
            " (select s.chunk_id from codesearch.find_similar(%s, 40) s)",
            (chunk, chunk),
        )
        found = connection.execute(
            "select s.chunk_id from codesearch.find_similar(%s, 5) s", (chunk,)
        ).fetchall()
        assert len(found) == 5, "copies take nobody's place"
        same = f"select c.chunk_id from codesearch.chunk c where c.content_hash = ({hash_of})"
        assert not {*found} & {*connection.execute(same, (chunk,)).fetchall()}
        connection.rollback()


def test_by_words_where_there_are_no_vectors(database):
    with database.connect(autocommit=False) as connection:
        connection.execute("update codesearch.model_version set status = 'retired'")
        (chunk,) = _chunks(connection, 1)
        found = connection.execute(
            "select s.chunk_id, s.lexical_rank, s.rank from codesearch.find_similar(%s, 7) s", (chunk,)
        ).fetchall()
        assert [row[2] for row in found] == list(range(1, 8))
        assert all(row[1] for row in found)
        assert chunk not in {row[0] for row in found}
        assert connection.execute("select count(*) from codesearch.query_log").fetchone() == (0,)
        connection.rollback()


@pytest.mark.parametrize(
    ("arguments", "sqlstate"),
    [
        ("-1", "CS009"),
        ("null", "CS009"),
        ("{chunk}, 0", "CS001"),
        ("{chunk}, 100000", "CS001"),
        ("{chunk}, kind => 'x'", "CS001"),
        ("{chunk}, language => 'x'", "CS001"),
        ("{chunk}, repository => 'x'", "CS006"),
        ("{chunk}, model => 'x'", "CS002"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_meant(asked, arguments, sqlstate):
    (chunk,) = _chunks(asked, 1)
    with pytest.raises(psycopg.Error) as refused:
        asked.execute(f"select * from codesearch.find_similar({arguments.format(chunk=chunk)})")
    assert refused.value.sqlstate == sqlstate


def test_a_chunk_of_another_tenant_is_none(server_url):
    chunk = (
        "select c.chunk_id from codesearch.chunk c join codesearch.repository r using (repository_id)"
        " where r.name = %s limit 1"
    )
    with (
        fresh_database(server_url) as made,
        temporary_roles(made.url, "codesearch_reader") as (reader,),
        made.connect() as connection,
    ):
        fill_tenants(connection)
        connection.execute("select codesearch.activate_model('tiny')")
        connection.execute("select codesearch.enable_row_level_security()")
        connection.execute("select codesearch.grant_repository('open', %s::name)", (reader,))
        mine = connection.execute(chunk, ("open",)).fetchone()[0]
        other = connection.execute(chunk, ("zanzibar-vault",)).fetchone()[0]
        connection.execute(f"set role {reader}")
        found = connection.execute("select repository from codesearch.find_similar(%s)", (mine,)).fetchall()
        assert found
        assert {row[0] for row in found} == {"open"}
        with pytest.raises(psycopg.Error, match="there is no chunk"):
            connection.execute("select * from codesearch.find_similar(%s)", (other,))
        connection.execute("reset role")
        connection.execute("drop owned by " + reader)


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
    assert named - existing == set()
