"""A model behind an endpoint from adding to searching; what goes on when it is away; and that no key is kept."""

import json
import os
import warnings

import psycopg
import pytest

from pgcodesearch.database.errors import NoEmbedding
from pgcodesearch.embedding import DimensionMismatch, EndpointUnavailable, InvalidEndpoint
from pgcodesearch.embedding.endpoint.adding import endpoint_files
from pgcodesearch.embedding.endpoint.embedder import EndpointEmbedder
from pgcodesearch.embedding.stored import cache_folder, describe_model, load_local, load_stored
from pgcodesearch.indexing.worker import Worker
from pgcodesearch.model_versions import filling
from pgcodesearch.operating.doctor import examine
from pgcodesearch.searching import Client, LexicalOnly
from support.commands import call, call_json, installed_database, start
from support.endpoints import FILES, KEY, serving
from support.indexing import chunk_all, upsert
from support.workers import running, wait_until

VARIABLE = "PGCODESEARCH_TEST_API_KEY"


@pytest.fixture(autouse=True)
def _no_warnings():
    """A search that falls back to words says so; where a test does not expect it, it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", LexicalOnly)
        yield


@pytest.fixture
def project(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).write_text(text)
    return tmp_path


def _add(database, service, name="away", *options):
    return call(database, "models", "add", name, "--endpoint", service.url, "--remote-model", "m", *options)


@pytest.fixture
def away(database, service):
    """A database whose active model is behind the service; its three files are chunked."""
    assert _add(database, service).exit_code == 0
    with database.connect() as connection:
        for path, text in FILES.items():
            upsert(connection, path, text)
    chunk_all(database)
    return database


def _embed_all(database):
    with database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()


def _jobs(database):
    return database.rows("select state, attempts, last_error from codesearch.index_job order by job_id")


def _down(service):
    """From now on every request is answered as by a proxy in front of a service that is not there."""
    service.answer = lambda *_: (503, {}, b"no upstream")


def test_from_adding_to_searching(server_url, service, project):
    """Beside the shipped model: filled, activated, asked, kept up, rolled back; every command takes it."""
    with installed_database(server_url) as database:
        call_json(database, "index", project, "--repository", "demo")
        assert service.requests == []
        assert "added away" in _add(database, service, "away", "--query-prefix", "query: ").output
        assert call_json(database, "models", "backfill", "away")["coverage"] == 1.0
        call_json(database, "models", "activate", "away")
        hits = call_json(database, "search", "set cookie value", "--mode", "vector")["results"]
        assert hits[0]["path"] == "cookie.py"
        assert service.texts[-1] == "query: set cookie value"
        assert call_json(database, "search", "set_cookie")["results"][0]["vector_rank"] is not None
        assert call_json(database, "explain", "set cookie")[0]["path"] == "cookie.py"
        (project / "new.py").write_text("def wholly_new_function():\n    return 4711\n")
        report = call_json(database, "index", project, "--repository", "demo")["repositories"][0]
        assert (report["vector_coverage"], report["embedding_error"]) == (1.0, None)
        models = {model["name"]: model for model in call_json(database, "models", "list")}
        assert models["away"]["endpoint"] == service.url
        assert 100 < models["away"]["artefact_bytes"] < 1000
        assert f"away: texts are sent to {service.url}" in call(database, "models", "list").output
        assert call_json(database, "models", "rollback")["active"] != "away"
        sent = len(service.requests)
        call_json(database, "search", "set_cookie")
        assert len(service.requests) == sent, "nothing is sent for a model that does not answer"


@pytest.mark.parametrize("dimension", [1, 1536, 4000])
def test_dimensions(database, service, dimension):
    """1536 is that of many hosted models, 4000 the most that can be indexed."""
    service.dimension = dimension
    _add(database, service, "wide", "--dimension", dimension)
    with database.connect() as connection:
        connection.execute("select codesearch.change_setting('vector.index_from', '1')")
        for path, text in FILES.items():
            upsert(connection, path, text)
    chunk_all(database)
    done = filling.backfill(database.url, "wide")
    assert (done.coverage, done.index_built) == (1.0, True)
    assert "hnsw" in database.value("select pg_get_indexdef(codesearch.vector_index(1))")
    with Client(database.url) as client:
        hits = client.search("parse colour text", mode="vector")
    assert len(hits) >= 3
    assert dimension == 1 or hits[0].path == "colour.py"


def test_a_folder_is_added_and_completed(database, service, tmp_path):
    config = {
        "name": "folder",
        "endpoint": {"url": service.url, "model": "m"},
        "settings": {"vector.mean": 0.1},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert call_json(database, "models", "add", tmp_path) == {"model": "folder"}
    assert database.rows("select dimension, max_tokens, settings from codesearch.model_version") == [
        (16, 512, {"vector.mean": 0.1})
    ]
    stored = json.loads(database.value("select convert_from(content, 'utf8') from codesearch.model_artefact"))
    assert stored == database.value("select configuration from codesearch.model_version")
    assert stored["endpoint"]["url"] == service.url


def test_what_is_not_right_is_not_stored(database, service):
    wrong = [
        (["--dimension", "8"], "16 dimensions, not 8"),
        (["--max-tokens", "2"], "Invalid value"),
        (["--name", "x"], "leave --name out"),
        (["--api-key-variable", KEY], "ends in API_KEY"),
        (["--api-key-variable", VARIABLE], "is not set"),
    ]
    for options, words in wrong:
        result = _add(database, service, "away", *options)
        assert result.exit_code != 0
        assert words in result.output, options
        assert KEY not in result.output
    service.requests.clear()
    remote = call(database, "models", "add", "x", "--endpoint", "http://192.0.2.1/v1", "--remote-model", "m",
                  "--api-key-variable", VARIABLE)  # fmt: skip
    assert "without encryption" in remote.output
    assert service.requests == []
    assert "--remote-model" in call(database, "models", "add", "x", "--endpoint", service.url).output
    assert "--dimension is for models" in call(database, "models", "add", "x", "--dimension", "4").output
    assert "has no" in call(database, "models", "add", cache_folder().parent).output
    _down(service)
    assert "503" in _add(database, service).output
    assert database.value("select count(*) from codesearch.model_version") == 0


def test_the_key_is_kept_nowhere(away, service, monkeypatch):
    """Added, used, refused and logged with a key; no table has it, the errors neither."""
    monkeypatch.setenv(VARIABLE, KEY)
    service.key = KEY
    assert _add(away, service, "keyed", "--api-key-variable", VARIABLE).exit_code == 0
    service.key = None
    _embed_all(away)
    call_json(away, "models", "activate", "keyed")
    service.key = "another one"
    with away.connect() as connection:
        upsert(connection, "new.py", "def wholly_new_function():\n    return 1\n")
    with running("worker", "--database", away.url, "--poll", "0.1") as worker:
        wait_until(lambda: "answered 401" in worker.output, "the refusal", command=worker)
        assert worker.stop() == 0
        assert KEY not in worker.output
    assert any("401: wrong key: Bearer …" in (error or "") for *_, error in _jobs(away))
    result = call(away, "search", "new", "function", "--mode", "vector")
    assert "401" in result.output
    assert KEY not in result.output
    with away.connect() as connection:
        tables = [name for (name,) in connection.execute(
            "select quote_ident(tablename) from pg_tables where schemaname = 'codesearch'")]  # fmt: skip
        for table in tables:
            (found,) = connection.execute(
                f"select count(*) from codesearch.{table} t where t::text like %s or t::text like %s",
                (f"%{KEY}%", f"%{KEY.encode().hex()}%"),
            ).fetchone()
            assert found == 0, table


def test_the_files_come_from_the_cache(away, service):
    """Nothing in the stored model's path needs a graph, and loading it early sends nothing."""
    with away.connect() as connection:
        model = describe_model(connection)
        first = load_stored(connection, model)
        assert (cache_folder() / model.digest / "config.json").exists()
        service.requests.clear()
        early = load_local(model)
    assert isinstance(first, EndpointEmbedder)
    assert isinstance(early, EndpointEmbedder)
    assert early.artefact() == first.artefact()
    assert service.requests == []


def test_cut_texts_are_in_the_audit(database, service):
    _add(database, service, "narrow", "--max-tokens", "40")
    with database.connect() as connection:
        upsert(connection, "long.py", "def long():\n" + "    total = total + 1\n" * 19)
    _embed_all(database)
    rows = database.rows("select symbol, token_count, kept_tokens from codesearch.truncation_audit")
    assert [(symbol, kept) for symbol, count, kept in rows if count > kept][:1] == [("long", 40)]
    assert max(len(text.encode()) for text in service.texts) == 80


def test_a_worker_gives_the_jobs_back_while_the_endpoint_is_away(away, service):
    """No attempt is counted and no file fails; what is new is chunked and found by words; then vectors follow."""
    _down(service)
    with running("worker", "--database", away.url, "--poll", "0.1") as worker:
        wait_until(lambda: "asked again in" in worker.output, "its word", command=worker)
        assert "503: no upstream" in worker.output
        with away.connect() as connection:
            upsert(connection, "new.py", "def wholly_new_function():\n    return 1\n")
        found = "select count(*) from codesearch.search('wholly_new_function', mode => 'lexical')"
        wait_until(lambda: away.value(found), "the new file by words", command=worker)
        assert {(state, attempts) for state, attempts, _ in _jobs(away)} <= {("queued", 0), ("running", 1)}
        assert "503" in away.value("select last_error from codesearch.index_status")
        assert away.value("select failed_files from codesearch.index_status") == 0
        assert f"demo: {service.url}/embeddings answered 503: no upstream" in call(away, "status").output
        del service.answer
        idle = "select count(*) from codesearch.index_job"
        wait_until(lambda: away.value(idle) == 0, "the vectors", command=worker)
        assert worker.stop() == 0
    assert away.rows("select vector_coverage, last_error from codesearch.index_status") == [(1.0, None)]


def test_other_models_are_embedded_meanwhile(server_url, service):
    with installed_database(server_url) as database:
        _add(database, service)
        with database.connect() as connection:
            for path, text in FILES.items():
                upsert(connection, path, text)
        _down(service)
        said, status = _work_once(database)
        assert status == 1
        assert "503" in said
        assert "Traceback" not in said
        coverage = dict(database.rows("select name, coverage from codesearch.model_status"))
        assert coverage.pop("away") == 0.0
        assert list(coverage.values()) == [1.0]


def _work_once(database):
    """Work until no job is due; exit status and standard error."""
    process = start(database, "worker", "--once", "--poll", "0.1")
    return process.communicate(timeout=120)[1], process.returncode


def test_a_refused_text_fails_its_file_alone(away, service):
    service.refuses = lambda text: 400 if "CookieJar" in text else 0
    _embed_all(away)
    ((state, attempts, error),) = _jobs(away)
    assert (state, attempts) == ("queued", 1)
    assert error.startswith("TextRefused: ")
    assert "input cannot be processed" in error


def test_another_width_than_before_stops_the_model_not_the_files(away, service):
    service.dimension = 8
    with pytest.raises(DimensionMismatch, match="Another model answers there now"):
        _embed_all(away)
    assert {(state, attempts) for state, attempts, _ in _jobs(away)} == {("queued", 0)}


@pytest.mark.parametrize("files", [3, 30], ids=["in one process", "in several"])
def test_index_ends_with_a_word_and_the_next_run_goes_on(database, service, tmp_path, files):
    _add(database, service)
    for number in range(files):
        (tmp_path / f"f{number}.py").write_text(f"def handle_{number}(request):\n    return {number}\n")
    _down(service)
    result = call(database, "index", tmp_path, "--repository", "demo", "--jobs", "2")
    assert result.exit_code == 1
    assert f"not embedded: {service.url}/embeddings answered 503" in result.output
    assert f"{files} files wait for vectors" in result.output
    assert "failed" not in result.output
    found = call_json(database, "search", "handle_1", "--mode", "lexical")["results"]
    assert found[0]["path"] == "f1.py"
    del service.answer
    (report,) = call_json(database, "index", tmp_path, "--repository", "demo")["repositories"]
    assert (report["vector_coverage"], report["pending_files"], report["embedding_error"]) == (1.0, 0, None)


def test_backfill_ends_with_a_word_and_goes_on(server_url, service):
    with installed_database(server_url) as database:
        with database.connect() as connection:
            for path, text in FILES.items():
                upsert(connection, path, text)
        _embed_all(database)
        _add(database, service)
        _down(service)
        with pytest.raises(EndpointUnavailable, match="503"):
            filling.backfill(database.url, "away")
        del service.answer
        assert filling.backfill(database.url, "away").coverage == 1.0


def test_searches_are_answered_by_words_while_the_endpoint_is_away(away, service):
    _embed_all(away)
    _down(service)
    with Client(away.url) as client:
        with pytest.warns(LexicalOnly, match="503"):
            hits = client.search("set_cookie")
        assert hits[0].path == "cookie.py"
        assert hits[0].vector_rank is None
        with pytest.warns(LexicalOnly):
            assert client.explain("set_cookie")[0].path == "cookie.py"
        assert client.search("set_cookie", mode="lexical")
        with pytest.warns(LexicalOnly):
            assert client.search("set_cookie", mode="rerank")[0].path == "cookie.py"
        for mode in ("pipeline", "vector", "exact"):
            with pytest.raises(NoEmbedding, match="503") as caught:
                client.search("set_cookie", mode=mode)
            assert "lexical" in caught.value.hint
        with pytest.raises(NoEmbedding, match="503"):
            client.embed("set_cookie")
    for command in ("search", "explain"):
        result = call(away, command, "set_cookie")
        assert result.exit_code == 0
        (line,) = [
            line for line in result.stderr.splitlines() if line.startswith("warning: answered by words")
        ]
        assert "503" in line
        failed = call(away, command, "set_cookie", "--mode", "vector")
        assert failed.exit_code == 1
        assert failed.stderr.startswith("error: the query was not embedded")
    assert json.loads(call(away, "search", "set_cookie", "--json").stdout)["results"]


def test_a_query_the_endpoint_refuses_is_answered_by_words(away, service):
    _embed_all(away)
    service.refuses = lambda text: 400 if text == "set_cookie" else 0
    with Client(away.url) as client:
        with pytest.warns(LexicalOnly, match="for this text"):
            assert client.search("set_cookie")[0].path == "cookie.py"
        assert client.search("parse colour")[0].vector_rank is not None


def test_judged_queries_are_asked_of_it(server_url, service):
    """eval and compare embed through the endpoint, and don't judge its words alone when it is away."""
    with installed_database(server_url) as database:
        with database.connect() as connection:
            for path, text in FILES.items():
                upsert(connection, path, text)
            connection.execute(
                "insert into codesearch.judged_query (query_set, query_key, query)"
                " values ('default', '1', 'set cookie')"
            )
            connection.execute(
                "insert into codesearch.judgment values ('default', '1', 'cookie.py', null, 1, 3, 3)"
            )
        _add(database, service)
        _embed_all(database)
        assert filling.backfill(database.url, "away").coverage == 1.0
        service.requests.clear()
        assert call(database, "eval", "run", "--model", "away", "--json").exit_code == 0
        assert service.texts == ["set cookie"]
        shipped = database.value("select name from codesearch.model_version where status = 'active'")
        assert call(database, "compare", shipped, "away").exit_code == 0
        _down(service)
        failed = call(database, "eval", "run", "--model", "away")
        assert failed.exit_code == 1
        assert f"error: {service.url}/embeddings answered 503" in failed.stderr


def test_doctor_asks_the_endpoint(away, service, monkeypatch):
    def finding():
        return next(finding for finding in examine(away.url) if finding.check == "endpoints")

    assert (finding().ok, finding().found) == (True, "away: asked, and answered")
    _down(service)
    assert not finding().ok
    assert "503" in finding().found
    assert finding().mend
    del service.answer
    monkeypatch.setenv(VARIABLE, KEY)
    _add(away, service, "keyed", "--api-key-variable", VARIABLE)
    assert finding().found == "away, keyed: asked, and answered"
    monkeypatch.delenv(VARIABLE)
    assert finding().found.startswith(f"keyed: the environment variable {VARIABLE}")
    assert f"export {VARIABLE}" in finding().mend
    away.rows("update codesearch.model_version set status = 'retired' where name = 'keyed'")
    assert finding().ok, "what is not in use is not asked"


def test_a_configuration_that_was_changed_in_the_database_sends_no_key(away, service, monkeypatch):
    """Who may write there must not get at other secrets of those who search."""
    monkeypatch.setenv("PGPASSWORD", KEY)
    stolen = endpoint_files(
        "away",
        {"url": service.url, "model": "m", "api_key_variable": "PGPASSWORD"},
        dimension=16,
        max_tokens=64,
    )
    away.rows(
        "update codesearch.model_artefact set content = %(content)s, sha256 = sha256(%(content)s)",
        {"content": stolen["config.json"]},
    )
    service.requests.clear()
    with Client(away.url) as client, pytest.raises(InvalidEndpoint):
        client.search("set_cookie")
    assert service.requests == []


def test_no_backend_waits_for_an_endpoint(away):
    """Plain SQL answers by words, with the hint to pass a vector."""
    with pytest.raises(psycopg.Error, match="behind an endpoint, and has no query table") as error:
        away.rows("select codesearch.embed_query('x')")
    assert error.value.sqlstate == "CS005"
    assert "query_embedding" in error.value.diag.message_hint
    assert away.rows("select path from codesearch.search('set_cookie', 1)") == [("cookie.py",)]


@pytest.mark.parametrize("told", [True, False], ids=["by its configuration", "by its files alone"])
def test_a_backend_with_plpython_answers_by_words(debian_database, service, told):
    """The same where the server embeds queries itself: it says why, and makes no request."""
    from pgcodesearch.operating.installing import install

    _add(debian_database, service)
    debian_database.rows("create extension plpython3u")
    assert install(debian_database.url)["server_embedding"] == "on"
    with debian_database.connect() as connection:
        upsert(connection, "cookie.py", FILES["cookie.py"])
        if not told:
            connection.execute("update codesearch.model_version set configuration = '{}'")
    _embed_all(debian_database)
    service.requests.clear()
    notices = []
    with debian_database.connect() as connection:
        connection.add_notice_handler(lambda diag: notices.append((diag.severity, diag.message_primary)))
        rows = connection.execute(
            "select path, vector_rank from codesearch.search('set_cookie', 1)"
        ).fetchall()
    assert rows == [("cookie.py", None)]
    assert [severity for severity, _ in notices] == ["NOTICE" if told else "WARNING"]
    assert "endpoint" in notices[0][1]
    assert service.requests == []


def test_training_says_that_there_are_no_weights(away):
    pytest.importorskip("torch")
    result = call(away, "train", "--from-feedback")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: model version 'away' is behind an endpoint: it has no weights here"
    )
    assert "--base-model" in result.stderr


def test_nothing_is_sent_without_a_model_of_this_kind(server_url, project, monkeypatch):
    """All traffic of a whole run would go through this proxy; there is none."""
    with serving() as elsewhere, installed_database(server_url) as database:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setitem(os.environ, name, elsewhere.url)
        call_json(database, "index", project)
        call_json(database, "search", "set_cookie")
        assert elsewhere.requests == []
        found = next(finding for finding in examine(database.url) if finding.check == "endpoints")
        assert found.ok
        assert "no text leaves this machine" in found.found
