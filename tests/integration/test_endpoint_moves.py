"""pgcodesearch models move: a service changes its address, and nothing is embedded anew or mixed."""

import json

import psycopg
import pytest

from pgcodesearch.indexing.worker import Worker
from pgcodesearch.searching import Client
from support.commands import call, call_json, installed_database
from support.endpoints import FILES, KEY, serving
from support.indexing import chunk_all, upsert
from support.workers import running, wait_until

VARIABLE = "PGCODESEARCH_TEST_API_KEY"


@pytest.fixture
def elsewhere():
    with serving() as made:
        yield made


@pytest.fixture
def filled(database, service):
    """A database whose active model is behind the service; all its texts have vectors."""
    call(
        database, "models", "add", "away", "--endpoint", service.url, "--remote-model", "m", "--timeout", "7"
    )
    with database.connect() as connection:
        for path, text in FILES.items():
            upsert(connection, path, text)
    with database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()
    return database


def _state(database):
    return database.rows(
        "select m.configuration, convert_from(a.content, 'UTF8'), a.sha256 = sha256(a.content)"
        " from codesearch.model_version m join codesearch.model_artefact a using (model_version_id)"
    )


def _move(database, *options):
    return call(database, "models", "move", "away", *options)


def test_clients_and_workers_follow(filled, service, elsewhere):
    vectors = filled.rows("select text_hash, embedding::text from codesearch.embedding_1 order by 1")
    with running("worker", "--database", filled.url, "--poll", "0.1") as worker, Client(filled.url) as client:
        with filled.connect() as connection:
            upsert(connection, "early.py", "def early_function():\n    return 1\n")
        idle = "select count(*) from codesearch.index_job"
        wait_until(lambda: filled.value(idle) == 0, "the vectors", command=worker)
        assert client.search("set cookie", mode="vector")[0].path == "cookie.py"
        assert _move(filled, "--endpoint", elsewhere.url).output == "moved away\n"
        sent = len(service.requests)
        assert client.search("set cookie", mode="vector")[0].path == "cookie.py"
        assert elsewhere.texts[-1] == "set cookie"
        with filled.connect() as connection:
            upsert(connection, "late.py", "def late_function():\n    return 2\n")
        wait_until(
            lambda: any("late_function" in text for text in elsewhere.texts), "the new file", command=worker
        )
        assert len(service.requests) == sent
        assert worker.stop() == 0
    after = filled.rows("select text_hash, embedding::text from codesearch.embedding_1 order by 1")
    assert set(vectors) < set(after)
    ((configuration, file, intact),) = _state(filled)
    assert (json.loads(file), intact) == (configuration, True)
    kept = {"model": "m", "timeout": 7.0, "batch_texts": 32}
    assert configuration["endpoint"].items() >= {"url": elsewhere.url, **kept}.items()
    assert call_json(filled, "models", "list")[0]["endpoint"] == elsewhere.url


def test_a_key_begins_and_ends(filled, service, monkeypatch):
    service.key = KEY
    monkeypatch.setenv(VARIABLE, KEY)
    assert _move(filled, "--api-key-variable", VARIABLE, "--batch-texts", "2").exit_code == 0
    assert _state(filled)[0][0]["endpoint"]["api_key_variable"] == VARIABLE
    assert KEY not in str(_state(filled))
    service.key = None
    report = call_json(filled, "models", "move", "away", "--no-api-key")
    assert report == {"moved": "away", "changed": ["api_key_variable"]}
    assert "authorization" not in service.requests[-1]["headers"]
    assert _state(filled)[0][0]["endpoint"]["api_key_variable"] is None


def test_another_model_is_not_taken_for_this_one(filled, elsewhere):
    before = _state(filled)
    elsewhere.seed = "other weights"
    refused = _move(filled, "--endpoint", elsewhere.url)
    assert refused.exit_code == 1
    assert "other vectors than those that are stored" in refused.output
    assert "models add" in refused.output
    assert _state(filled) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "nothing to change"),
        (("--no-api-key", "--api-key-variable", VARIABLE), "exclude each other"),
        (("--endpoint", "http://localhost:9/v1"), "localhost:9"),
        (("--endpoint", "http://user:secret@localhost/v1"), "user or password"),
        (("--api-key-variable", "PGPASSWORD"), "API_KEY"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(filled, options, said):
    before = _state(filled)
    refused = _move(filled, *options)
    assert refused.exit_code != 0
    assert said in refused.output
    assert "secret" not in refused.output
    assert _state(filled) == before


def test_another_width_is_refused(filled, elsewhere):
    before = _state(filled)
    elsewhere.dimension = 8
    refused = _move(filled, "--endpoint", elsewhere.url)
    assert refused.exit_code == 1
    assert "8 dimensions, not 16" in refused.output
    assert _state(filled) == before


def test_models_that_are_not_behind_an_endpoint(server_url):
    with installed_database(server_url) as database:
        (name,) = database.rows("select name from codesearch.model_version")[0]
        for model, said in ((name, "is not behind an endpoint"), ("nobody", "no model version")):
            refused = call(database, "models", "move", model, "--endpoint", "http://localhost:1/v1")
            assert refused.exit_code == 1
            assert said in refused.output


def test_without_vectors_only_the_width_is_compared(database, service, elsewhere):
    call(database, "models", "add", "away", "--endpoint", service.url, "--remote-model", "m")
    elsewhere.seed = "other weights"
    assert _move(database, "--endpoint", elsewhere.url).exit_code == 0


@pytest.mark.parametrize(
    "change",
    ['{"prefixes": {"query": "q: "}}', '{"dimension": 8}', '{"endpoint": {}}', '{"name": "other"}'],
)
def test_sql_changes_nothing_else(filled, change):
    before = _state(filled)
    with pytest.raises(psycopg.Error) as raised:
        filled.rows(
            "select codesearch.move_endpoint(name, (configuration || %s)::text) from codesearch.model_version",
            (psycopg.types.json.Jsonb(json.loads(change)),),
        )
    assert raised.value.sqlstate == "CS001"
    assert _state(filled) == before
    chunk_all(filled)
