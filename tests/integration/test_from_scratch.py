"""A model from nothing to an answer: data, tokenizer, pretraining, training, export, gate, switch, by the commands.

The settings are those of training/configs/tiny, with other folders. What is learned is real, if small: documentation
says the same as its code in other words, and the judged queries ask in these words for code without documentation.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("transformers", reason="training needs the train extra")
pytest.importorskip("onnx", reason="training needs the train extra")

from pgcodesearch.evaluating.judgments import JudgedQuery, Judgment
from pgcodesearch.evaluating.store import save_queries
from pgcodesearch.indexing import Worker
from pgcodesearch.model_versions import adding
from pgcodesearch.searching import Client
from pgcodesearch.training.export import ExportOptions, export
from support.commands import call, call_json
from support.databases import Database, fresh_database
from support.indexing import upsert
from support.tiny_encoder import NOUNS, VERBS, write_encoder

pytestmark = pytest.mark.heavy

CONFIGS = Path(__file__).parents[2] / "training" / "configs" / "tiny"
MOST_CPU_SECONDS = 120  # a busy machine takes longer by the clock
DOCUMENTED = '''def {verb}_{noun}({noun}, options):
    """{query} that the caller gave."""
    {noun}.check(options.{verb})
    return {noun}.{verb}(options)
'''
BARE = """def {verb}_{noun}(value):
    found = value.{verb}()
    return found.{noun}
"""
REPOSITORIES = 5
WORDS = [(verb, noun) for verb in VERBS for noun in NOUNS]


@pytest.fixture(scope="module")
def database(server_url, tmp_path_factory) -> Iterator[Database]:
    """Five repositories with documentation, one without, and the vectors of an encoder that nobody trained."""
    folder = tmp_path_factory.mktemp("random")
    write_encoder(folder, positions=128)
    # Random weights put all texts close together; the scale of a trained model's cosines would not fit them.
    scale = (("vector.mean", 0.95), ("vector.deviation", 0.02))
    export(ExportOptions(model=folder, output=folder / "onnx", name="random", max_tokens=64, settings=scale))
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            adding.add_model(connection, folder / "onnx")
            for number, (verb, noun) in enumerate(WORDS):
                # Every word is in every repository, and no verb and noun together in two.
                repository = f"documented{(number // len(NOUNS) + number) % REPOSITORIES}"
                said = query_of(verb, noun).capitalize()
                upsert(
                    connection,
                    f"{number}.py",
                    DOCUMENTED.format(verb=verb, noun=noun, query=said),
                    repository,
                )
                upsert(connection, f"{number}.py", BARE.format(verb=verb, noun=noun), "bare")
        with made.connect(autocommit=False) as connection:
            Worker(connection).run_until_idle()
        yield made


def query_of(verb: str, noun: str) -> str:
    return f"{VERBS[verb]} the {NOUNS[noun]}"


def run(module: str, *arguments: str | Path) -> dict[str, Any]:
    """A module of the training as a command of its own; what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"pgcodesearch.training.{module}", *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def cpu_seconds() -> float:
    """Of this process and the commands that it ran."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


def judge(database: Database) -> None:
    """A query for each function without documentation."""
    with database.connect() as connection:
        places = {
            symbol: (path, start, end)
            for symbol, path, start, end in connection.execute(
                "select c.symbol, v.path, c.start_line, c.end_line from codesearch.chunk c"
                " join codesearch.file_version v using (version_id)"
                " join codesearch.repository r on r.repository_id = v.repository_id"
                " where c.level = 0 and r.name = 'bare'"
            ).fetchall()
        }
        queries = [
            JudgedQuery(f"{verb} {noun}", query_of(verb, noun), "bare", None, None,
                        (Judgment(*places[f"{verb}_{noun}"], 3),))
            for verb, noun in WORDS
        ]  # fmt: skip
        save_queries(connection, "bare", queries)


def test_a_model_from_scratch_comes_to_answer(database: Database, tmp_path) -> None:
    started = cpu_seconds()
    work = tmp_path / "work"

    # 1. Data: pairs out of the database; two of five repositories are held out.
    report = call_json(
        database, "dataset", "--output", work / "pairs", "--held-out", "0.4", "--repository", "documented*"
    )
    assert min(report["pairs"].values()) > 15
    pairs = f'["{work}/pairs/train"]'

    # 2. Tokenizer, pretraining, training: a command each.
    tokenizer = run(
        "tokenizer", CONFIGS / "tokenizer.toml", f"output={work}/tokenizer", f"corpus.files={pairs}"
    )
    assert tokenizer["identifiers_as_words"] == 1.0
    pretrained = run(
        "pretrain", CONFIGS / "pretrain.toml", f"tokenizer={work}/tokenizer", f"output={work}/pretrained",
        f"corpus.files={pairs}",
    )  # fmt: skip
    before = json.loads((work / "pretrained/metrics.jsonl").read_text().splitlines()[0])
    assert pretrained["held_out_masked_loss"] < before["held_out_masked_loss"] - 1
    config = work / "train.toml"
    values = {
        "model": "pretrained/last",
        "output": "trained",
        "train": "pairs/train",
        "validation": "pairs/validation",
    }
    settings = (CONFIGS / "train.toml").read_text()
    for key, folder in values.items():
        line = next(line for line in settings.splitlines() if line.startswith(f"{key} = "))
        settings = settings.replace(line, f'{key} = "{work}/{folder}"')
    config.write_text(settings)
    trained = call_json(database, "train", "--config", config, "--record")
    assert trained["best_mrr"] > trained["base_mrr"] + 0.2

    # 3. Export, and a model version beside the one that answers.
    exported = run(
        "export", "--model", work / "trained/best", "--name", "scratch", "--output", work / "onnx",
        "--max-tokens", "64", "--gate-pairs", work / "pairs/validation",
    )  # fmt: skip
    assert exported["fp32_difference"] < 1e-4
    call_json(database, "models", "add", work / "onnx")
    assert call_json(database, "models", "backfill", "scratch")["coverage"] == 1.0

    # 4. Gate, switch, search.
    judge(database)
    gate = call(
        database, "compare", "random", "scratch", "--set", "bare", "--gate", "--min-gain", "0.4", "--json"
    )
    assert gate.exit_code == 0, gate.output
    call_json(database, "models", "activate", "scratch")
    with Client(database.url) as client:
        hits = client.search("decode the document", repository="bare")
    assert "parse_file" in [hit.symbol for hit in hits[:3]]
    answered_by = (
        "select m.name from codesearch.query_log q join codesearch.model_version m using (model_version_id)"
        " order by query_id desc limit 1"
    )
    assert database.value(answered_by) == "scratch"
    assert database.value("select status from codesearch.training_run") == "trained"
    assert database.value("select count(*) from codesearch.training_metric where loss is not null") == 8
    assert cpu_seconds() - started < MOST_CPU_SECONDS
