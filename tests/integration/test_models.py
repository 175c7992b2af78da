"""The registry: models are added, filled, switched, rolled back and dropped, by SQL and by the command."""

import json
import signal
import threading

import psycopg
import pytest
from psycopg.types.json import Jsonb

from pgcodesearch.database import errors
from pgcodesearch.embedding.artefact import DEFAULT_MODEL
from pgcodesearch.model_versions import registry
from pgcodesearch.searching import Client
from support.commands import call, call_json, installed_database, start
from support.indexing import chunk_all, upsert
from support.models import model_folder
from support.workers import wait_until

QUERY = "where are redirects followed"


@pytest.fixture
def tiny(database):
    """Two models of four dimensions with one indexed file; vectors are written by hand."""
    with database.connect() as connection:
        connection.execute("select codesearch.add_model('first', 4, 16, '{}')")
        upsert(connection, "a.py", "def follow_redirects(response):\n    return response.next\n")
        chunk_all(database)
        connection.execute("select codesearch.add_model('second', 4, 16, '{}', parent => 'first')")
        yield connection


def _fill(connection, model: str) -> None:
    connection.execute(
        "select codesearch.store_embeddings(max(m.model_version_id), array_agg(chunk_id), array_agg(unit),"
        " array_agg(text_hash), array_agg(8), array_agg(8), array_agg('[0.6,0,0,0.8]'::halfvec))"
        " from codesearch.chunk_text, codesearch.model_version m where m.name = %s", (model,)
    )  # fmt: skip
    connection.execute(
        "delete from codesearch.index_job where model_version_id ="
        " (select model_version_id from codesearch.model_version where name = %s)", (model,)
    )  # fmt: skip


def _statuses(connection) -> dict[str, str]:
    return dict(connection.execute("select name, status from codesearch.model_version").fetchall())


def _raises(connection, expected: type[errors.CodeSearchError], statement: str) -> errors.CodeSearchError:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    error = errors.translate(caught.value)
    assert type(error) is expected, error
    assert error.hint
    return error


def test_a_candidate_waits_for_its_vectors(tiny):
    assert _statuses(tiny) == {"first": "active", "second": "candidate"}
    error = _raises(tiny, errors.ModelNotReady, "select codesearch.activate_model('second')")
    assert "0 of" in error.detail
    assert "backfill second" in error.hint
    tiny.execute("select codesearch.activate_model('second', force => true)")
    assert _statuses(tiny) == {"first": "candidate", "second": "active"}


def test_a_candidate_waits_for_its_index(tiny):
    _fill(tiny, "second")
    tiny.execute("select codesearch.change_setting('vector.index_from', '1')")
    error = _raises(tiny, errors.ModelNotReady, "select codesearch.activate_model('second')")
    assert error.detail == "its vectors have no index"
    tiny.execute("select codesearch.ensure_vector_index(2)")
    assert tiny.execute("select codesearch.activate_model('second')").fetchone()[0] is not None


def test_switch_and_back_and_further_back(tiny):
    for model in ("first", "second"):
        _fill(tiny, model)
    tiny.execute("select codesearch.add_model('third', 4, 16, '{}')")
    _fill(tiny, "third")
    tiny.execute("select codesearch.activate_model('second', 'better')")
    assert tiny.execute("select codesearch.activate_model('second')").fetchone() == (None,), "nothing to do"
    tiny.execute("select codesearch.activate_model('third')")
    back = [tiny.execute("select codesearch.rollback_model()").fetchone()[0] for _ in range(2)]
    assert back == ["second", "first"]
    _raises(tiny, errors.ModelInUse, "select codesearch.rollback_model()")
    assert _statuses(tiny) == {"first": "active", "second": "candidate", "third": "candidate"}
    history = tiny.execute(
        "select m.name, p.name, a.reason, rolled_back_at is not null from codesearch.model_activation a"
        " join codesearch.model_version m using (model_version_id)"
        " left join codesearch.model_version p on p.model_version_id = previous_id order by activation_id"
    ).fetchall()
    assert history == [
        ("first", None, "first model", False), ("second", "first", "better", True), ("third", "second", None, True)
    ]  # fmt: skip


def test_vectors_of_the_one_before_are_kept_up(tiny, database):
    """Rollback is instant: new code was embedded for both."""
    _fill(tiny, "first")
    _fill(tiny, "second")
    tiny.execute("select codesearch.activate_model('second')")
    upsert(tiny, "b.py", "def new(): return 2\n")
    chunk_all(database)
    owed = tiny.execute("select model_version_id from codesearch.index_job where stage = 'embed' order by 1")
    assert owed.fetchall() == [(1,), (2,)]


def test_a_changed_file_comes_before_a_backfill(tiny, database):
    """Its chunk job first, then its texts for the model that answers, whatever else was queued earlier."""
    for number in range(3):
        upsert(tiny, f"b{number}.py", f"def waiting_{number}():\n    return {number}\n")
    chunk_all(database)
    tiny.execute(
        "delete from codesearch.index_job where model_version_id = 1"
    )  # the active model has all it needs
    upsert(tiny, "a.py", "def follow_redirects(response):\n    return response.changed\n")
    kinds = []
    for _ in range(3):
        claimed = tiny.execute(
            "select j.stage, j.model_version_id, f.path, j.job_id, j.generation"
            " from codesearch.claim_jobs('w', 10) j join codesearch.source_file f"
            " on f.file_id = j.file_id or f.version_id = j.version_id"
        ).fetchall()
        kinds.append((claimed[0][0], claimed[0][1], {path for _, _, path, _, _ in claimed}))
        tiny.execute("select codesearch.release_jobs('{w}')")
        if claimed[0][0] == "chunk":
            chunk_all(database)
        else:
            tiny.execute(
                "select codesearch.complete_jobs(%s, %s)",
                ([row[3] for row in claimed], [row[4] for row in claimed]),
            )
            tiny.execute(
                "delete from codesearch.index_job where job_id = any(%s)", ([row[3] for row in claimed],)
            )
    assert kinds[:2] == [("chunk", None, {"a.py"}), ("embed", 1, {"a.py"})]
    assert kinds[2][:2] == ("embed", 2)
    assert {"b0.py", "b1.py", "b2.py"} <= kinds[2][2]


def test_a_refused_model_says_why(tiny):
    _fill(tiny, "second")
    tiny.execute(
        "update codesearch.model_version set status = 'refused', metrics = %s where name = 'second'",
        (Jsonb({"gate": {"reason": "mrr fell by 0.02"}}),),
    )
    error = _raises(tiny, errors.CandidateRefused, "select codesearch.activate_model('second')")
    assert error.detail == "mrr fell by 0.02"


def test_drop_and_retire(tiny):
    for statement in ("drop_model('first')", "retire_model('first')"):
        _raises(tiny, errors.ModelInUse, f"select codesearch.{statement}")
    for function in ("drop_model", "retire_model", "activate_model", "backfill_model"):
        _raises(tiny, errors.UnknownModel, f"select codesearch.{function}('nowhere')")
    _fill(tiny, "second")
    tiny.execute("select codesearch.activate_model('second')")
    tiny.execute("select codesearch.retire_model('first')")
    assert _statuses(tiny)["first"] == "retired"
    assert tiny.execute("select codesearch.backfill_model('first')").fetchone()[0] == 1
    assert _statuses(tiny)["first"] == "candidate"
    tiny.execute("select codesearch.drop_model('first')")
    assert tiny.execute("select to_regclass('codesearch.embedding_1')").fetchone() == (None,)
    assert tiny.execute("select name, parent_id, configuration from codesearch.model_version").fetchall() == [
        ("second", None, {"parent": "first"})
    ]
    _raises(tiny, errors.ModelInUse, "select codesearch.rollback_model()")


def test_names_are_taken_once_and_parents_exist(tiny):
    _raises(tiny, errors.InvalidArgument, "select codesearch.add_model('first', 4, 16, '{}')")
    _raises(tiny, errors.UnknownModel, "select codesearch.add_model('x', 4, 16, '{}', parent => 'nowhere')")


def test_the_scale_of_a_model_comes_with_its_configuration(tiny):
    tiny.execute(
        "select codesearch.add_model('scaled', 4, 16, '{}', %s)", [Jsonb({"settings": {"vector.mean": 0.5}})]
    )
    found = tiny.execute(
        "select name, codesearch.current_settings(model_version_id) ->> 'vector.mean' from codesearch.model_version"
    ).fetchall()
    assert dict(found) == {"first": "0.15", "second": "0.15", "scaled": "0.5"}
    error = _raises(
        tiny,
        errors.InvalidArgument,
        """select codesearch.add_model('x', 4, 16, '{}', '{"settings": {"vector.average": 1}}')""",
    )
    assert "vector.average" in str(error)


def test_two_switches_at_once_leave_one_active_model(tiny, database):
    for model in ("first", "second"):
        _fill(tiny, model)
    failures = []

    def flip(name):
        try:
            with database.connect() as connection:
                for _ in range(15):
                    connection.execute("select codesearch.activate_model(%s)", (name,))
        except psycopg.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=flip, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(_statuses(tiny).values()) == ["active", "candidate"]


@pytest.fixture(scope="module")
def indexed(server_url, tmp_path_factory):
    """A dozen functions under the shipped model, and a second model's folder."""
    with installed_database(server_url) as database:
        folder = tmp_path_factory.mktemp("code")
        for number, topic in enumerate(
            ("redirects", "cookies", "timeouts", "proxies", "retries", "headers") * 2
        ):
            (folder / f"{topic}{number}.py").write_text(
                f"def follow_{topic}_{number}(response):\n"
                f'    """Follow the {topic} of a response."""\n    return send(response.{topic})\n'
            )
        call_json(database, "index", folder, "--repository", "demo")
        yield (
            database,
            model_folder(tmp_path_factory.mktemp("models"), "asks", query="zebra crossing: ", code="x: "),
        )


def _models(database) -> dict[str, dict]:
    return {model["name"]: model for model in call_json(database, "models", "list")}


def test_the_commands_whole_round(indexed):
    """add, a killed backfill that goes on, activate, search, rollback, drop."""
    database, folder = indexed
    (shipped,) = _models(database)
    assert call(database, "models", "drop", shipped).exit_code == 1
    assert call_json(database, "models", "add", folder, "--parent", shipped) == {"model": "asks"}
    assert call(database, "models", "add", folder).exit_code == 1
    assert _models(database)["asks"]["coverage"] == 0
    refused = call(database, "models", "activate", "asks")
    assert refused.exit_code == 1
    assert "not ready" in refused.stderr

    # More jobs than one claim takes, so that the kill leaves some done, some claimed and some queued.
    database.rows("create function slow() returns trigger language plpgsql as $$begin perform pg_sleep(0.2);"
                  " return new; end$$")  # fmt: skip
    table = f"codesearch.embedding_{_models(database)['asks']['model_version_id']}"
    database.rows(f"create trigger slow before insert on {table} for each row execute function slow()")
    killed = start(database, "models", "backfill", "asks")
    running = "select count(*) from codesearch.index_job where state = 'running'"
    wait_until(lambda: database.value(running) > 0, "the backfill")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert _models(database)["asks"]["coverage"] < 1
    database.rows(f"drop trigger slow on {table}")
    report = call_json(database, "models", "backfill", "asks")
    assert (report["coverage"], report["failed_files"]) == (1, 0)
    assert call_json(database, "models", "backfill", "asks")["embedded_files"] == 0

    with Client(database.url) as client:
        before = client.search(QUERY)
        assert call_json(database, "models", "activate", "asks") == {"active": "asks", "switched": True}
        after = client.search(QUERY)
        assert [hit.score for hit in after] != [hit.score for hit in before]
        named = (
            "select m.name from codesearch.query_log join codesearch.model_version m using (model_version_id)"
        )
        assert database.rows(f"{named} order by query_id") == [(shipped,), ("asks",)]
        assert call_json(database, "models", "rollback") == {"active": shipped}
        assert [hit.score for hit in client.search(QUERY)] == pytest.approx([hit.score for hit in before])

        recorded = call_json(database, "feedback", before[0].query_id, before[0].chunk_id, "copy")
        assert recorded["feedback_id"] == 1
        assert call(database, "feedback", "99999", "1", "copy").exit_code == 1
        assert call(database, "feedback", "1", "1", "like").exit_code == 2
    assert "asks" in call(database, "models", "list").output


def test_backfill_measures_the_scale_that_a_model_lacks(server_url, tmp_path):
    """The same graph without settings must come out on the scale that its own configuration has."""
    folder = model_folder(tmp_path, "bare")
    config = json.loads((folder / "config.json").read_text())
    own = config.pop("settings")
    (folder / "config.json").write_text(json.dumps(config))
    code = tmp_path / "code"
    code.mkdir()
    for topic in ("redirects", "cookies", "timeouts", "proxies", "retries", "headers"):
        (code / f"{topic}.py").write_text(
            f"def follow_{topic}(response):\n    return send(response.{topic})\n"
        )
    settings = "select settings from codesearch.model_version where name = 'bare'"
    with installed_database(server_url) as database:
        call_json(database, "index", code, "--repository", "demo")
        call_json(database, "models", "add", folder)
        assert call_json(database, "models", "backfill", "bare")["scale"] is None  # nobody asked anything yet
        assert database.value(settings) == {}
        with database.connect() as connection:
            for number in range(25):
                connection.execute("select * from codesearch.search(%s)", (f"where is field {number} read",))
        scale = call_json(database, "models", "backfill", "bare")["scale"]
        assert scale == pytest.approx(
            {name: own[name] for name in ("vector.mean", "vector.deviation")}, abs=2e-4
        )
        assert database.value(settings).items() >= scale.items()
        assert call_json(database, "models", "backfill", "bare")["scale"] is None  # it has one now


def test_switching_under_searchers(indexed, capsys):
    """20 searchers: no search fails, and each answers wholly by the model that its log names."""
    database, folder = indexed
    if "asks" not in _models(database):
        call_json(database, "models", "add", folder)
    assert call_json(database, "models", "backfill", "asks")["coverage"] == 1
    names = sorted(_models(database))
    with Client(database.url) as client:
        expected = {name: _scores(client.search(QUERY, model=name)) for name in names}
    assert expected[names[0]] != expected[names[1]]
    ids = dict(database.rows("select model_version_id, name from codesearch.model_version"))
    stop, failures, answers = threading.Event(), [], []

    def ask():
        try:
            with Client(database.url) as client:
                while not stop.is_set():
                    hits = client.search(QUERY)
                    answers.append((hits[0].query_id, _scores(hits)))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    try:
        with database.connect() as connection:
            for number in range(24):
                enough = len(answers) + 20
                wait_until(lambda least=enough: len(answers) >= least or failures, "answers")
                if number % 2:
                    registry.rollback(connection)
                else:
                    other = next(
                        m["name"] for m in registry.list_models(connection) if m["status"] != "active"
                    )
                    registry.activate(connection, other)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    used = dict.fromkeys(names, 0)
    logged = dict(database.rows("select query_id, model_version_id from codesearch.query_log"))
    for query_id, scores in answers:
        name = ids[logged[query_id]]
        used[name] += 1
        assert scores == pytest.approx(expected[name], abs=1e-3), f"query {query_id} is logged as {name}"
    assert all(count > 5 for count in used.values()), used
    with capsys.disabled():
        print(f"\n24 switches under 20 searchers: answers {used}, failed 0, mixed 0", end=" ")


def _scores(hits) -> list[float]:
    return [hit.score for hit in hits]


def test_a_model_dropped_between_embedding_and_asking(indexed):
    database, folder = indexed
    if "asks" not in _models(database):
        call_json(database, "models", "add", folder)
    call_json(database, "models", "backfill", "asks")
    shipped = next(name for name in _models(database) if name != "asks")
    registry_calls = []
    with database.connect() as connection, Client(database.url) as client:
        registry.activate(connection, "asks")
        embedder = client._embedder

        def slow(model):
            result = embedder(model)
            if not registry_calls:
                registry_calls.append(model.name)
                registry.activate(connection, shipped)
                registry.change_model(connection, "drop", "asks")
            return result

        client._embedder = slow
        hits = client.search(QUERY)
    assert registry_calls == ["asks"]
    assert hits
    assert list(_models(database)) == [shipped]


def test_a_folder_that_is_no_model(indexed, tmp_path):
    database, _ = indexed
    empty = call(database, "models", "add", tmp_path)
    assert empty.exit_code == 1
    assert "model.onnx" in empty.stderr
    nowhere = call(database, "models", "add", tmp_path / "nowhere")
    assert nowhere.exit_code == 1
    assert DEFAULT_MODEL in nowhere.stderr  # the hint names what ships


def test_a_shipped_model_is_added_by_its_name(indexed):
    database, _ = indexed
    rename = "update codesearch.model_version set name = %s where name = %s"
    database.rows(rename, ("older", DEFAULT_MODEL))
    try:
        (told,) = [
            check["found"] for check in call_json(database, "doctor")["checks"] if check["check"] == "model"
        ]
        assert f"models add {DEFAULT_MODEL}" in told
        assert call_json(database, "models", "add", DEFAULT_MODEL) == {"model": DEFAULT_MODEL}
        assert _models(database)[DEFAULT_MODEL]["status"] == "candidate"
        (told,) = [
            check["found"] for check in call_json(database, "doctor")["checks"] if check["check"] == "model"
        ]
        assert "models add" not in told
        call_json(database, "models", "drop", DEFAULT_MODEL)
    finally:
        database.rows(rename, (DEFAULT_MODEL, "older"))
