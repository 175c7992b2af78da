"""A plain Hugging Face folder from `models add` to an answer: a BERT, and a decoder of 1,536 dimensions."""

import importlib.util
import json
import warnings

import numpy as np
import pytest

pytest.importorskip("torch", reason="an export needs the train extra")
pytest.importorskip("onnx", reason="an export needs the train extra")

from pgcodesearch.embedding.stored import describe_model, load_stored
from pgcodesearch.model_versions import filling
from pgcodesearch.searching import Client
from support.commands import call, call_json
from support.endpoints import FILES
from support.indexing import chunk_all, upsert
from support.tiny_encoder import as_sentence_transformer, write_decoder, write_encoder


@pytest.fixture
def indexed(database):
    """Three files in chunks, without a model."""
    with database.connect() as connection:
        connection.execute("select codesearch.change_setting('vector.index_from', '1')")
        for path, text in FILES.items():
            upsert(connection, path, text)
    chunk_all(database)
    return database


@pytest.fixture
def bert(tmp_path):
    folder = tmp_path / "tiny-bert"
    folder.mkdir()
    return as_sentence_transformer(write_encoder(folder), prompts={"query": "the "}, max_seq_length=48)


def test_a_decoder_of_1536_dimensions_answers(indexed, tmp_path):
    """Exported, proved, added, filled, indexed by HNSW over halfvec, and asked: each text finds itself."""
    (tmp_path / "wide").mkdir()
    folder = write_decoder(tmp_path / "wide", width=1536)
    added = call_json(indexed, "models", "add", folder, "--weights", "fp32")
    assert (added["model"], added["exported"]["pooling"]) == ("wide", "last")
    assert added["exported"]["fp32_difference"] < 1e-4
    done = filling.backfill(indexed.url, "wide", finished=False)
    assert (done.coverage, done.index_built) == (1.0, True)
    assert indexed.value("select dimension from codesearch.model_version") == 1536
    definition = indexed.value("select pg_get_indexdef(codesearch.vector_index(1))")
    assert "hnsw" in definition
    assert "halfvec" in definition
    with indexed.connect() as connection:
        embedder = load_stored(connection, describe_model(connection, "wide"))
        rows = connection.execute(
            "select t.chunk_id, s.text, e.embedding::text from codesearch.chunk_text t"
            " join codesearch.chunk c using (chunk_id) join codesearch.stored_text s using (text_hash)"
            " join codesearch.embedding_1 e using (text_hash) where t.role = 'whole' and c.level = 0"
        ).fetchall()
    stored = np.array([json.loads(vector) for *_, vector in rows])
    alone = np.vstack([embedder.encode([text]) for _, text, _ in rows])
    np.testing.assert_allclose(stored, alone, atol=1e-3)  # halfvec keeps three digits
    with indexed.connect() as connection:
        for (chunk_id, *_), vector in zip(rows, alone, strict=True):
            (nearest,) = connection.execute(
                "select (codesearch.vector_candidates(1, %s::real[]::halfvec(1536), 3, codesearch.scope_of(null),"
                " null, false, null)).chunk_ids[1]",
                (vector.tolist(),),
            ).fetchone()
            assert nearest == chunk_id
    with Client(indexed.url) as client, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(client.search("set cookie value", mode="vector")) >= 3


def test_a_folder_of_sentence_transformers_is_added_as_it_says(indexed, bert):
    result = call(indexed, "models", "add", bert, "--name", "mine")
    assert result.exit_code == 0, result.output
    assert "mean pooling, int8 weights, at most 48 tokens" in result.output
    assert "assumed" not in result.output
    assert "\nadded mine; next: pgcodesearch models backfill mine\n" in result.output
    configuration = indexed.value("select configuration from codesearch.model_version")
    assert configuration["prefixes"] == {"query": "the ", "code": ""}
    assert configuration["licence"] == "unknown"
    files = {file for (file,) in indexed.rows("select file from codesearch.model_artefact")}
    assert files == {"model.onnx", "tokenizer.json", "config.json", "MODEL_CARD.md"}
    told = call(indexed, "models", "backfill", "mine").output
    assert "mine: 3 files embedded, coverage 1.000\n" in told
    assert "\\n" not in told


def test_what_was_assumed_is_told(database, tmp_path):
    (tmp_path / "plain").mkdir()
    result = call(database, "models", "add", write_encoder(tmp_path / "plain"), "--weights", "tables")
    assert "fp32 with int8 tables weights" in result.output
    assert "\nthe folder does not say, so assumed: pooling mean, at most 64 tokens\n" in result.output


def test_without_the_extra_it_is_told_how_to_get_it(database, bert, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else real(name))
    result = call(database, "models", "add", bert)
    assert result.exit_code == 1
    assert "torch not installed" in result.output
    assert "hint: pip install 'pgcodesearch[train]'" in result.output
    assert database.value("select count(*) from codesearch.model_version") == 0


def test_what_the_proof_refuses_is_not_added(database, bert, monkeypatch):
    monkeypatch.setattr("pgcodesearch.training.export.LOWEST_INT8_COSINE", 1.1)
    result = call(database, "models", "add", bert)
    assert result.exit_code == 1
    assert "int8 loses too much" in result.output
    assert "hint: Try --weights tables, or fp32." in result.output
    assert database.value("select count(*) from codesearch.model_version") == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["minilm-code-v2", "--weights", "fp32"], "--weights is for a Hugging Face folder"),
        (["FOLDER", "--remote-model", "x"], "--remote-model is for models behind an --endpoint"),
        (["FOLDER", "--endpoint", "http://localhost:1/v1", "--remote-model", "x", "--pooling", "cls"],
         "--pooling is for a Hugging Face folder"),
        (["minilm-code-v2", "--max-tokens", "5"], "--max-tokens is for"),
    ],
)  # fmt: skip
def test_options_of_another_kind_of_model_are_wrong_usage(database, bert, options, words):
    result = call(database, "models", "add", *[bert if option == "FOLDER" else option for option in options])
    assert result.exit_code == 2
    assert words in result.output
