"""New texts are found by meaning before the model has read them, and never stand beside the model's own vectors."""

import numpy as np
import pytest
from click.testing import CliRunner

from pgcodesearch.cli import main
from pgcodesearch.database.errors import InvalidArgument, UnknownModel
from pgcodesearch.document_tables import renewing
from pgcodesearch.document_tables.storing import provisional_embedder, store
from pgcodesearch.document_tables.table import DocumentTable
from pgcodesearch.embedding import load_embedder
from pgcodesearch.indexing import Worker
from support.databases import fresh_database, installed_template

_SUBJECTS = (
    "redirects",
    "cookies",
    "sockets",
    "colours",
    "matrices",
    "invoices",
    "triangles",
    "passwords",
    "threads",
)
_ASKED = "hexadecimal digits of a colour"


def _source(subject: str, count: int = 10) -> str:
    return "".join(
        f"def handle_{subject}_{number}(value):\n    '''Handle {subject} of kind {number}.'''\n"
        f"    return {subject}.handle(value, {number})\n\n\n"
        for number in range(count)
    )


_COLOUR = """def parse_hexadecimal_colour(text):
    '''Read the colour of hexadecimal digits.'''
    return int(text, 16)
"""


@pytest.fixture
def chunked(server_url):
    """A database with more texts than the model embeds at once, chunked and not embedded."""
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        for subject in _SUBJECTS:
            database.rows(
                "select codesearch.upsert_file('demo', %s, %s)", (f"{subject}.py", _source(subject))
            )
        database.rows("select codesearch.upsert_file('demo', 'colour.py', %s)", (_COLOUR,))
        with database.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        yield database


def _embed(database):
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("embed",)).run_until_idle()


def _run(database, statement):
    with database.connect() as connection:
        connection.execute(statement)


def _asked() -> str:
    return str(load_embedder().encode([_ASKED], "query")[0].tolist())


def _vector_symbols(database):
    return [
        row[0] for row in database.rows(
            "select symbol from codesearch.search(%s, 5, mode => 'vector', query_embedding => %s::halfvec)",
            (_ASKED, _asked()),
        )
    ]  # fmt: skip


def test_a_new_repository_answers_by_meaning_before_the_model_has_read_it(chunked):
    assert chunked.value("select count(*) from codesearch.embedding_1") == 0
    texts = chunked.value("select count(*) from codesearch.stored_text")
    assert chunked.value("select count(*) from codesearch.provisional_embedding") == texts
    assert _vector_symbols(chunked)[0] == "parse_hexadecimal_colour"
    owed = chunked.rows(
        "select embedded_texts, provisional_texts, vector_coverage from codesearch.index_status"
    )
    assert owed == [(0, texts, 0.0)]


def test_each_goes_when_the_models_own_comes(chunked):
    _embed(chunked)
    assert chunked.value("select count(*) from codesearch.provisional_embedding") == 0
    owed = chunked.rows(
        "select total_texts = embedded_texts, provisional_texts, vector_coverage from codesearch.index_status"
    )
    assert owed == [(True, 0, 1.0)]
    assert _vector_symbols(chunked)[0] == "parse_hexadecimal_colour"


def test_both_kinds_are_found_beside_each_other(chunked):
    """With an HNSW index over the model's own: what is provisional is in no index and found all the same."""
    _embed(chunked)
    _run(chunked, "insert into codesearch.setting values ('vector.index_from', '10')")
    assert chunked.value("select codesearch.ensure_vector_index(1)")
    for number in range(9):
        chunked.rows(
            "select codesearch.upsert_file('demo', %s, %s)", (f"n{number}.py", _source(f"numbers{number}"))
        )
    more = "def colour_of_hex_digits(digits):\n    '''The colour that hexadecimal digits name.'''\n    return digits\n"
    chunked.rows("select codesearch.upsert_file('demo', 'more.py', %s)", (more,))
    with chunked.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()
    assert chunked.value("select count(*) from codesearch.provisional_embedding") > 0
    assert set(_vector_symbols(chunked)[:2]) == {"parse_hexadecimal_colour", "colour_of_hex_digits"}
    narrowed = chunked.rows(
        "select symbol from codesearch.search(%s, 1, path => 'more.py', mode => 'vector',"
        " query_embedding => %s::halfvec)",
        (_ASKED, _asked()),
    )
    assert narrowed == [("colour_of_hex_digits",)]


def test_a_small_change_waits_for_the_model(server_url):
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        database.rows("select codesearch.upsert_file('demo', 'colour.py', %s)", (_COLOUR,))
        with database.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        assert database.value("select count(*) from codesearch.provisional_embedding") == 0


def test_there_are_as_many_as_the_setting_allows(server_url):
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        _run(database, "insert into codesearch.setting values ('vector.provisional_most', '7')")
        for subject in _SUBJECTS:
            database.rows(
                "select codesearch.upsert_file('demo', %s, %s)", (f"{subject}.py", _source(subject))
            )
        with database.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",)).run_until_idle()
        assert database.value("select count(*) from codesearch.provisional_embedding") == 7


def test_they_are_near_the_models_own(chunked):
    provisional = dict(
        chunked.rows("select text_hash, embedding::text from codesearch.provisional_embedding")
    )
    _embed(chunked)
    own = dict(chunked.rows("select text_hash, embedding::text from codesearch.embedding_1"))
    cosines = [
        float(np.dot(np.fromstring(vector[1:-1], sep=","), np.fromstring(own[key][1:-1], sep=",")))
        for key, vector in provisional.items()
    ]
    assert np.mean(cosines) > 0.6


def test_store_provisional_takes_nothing_that_the_model_has_or_nobody_holds(chunked):
    vector = "[1" + ",0" * 383 + "]"
    held = chunked.value("select min(text_hash::text) from codesearch.stored_text")
    _run(chunked, "delete from codesearch.provisional_embedding")
    given = ([held, "00000000-0000-0000-0000-000000000000"], [vector, vector])
    assert chunked.value("select codesearch.store_provisional(1, %s::uuid[], %s::halfvec[])", given) == 1
    _embed(chunked)
    assert chunked.value("select codesearch.store_provisional(1, %s::uuid[], %s::halfvec[])", given) == 0


def test_without_a_document_table_new_texts_wait(chunked):
    _run(chunked, "delete from codesearch.document_table")
    with chunked.connect() as connection:
        assert provisional_embedder(connection) is None


def test_a_damaged_table_stops_nothing(server_url):
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        _run(database, "update codesearch.document_table set content = 'x', sha256 = sha256('x')")
        for subject in _SUBJECTS:
            database.rows(
                "select codesearch.upsert_file('demo', %s, %s)", (f"{subject}.py", _source(subject))
            )
        said = []
        with database.connect(autocommit=False) as connection:
            Worker(connection, stages=("chunk",), say=said.append).run_until_idle()
        assert "models document-table" in said[0]
        assert database.value("select pending_files from codesearch.index_status") == len(
            _SUBJECTS
        )  # for vectors
        assert database.value("select count(*) from codesearch.index_job where stage = 'chunk'") == 0


def test_a_table_of_another_dimension_is_refused(chunked):
    table = DocumentTable(np.array([1]), np.ones((2, 4), dtype=np.float32), 64)
    with chunked.connect() as connection:
        with pytest.raises(InvalidArgument, match="dimension 4"):
            store(connection, "minilm-code-v2", table.to_bytes())
        with pytest.raises(UnknownModel):
            store(connection, "no such", table.to_bytes())


def test_a_table_is_made_from_what_the_index_has(server_url, tmp_path):
    with fresh_database(server_url, template=installed_template(server_url)) as database:
        _fill_vectors(database, 1_200)
        _run(database, "delete from codesearch.document_table")
        file = tmp_path / "table.npz"
        ran = CliRunner().invoke(
            main,
            ["--database", database.url, "models", "document-table", "minilm-code-v2", "--file", str(file)],
        )
        assert ran.exit_code == 0, ran.output
        assert "accepted: cosine" in ran.output
        stored = database.rows("select content, metrics ->> 'texts' from codesearch.document_table")
        assert stored == [(file.read_bytes(), "1200")]


def test_too_little_to_make_one_of_says_so(chunked):
    with chunked.connect() as connection, pytest.raises(InvalidArgument, match="1,000 are needed"):
        renewing.renew(connection, "minilm-code-v2", 5_000, lambda step, done, total: None)


def _fill_vectors(database, count):
    """Texts with vectors that are sums of their words': no model has to run for them."""
    random = np.random.default_rng(1)
    words = {word: random.normal(size=384) + 0.4 for word in [*_SUBJECTS, *(f"word{n}" for n in range(20))]}
    with database.connect() as connection:
        for _ in range(count):
            chosen = random.choice(list(words), 6, replace=False)
            vector = sum(words[word] for word in chosen)
            vector = vector / np.linalg.norm(vector)
            text = " ".join(chosen)
            connection.execute(
                "with t as (insert into codesearch.stored_text values (codesearch.text_hash(%s), %s)"
                " on conflict (text_hash) do nothing returning text_hash)"
                " insert into codesearch.embedding_1 select text_hash, 8, 8, %s::halfvec from t",
                (text, text, "[" + ",".join(map(str, vector)) + "]"),
            )


def test_with_no_vector_at_all_words_weigh_as_they_do_without_the_model(chunked):
    """The weights of words beside meaning would answer worse: nothing has a vector that they could stand beside."""
    asked = "select chunk_id, score from codesearch.search(%s, mode => %s, k => 100)"

    def answered(mode):
        return set(chunked.rows(asked, [_ASKED, mode]))

    chunked.rows("delete from codesearch.provisional_embedding")
    # Mode hybrid leaves near copies out, so it has a part of them.
    assert set() != answered("hybrid") <= answered("lexical")
    _embed(chunked)
    assert not answered("hybrid") & answered("lexical")
