"""A query table made of an index: from its texts to the gate, by the command."""

import itertools

import pytest

from pgcodesearch.query_tables import renewing
from pgcodesearch.query_tables.table import QueryTable
from support.commands import call, call_json, installed_database
from support.endpoints import serving
from support.indexing import chunk_all, upsert

_VERBS = ("Opens", "Closes", "Merges", "Splits", "Sends", "Parses", "Counts", "Sorts", "Hides", "Draws")
_ADJECTIVES = ("broken", "encrypted", "pending", "nested", "empty", "remote", "signed", "cached")
_NOUNS = ("packets", "ledgers", "cursors", "headers", "archives")


def _files():
    """400 functions, each with a sentence that asks for it alone."""
    for noun in _NOUNS:
        functions = (
            f'def {verb.lower()}_{adjective}_{noun}(given):\n    """{verb} {adjective} {noun} of the given account.'
            f'"""\n    return given + {number}\n'
            for number, (verb, adjective) in enumerate(itertools.product(_VERBS, _ADJECTIVES))
        )
        yield f"{noun}.py", "\n\n".join(functions)


@pytest.fixture(scope="module")
def indexed(server_url):
    with installed_database(server_url) as database:
        with database.connect() as connection:
            for path, content in _files():
                upsert(connection, path, content)
        chunk_all(database)
        yield database


@pytest.mark.slow
def test_from_texts_to_the_gate(indexed, tmp_path):
    """Accepted and refused; what was accepted answers, and is in the file too."""
    file = tmp_path / "table.npz"
    told = call_json(indexed, "models", "query-table", "minilm-code-v2", "--texts", "1200", "--file", file)
    assert told["accepted"], told["reason"]
    assert told["texts"] <= 1_200
    assert told["cosine"] > 0.7
    assert told["difference"]["queries"] >= 20
    assert 0 < told["settings"]["vector.deviation"] < 0.5
    stored = "select count(*) from codesearch.query_token where embedding is not null"
    assert 500 < indexed.value(stored) <= 1_200
    assert QueryTable.from_bytes(file.read_bytes()).has_vector.sum() == indexed.value(stored)
    assert indexed.value("select encoder from codesearch.query_encoder(1)") == "table"
    assert call_json(indexed, "status")["query_encoder"] == "table"

    result = call(indexed, "models", "query-table", "minilm-code-v2", "--texts", "1000", "--most-fall", "-1")
    assert result.exit_code == 1
    assert "refused: NDCG@10" in result.output
    assert indexed.value("select reason from codesearch.query_encoder(1)").startswith(
        "the query table of model"
    )
    report = call_json(indexed, "status")
    assert (report["query_encoder"], "was not accepted" in report["without_encoder"]) == (None, True)
    assert "answered by words alone" in call(indexed, "status").output
    assert "pgcodesearch models query-table minilm-code-v2" in call(indexed, "doctor").output


def test_no_judged_query_is_fitted_to(indexed):
    with indexed.connect() as connection:
        connection.execute(
            "insert into codesearch.judged_query (query_set, query_key, repository, query)"
            " select 's', n::text, 'demo', 'Opens broken packets of the given account' from generate_series(1, 20) n"
        )
        connection.execute(
            "insert into codesearch.judgment (query_set, query_key, path, start_line, end_line, grade)"
            " select 's', n::text, 'packets.py', 1, 3, 3 from generate_series(1, 20) n"
        )
        planned = renewing.plan(connection, "minilm-code-v2")
        connection.execute("delete from codesearch.judged_query")
    assert {query.query for query in planned.queries} == {"Opens broken packets of the given account"}
    assert not [
        text for text in planned.texts if text.lower().startswith("opens broken packets of the given")
    ]


def test_an_index_that_says_too_little(server_url):
    with installed_database(server_url) as database:
        result = call(database, "models", "query-table", "minilm-code-v2")
        assert result.exit_code == 1
        assert "1000 are needed" in result.output
        assert database.value("select encoder from codesearch.query_encoder(1)") == "table", (
            "the shipped one stays"
        )
        result = call(database, "models", "query-table", "nobody")
        assert "no model version 'nobody'" in result.output


@pytest.mark.slow
def test_an_endpoint_is_asked_only_after_a_word(indexed):
    with serving() as service:
        call(indexed, "models", "add", "away", "--endpoint", service.url, "--remote-model", "m")
        service.requests.clear()
        refused = call(indexed, "models", "query-table", "away", "--texts", "1000")
        assert refused.exit_code == 1
        assert "characters, are sent to the endpoint of away" in refused.output
        assert service.requests == []
        told = call_json(
            indexed, "models", "query-table", "away", "--texts", "1000", "--yes", "--most-fall", "1"
        )
        assert told["accepted"]
        assert service.requests
    dimension = indexed.value("select dimension from codesearch.model_version where name = 'away'")
    assert indexed.value("select vector_dims(codesearch.embed_query('open packets', 'away'))") == dimension
    call(indexed, "models", "drop", "away")
    assert indexed.value("select count(*) from codesearch.query_table") == 1
