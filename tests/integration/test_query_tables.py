"""Queries that SQL embeds by look-up: tokens as the library has them, vectors, and what a search says of it."""

import random

import numpy as np
import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from pgcodesearch.embedding import load_embedder
from pgcodesearch.embedding.artefact import DEFAULT_MODEL, find_model
from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from pgcodesearch.query_tables.judging import Verdict
from pgcodesearch.query_tables.storing import keep_verdict, store
from pgcodesearch.query_tables.table import QUERY_TABLE_FILE, QueryTable
from pgcodesearch.query_tables.vocabulary import Vocabulary
from support.databases import administer, fresh_database, installed_template

_RANGES = [(32, 126)] * 6 + [
    (1, 31), (0xA0, 0x24F), (0x300, 0x5FF), (0x900, 0x97F), (0x1E00, 0x1FFF), (0x2000, 0x2FFF), (0x3040, 0x30FF),
    (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF), (0xFF00, 0xFFEF), (0x10400, 0x1044F), (0x1F300, 0x1F6FF),
    (0x20000, 0x20FFF),
]  # fmt: skip
_FILES = {
    "a.py": "def follow_redirects(response):\n    return send(response.next)\n",
    "b.py": "def parse_colour(text):\n    return int(text[1:], 16)\n",
}
_ASKED = "hexadecimal digits to number"


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


@pytest.fixture(scope="module")
def vocabulary(embedder):
    return Vocabulary.of_model(embedder.artefact(), embedder.query_prefix, embedder.max_tokens)


@pytest.fixture(scope="module")
def installed(server_url):
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        for path, content in _FILES.items():
            database.rows("select codesearch.upsert_file('demo', %s, %s)", (path, content))
        with database.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        yield database


@pytest.fixture
def copy(server_url, installed):
    """A database of the test's own, with the files and their vectors."""
    name = psycopg.conninfo.conninfo_to_dict(installed.url)["dbname"]
    with fresh_database(server_url, template=name) as database:
        yield database


def _model(database):
    return database.value("select model_version_id from codesearch.model_version")


def _random_queries(count: int) -> list[str]:
    draw = random.Random(20_261_130)
    letters = [chr(code) for low, high in _RANGES[:6] + [(97, 122)] * 6 for code in range(low, high + 1)]
    plain = [
        " ".join("".join(draw.choices(letters, k=draw.randint(1, 12))) for _ in range(draw.randint(1, 10)))
        for _ in range(count // 2)
    ]
    wide = [
        "".join(chr(draw.randint(*draw.choice(_RANGES))) for _ in range(draw.randint(1, 40)))
        for _ in range(count - len(plain))
    ]
    return plain + wide


def test_tokens_are_those_of_the_library(installed, vocabulary):
    """10,000 queries: words and signs, accents, scripts without blanks, controls, long words, nothing."""
    queries = [
        "where are redirects followed", "", " ", "a", "Session.resolve_redirects()", "naïve café ŁØÆ ﬁne İstanbul",
        "日本語の検索 and 中文", "don't stop... [x]", "x" * 101, "x" * 100, "ΑΒΓ ТЕСТ", "emoji 😀 test", "a\tb\nc\x0bd",
        "zero\u200bwidth", "e\u0301", " ".join(["word"] * 400), *_random_queries(10_000),
    ]  # fmt: skip
    expected = [[vocabulary.tokens[number] for number in row] for row in vocabulary.rows(queries)]
    found = installed.rows(
        "select codesearch.query_tokens(q, %s) from unnest(%s::text[]) with ordinality as q(q, n) order by n",
        (_model(installed), queries),
    )
    wrong = [(q, a, b) for q, (a,), b in zip(queries, found, expected, strict=True) if a != b]
    assert not wrong, wrong[:3]


def test_every_character_is_read_as_the_library_reads_it(installed, vocabulary):
    """Between two letters: dropped, a blank, a word of its own, in lower case, without its accent. Without the letters
    that PostgreSQL's newer Unicode decomposes and the library's does not, and most of those beyond 16 bits."""
    codes = [
        *range(1, 0xD800),
        *range(0xE000, 0x105C0),
        *range(0x10600, 0x11000),
        *range(0x1E900, 0x1F000),
        *range(0x20000, 0x20010),
    ]
    cleaned = vocabulary.tokenizer.normalizer, vocabulary.tokenizer.pre_tokenizer
    found = installed.rows(
        "select n, codesearch.wordpiece_words('a' || chr(n) || 'b', '{}') from unnest(%s::int[]) n", (codes,)
    )
    wrong = [
        (hex(code), words, expected)
        for code, words in found
        if words != (expected := [
            word for word, _ in cleaned[1].pre_tokenize_str(cleaned[0].normalize_str(f"a{chr(code)}b"))
        ])
    ]  # fmt: skip
    assert not wrong, wrong[:5]


def test_vectors_are_those_of_the_reference(installed, embedder):
    """Pairs of tokens included, among them the special ones at both ends."""
    table = QueryTable.from_bytes((find_model(DEFAULT_MODEL) / QUERY_TABLE_FILE).read_bytes())
    queries = [
        "where are redirects followed", "how to sort a data frame in python", "x", "日本語", " ".join(["parse"] * 300),
        "HTTPAdapter.send é",
    ]  # fmt: skip
    for query, vector in zip(queries, table.encode(queries, embedder), strict=True):
        found = np.array(installed.value("select codesearch.embed_query(%s)::real[]", (query,)))
        assert found @ vector > 0.999
        assert np.linalg.norm(found) == pytest.approx(1, abs=1e-3)


def test_a_search_in_words_is_hybrid(installed):
    """What psql does: plain text finds code that shares no word with it, and log and explain say what embedded it."""
    found = installed.rows(
        "select path, lexical_rank, vector_rank, query_id from codesearch.search(%s)", (_ASKED,)
    )
    assert found[0][:3] == ("b.py", None, 1)
    assert (
        installed.value("select encoder from codesearch.query_log where query_id = %s", (found[0][3],))
        == "table"
    )
    assert installed.value("select encoder from codesearch.explain(%s) limit 1", (_ASKED,)) == "table"
    vector = "codesearch.embed_query('x')"
    assert (
        installed.value(f"select encoder from codesearch.explain('x', query_embedding => {vector}) limit 1")
        == "caller"
    )
    assert installed.rows("select path from codesearch.search(%s, mode => 'vector')", (_ASKED,))
    assert (
        installed.value("select encoder from codesearch.explain('colour', mode => 'lexical') limit 1") is None
    )


@pytest.mark.parametrize("setting", ["default_transaction_read_only", "transaction_read_only"])
def test_a_read_only_search_is_hybrid(installed, setting):
    with installed.connect(autocommit=setting.startswith("default")) as connection:
        connection.execute(f"set {setting} = on")
        found = connection.execute(
            "select path, vector_rank from codesearch.search(%s)", (_ASKED,)
        ).fetchone()
    assert found == ("b.py", 1)


def test_a_reader_may_search_by_meaning(copy):
    copy.rows("select codesearch.enable_row_level_security()")
    try:
        copy.rows("create role query_table_reader in role codesearch_reader")
        copy.rows("select codesearch.grant_repository('demo', 'query_table_reader')")
        with copy.connect() as connection:
            connection.execute("set role query_table_reader")
            found = connection.execute(
                "select path, vector_rank from codesearch.search(%s)", (_ASKED,)
            ).fetchone()
            assert found == ("b.py", 1)
            for table in ("query_table", "query_token"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(sql.SQL("delete from codesearch.{}").format(sql.Identifier(table)))
    finally:
        copy.rows("drop owned by query_table_reader")
        administer(copy.url, "drop role if exists query_table_reader")


def _said(database, query, **options):
    notices = []
    with database.connect() as connection:
        connection.add_notice_handler(lambda diag: notices.append(diag.message_primary))
        rows = connection.execute(query, options or None).fetchall()
    return rows, notices


def test_by_words_alone_says_why(copy):
    copy.rows("delete from codesearch.query_table")
    rows, notices = _said(copy, "select path, vector_rank from codesearch.search('parse colour')")
    assert rows == [("b.py", None)]
    assert notices == ["answered by words alone: model version 'minilm-code-v2' has no query table"]
    with pytest.raises(psycopg.Error, match="needs a query embedding"):
        copy.rows("select * from codesearch.search('x', mode => 'vector')")
    with pytest.raises(psycopg.Error) as error:
        copy.rows("select codesearch.embed_query('x')")
    assert error.value.sqlstate == "CS005"
    assert "query-table" in error.value.diag.message_hint
    copy.rows("delete from codesearch.model_version")
    assert _said(copy, "select path from codesearch.search('parse colour')")[1] == [
        "answered by words alone: no model version is active"
    ]


def test_a_refused_table_does_not_answer(copy):
    with copy.connect() as connection:
        keep_verdict(connection, "minilm-code-v2", Verdict(False, "NDCG@10 fell", None))
    _, notices = _said(copy, "select path from codesearch.search('parse colour')")
    assert notices == [
        "answered by words alone: the query table of model version 'minilm-code-v2' was not accepted: NDCG@10 fell"
    ]


def test_an_answer_that_was_kept_goes_with_the_table_that_it_came_by(copy):
    ask = "select vector_rank from codesearch.search('parse colour') limit 1"
    copy.rows("update codesearch.query_table set accepted = false")
    assert [copy.value(ask), copy.value(ask)] == [None, None]
    copy.rows("update codesearch.query_table set accepted = true")
    assert [copy.value(ask), copy.value(ask)] == [1, 1]
    assert copy.rows("select from_cache from codesearch.query_log order by query_id desc limit 4") == [
        (True,), (False,), (True,), (False,)
    ]  # fmt: skip


def test_cosines_are_on_the_scale_of_the_table(copy):
    ask = "select score from codesearch.search('parse colour', log => false) limit 1"
    before = copy.value(ask)
    copy.rows("update codesearch.query_table set settings = settings || '{\"vector.mean\": -0.5}'")
    assert copy.value(ask) > before + 1


def test_a_prefix_of_queries_is_read_with_them(copy, embedder):
    prefixed = Vocabulary.of_model(embedder.artefact(), "search_query: ", embedder.max_tokens)
    copy.rows("update codesearch.query_table set tokenizer = %s", (Jsonb(prefixed.options),))
    (expected,) = prefixed.rows(["where"])
    assert copy.value("select codesearch.query_tokens('where', %s)", (_model(copy),)) == [
        prefixed.tokens[number] for number in expected
    ]
    assert len(expected) > 5


def test_what_no_search_asks_is_not_embedded(installed):
    """A query that is too long costs nothing before it is refused."""
    encoder = "select (codesearch.encode_query(%s, %s)).encoder"
    asked = {"a": "table", "": None, " \n": None, "a" * 10_001: None}
    assert {query: installed.value(encoder, (query, _model(installed))) for query in asked} == asked


def test_init_gives_a_model_of_before_its_table(copy):
    copy.rows("delete from codesearch.query_table")
    install(copy.url)
    assert copy.value("select count(*) from codesearch.query_token where embedding is not null") > 20_000
    copy.rows("update codesearch.query_table set accepted = false, reason = 'mine'")
    install(copy.url)
    assert copy.value("select reason from codesearch.query_table") == "mine"


def test_a_table_of_another_dimension_is_refused(copy, vocabulary):
    table = QueryTable(["a"], np.ones((1, 3), dtype=np.float32), vocabulary.options)
    with copy.connect() as connection, pytest.raises(Exception, match="dimension 3"):
        store(connection, "minilm-code-v2", table)
    with copy.connect() as connection, pytest.raises(Exception, match="no model version 'nobody'"):
        store(connection, "nobody", table)
    assert copy.value("select count(*) > 20000 from codesearch.query_token")
