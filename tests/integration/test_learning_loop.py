"""The whole loop on a tiny encoder: searches and feedback in SQL, training, export, gate, switch; and a refusal."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pgvector import HalfVector

pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

import torch

from pgcodesearch.embedding import Embedder, load_embedder
from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment
from pgcodesearch.evaluating.store import save_queries
from pgcodesearch.indexing import Worker
from pgcodesearch.model_versions import adding, registry
from pgcodesearch.searching import Client
from pgcodesearch.training.export import ExportOptions, export
from support.commands import call, call_json, start
from support.databases import Database, fresh_database
from support.indexing import upsert
from support.tiny_encoder import NOUNS, VERBS, write_encoder
from support.workers import wait_until

pytestmark = pytest.mark.heavy
torch.set_num_threads(1)

TRAINING = """
learning_rate = 3e-3
epochs = 14
batch_size = 25
query_tokens = 16
code_tokens = 48
precision = "fp32"
threads = 1
metrics_every = 10
checkpoint_every = 20
replay_minimum = 10
"""
CODE = '''def {verb}_{noun}(x):
    """Here we {verb} a {noun} of the caller."""
    return x.{verb}()
'''
SHOWN = (
    "select chunk_id, symbol, query_id"
    " from codesearch.search(%s, k => 100, kind => 'function', query_embedding => %s)"
)


def pairs() -> list[tuple[str, str]]:
    return [(verb, noun) for verb in VERBS for noun in NOUNS]


@pytest.fixture(scope="module")
def used(server_url, tmp_path_factory) -> Iterator[tuple[Database, Embedder, Path]]:
    """A hundred functions indexed with the tiny encoder, which nobody trained; the encoder, and its folder."""
    folder = tmp_path_factory.mktemp("encoder")
    export(
        ExportOptions(
            model=write_encoder(folder, positions=128), output=folder / "onnx", name="tiny", max_tokens=64
        )
    )
    with fresh_database(server_url) as database:
        with database.connect() as connection:
            adding.add_model(connection, folder / "onnx")
            for number, (verb, noun) in enumerate(pairs()):
                upsert(connection, f"{number}.py", CODE.format(verb=verb, noun=noun))
        with database.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        yield database, load_embedder(folder / "onnx", threads=1), folder


def use(database: Database, embedder: Embedder, wanted: Callable[[str, str], str]) -> None:
    """Ask for every function in other words than its own, and copy the one called ``wanted(verb, noun)``."""
    with database.connect() as connection:
        for verb, noun in pairs():
            query = f"{VERBS[verb]} the {NOUNS[noun]}"
            vector = HalfVector(embedder.encode([query], kind="query")[0])
            shown = {symbol: (chunk, query_id) for chunk, symbol, query_id in
                     connection.execute(SHOWN, (query, vector)).fetchall()}  # fmt: skip
            chunk, query_id = shown[wanted(verb, noun)]
            connection.execute("select codesearch.record_feedback(%s, %s, 'copy')", (query_id, chunk))


def arguments(tmp_path) -> list:
    config = tmp_path / "round.toml"
    config.write_text(TRAINING)
    return ["train", "--from-feedback", "--min-triplets", "50", "--config", config]


def kill_in_training(database: Database, tmp_path) -> None:
    """Start a round in a process of its own, and kill it with -9 once it has a checkpoint."""
    process = start(database, *arguments(tmp_path))
    steps = "select count(*) from codesearch.training_metric where step >= 20"
    wait_until(lambda: database.value(steps) > 0 or process.poll() is not None, "a checkpoint")
    assert process.poll() is None, process.communicate()
    assert call_json(database, *arguments(tmp_path))["outcome"] == "busy"
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_from_searches_to_a_better_model_and_no_worse_one(used, tmp_path):
    database, embedder, encoder = used
    nothing = call_json(database, "train", "--from-feedback")
    assert (nothing["outcome"], nothing["numbers"]["train_triplets"]) == ("skipped", 0)

    # Users find what they look for, deep down; a round learns it, and a second command says that too little was used.
    use(database, embedder, lambda verb, noun: f"{verb}_{noun}")
    few = call_json(database, "train", "--from-feedback")
    assert few["outcome"] == "skipped"
    assert "triplets are too few" in few["reason"]
    dry = call_json(database, "train", "--from-feedback", "--dry-run")
    assert dry["outcome"] == "dry run"
    assert database.value("select count(*) from codesearch.training_run") == 0

    kill_in_training(database, tmp_path)
    first = database.value("select recorded_at from codesearch.training_metric where step = 10")
    result = call(database, *arguments(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    assert "run 1: goes on" in result.stderr
    assert database.value("select recorded_at from codesearch.training_metric where step = 10") == first
    done = json.loads(result.stdout)
    assert done["outcome"] == "activated", done
    assert (done["model"], done["base_model"]) == ("tiny-r1", "tiny")
    gain = done["numbers"]["gate"]["all"]
    assert gain["low"] > 0.1, gain
    assert done["numbers"]["proof"]["fp32_difference"] < 1e-4
    assert done["numbers"]["proof"]["fp32_cosine"] > 0.9999
    _check_records(database, done)
    with Client(database.url) as client:
        hits = client.search("decode the document")
        assert hits[0].symbol == "parse_file"
    assert (
        database.value(
            "select m.name from codesearch.query_log q join codesearch.model_version m using (model_version_id)"
            " order by query_id desc limit 1"
        )
        == "tiny-r1"
    )

    # From now on the wrong function is copied. Queries judged by hand refuse what that teaches.
    with database.connect() as connection:
        save_queries(connection, "truth", truth(connection))
        connection.execute("delete from codesearch.query_log")
    names = [*NOUNS]
    with database.connect() as connection:
        registry.rollback(connection)
        registry.activate(connection, "tiny-r1")
    use(database, load_embedder(tmp_path_of(database, tmp_path), threads=1),
        lambda verb, noun: f"{verb}_{names[(names.index(noun) + 3) % len(names)]}")  # fmt: skip
    refused = call_json(database, *arguments(tmp_path), "--query-set", "truth")
    assert refused["outcome"] == "refused", refused
    assert refused["model"] == "tiny-r2"
    assert refused["numbers"]["gate"]["all"]["mean"] < 0
    assert _models(database) == {"tiny": "candidate", "tiny-r1": "active", "tiny-r2": "refused"}
    assert call(database, "models", "activate", "tiny-r2").exit_code == 1
    assert database.rows("select candidate, verdict from codesearch.model_comparison order by comparison_id") == [
        ("tiny-r1", "promote"), ("tiny-r2", "refuse")
    ]  # fmt: skip
    rows = database.rows(
        "select status, reason = %s from codesearch.training_run order by run_id", (refused["reason"],)
    )
    assert rows == [("activated", False), ("refused", True)]

    # Any local encoder can be the base. The refused model makes room when the next round begins.
    config = tmp_path / "other.toml"
    config.write_text(TRAINING.replace("epochs = 14", "epochs = 4") + '[round]\npooling = "cls"\n')
    other = call_json(database, "train", "--from-feedback", "--force", "--config", config, "--query-set", "truth",
                      "--base-model", encoder, "--name", "other")  # fmt: skip
    assert (other["outcome"], other["model"], other["base_model"]) == ("refused", "other", str(encoder))
    assert _models(database) == {"tiny": "candidate", "tiny-r1": "active", "other": "refused"}
    assert database.rows(
        "select configuration ->> 'pooling', parent_id from codesearch.model_version where name = 'other'"
    ) == [("cls", None)]


def tmp_path_of(database: Database, tmp_path):
    """The active model's files, as any client gets them."""
    folder = tmp_path / "active"
    folder.mkdir()
    for file, content in database.rows(
        "select file, content from codesearch.model_artefact join codesearch.model_version m using (model_version_id)"
        " where m.status = 'active'"
    ):
        (folder / file).write_bytes(content)
    return folder


def truth(connection) -> list[JudgedQuery]:
    """Every third query, with the function that answers it."""
    places = {
        symbol: (path, start, end)
        for symbol, path, start, end in connection.execute(
            "select symbol, path, start_line, end_line from codesearch.chunk"
            " join codesearch.file_version using (version_id) where level = 0"
        ).fetchall()
    }
    return [
        JudgedQuery(f"{verb} {noun}", f"{VERBS[verb]} the {NOUNS[noun]}", None, None, None,
                    (Judgment(*places[f"{verb}_{noun}"], 3),))
        for verb, noun in pairs()[::3]
    ]  # fmt: skip


def _models(database: Database) -> dict[str, str]:
    return dict(database.rows("select name, status from codesearch.model_version"))


def _check_records(database: Database, done: dict) -> None:
    """Lineage, report, card, weights and metrics of the run are in the database."""
    parent, metrics, settings = database.rows(
        "select p.name, m.metrics, m.settings from codesearch.model_version m"
        " join codesearch.model_version p on p.model_version_id = m.parent_id where m.name = 'tiny-r1'"
    )[0]
    assert parent == "tiny"
    assert metrics["gate"]["verdict"] == "promote"
    assert metrics["training"]["data"]["train"] == done["numbers"]["train"]
    assert "# tiny-r1" in metrics["training"]["card"]
    assert settings.keys() == {"vector.mean", "vector.deviation"}
    files = database.rows(
        "select file from codesearch.model_artefact join codesearch.model_version m using (model_version_id)"
        " where m.name = 'tiny-r1' union all select file from codesearch.model_weights order by 1"
    )
    assert {file for (file,) in files} >= {
        "MODEL_CARD.md",
        "model.onnx",
        "model.safetensors",
        "tokenizer.json",
    }
    status, stage, dataset = database.rows("select status, stage, dataset from codesearch.training_run")[0]
    assert (status, stage) == ("activated", "end")
    assert dataset["replay"] >= 10
    steps = database.rows("select step, loss, margin, violation_rate, learning_rate from codesearch.training_metric"
                          " where loss is not null order by step")  # fmt: skip
    assert [step for step, *_ in steps] == list(range(10, 10 * len(steps) + 1, 10))
    assert steps[-1][1] < steps[0][1]
    assert (
        database.value("select count(*) from codesearch.training_metric where validation_mrr is not null") > 2
    )
    assert json.dumps(done["numbers"])
