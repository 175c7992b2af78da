"""Descriptions as further vectors of chunks: from documentation, and from a language model over real HTTP."""

import json
import re
import time

import psycopg
import pytest

from pgcodesearch.database import errors
from pgcodesearch.describing import running
from pgcodesearch.describing.config import read_config
from pgcodesearch.indexing.worker import Worker
from pgcodesearch.searching import Client
from support.commands import call, call_json, start
from support.endpoints import KEY
from support.indexing import chunk_all, replace, upsert
from support.tenants import acting_as, temporary_roles
from support.workers import wait_until

VARIABLE = "PGCODESEARCH_TEST_API_KEY"
CRUMBS = '''def keep_crumbs(jar):
    """Remembers visitors between pages. See also bake.

    :param jar: where
    """
    jar.fill()
    return jar
'''
SWEEP = """def zap(items, now):
    for item in list(items):
        if item.until < now:
            items.remove(item)
"""
TWIST = "def twist(a, b):\n    a, b = b, a\n    return a, b\n"
WORDS = "discard expired entries"  # in no file: what a model says of SWEEP


def _says(question):
    """What a model answers: of each function other words than its code has."""
    if "def zap" in question:
        return json.dumps({"formal": "Removes outdated things.", "short": "cleanup", "query": WORDS})
    name = re.search(r"def (\w+)", question)[1]
    return json.dumps({"formal": f"Formal {name}.", "short": f"short {name}", "query": f"how to {name}"})


def _set(database, **values):
    for name, value in values.items():
        database.rows(
            "select codesearch.change_setting(%s, %s)", (name.replace("__", "."), json.dumps(value))
        )


def _embed(database):
    with database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()


@pytest.fixture
def indexed(database, service):
    """Three functions in three files, with vectors by their words, and a language model that is set."""
    service.dimension = 512
    service.says = _says
    call(database, "models", "add", "away", "--endpoint", service.url, "--remote-model", "m")
    with database.connect() as connection:
        for path, text in {"crumbs.py": CRUMBS, "sweep.py": SWEEP, "twist.py": TWIST}.items():
            upsert(connection, path, text)
    chunk_all(database)
    _embed(database)
    _set(database, describe__url=service.url, describe__model="writer")
    return database


def _descriptions(database):
    return database.rows(
        "select c.symbol, t.unit, s.text from codesearch.chunk_text t join codesearch.chunk c using (chunk_id)"
        " join codesearch.stored_text s using (text_hash) where t.role = 'description' order by 1, 2 desc"
    )


def _questions(service):
    """What chats were asked; the questions since the last call."""
    chats = [request for request in service.requests if request["path"].endswith("/chat/completions")]
    service.requests.clear()
    return chats


def _found(database, query, **options):
    with Client(database.url) as client:
        return [hit.symbol for hit in client.search(query, 10, **{"mode": "vector", "log": False, **options})]


def _answers(database):
    """What searches of all kinds answer, with scores."""
    with Client(database.url) as client:
        return [
            [(hit.symbol, round(hit.score, 6)) for hit in client.search(query, 10, mode=mode, log=False, **options)]
            for query in (WORDS, "remembers visitors", "twist a b")
            for mode in ("hybrid", "vector", "exact", "pipeline")
            for options in ({}, {"repository": "demo"}, {"path": "*.py"}, {"language": "python"})
        ]  # fmt: skip


def test_documentation_is_a_text_of_its_own_at_no_cost(indexed, service):
    _questions(service)
    told = call_json(indexed, "describe", "demo")
    assert told == {"documentation": 1, "searched": False}
    assert _questions(service) == []
    assert _descriptions(indexed) == [("keep_crumbs", -2, "Remembers visitors between pages.")]
    assert indexed.value("select coverage from codesearch.model_status") == 1.0
    assert call_json(indexed, "describe")["documentation"] == 0


def test_searches_count_descriptions_once_they_are_told_to(indexed):
    before = _answers(indexed)
    assert call(indexed, "describe", "--by-model", "--yes").exit_code == 0
    assert _answers(indexed) == before, "they are stored, and nothing is different"
    assert _found(indexed, WORDS)[0] != "zap"
    _set(indexed, vector__descriptions=True)
    assert _found(indexed, WORDS)[0] == "zap"
    for options in ({"mode": "exact"}, {"path": "*.py"}, {"repository": "demo"}, {"mode": "hybrid"}):
        assert _found(indexed, WORDS, **options)[0] == "zap", options
    _set(indexed, vector__descriptions=False)
    assert _answers(indexed) == before


def test_the_best_of_windows_and_descriptions_counts(indexed):
    call(indexed, "describe")
    statement = (
        "select d.best_window, e.embedding <=> e.embedding from codesearch.chunk c join codesearch.chunk_text t"
        " on t.chunk_id = c.chunk_id and t.unit = -2 join codesearch.embedding_1 e using (text_hash),"
        " codesearch.vector_distances(1, e.embedding, array[c.chunk_id]) d"
    )
    assert indexed.rows(statement)[0][0] is None, "a short function has no window"
    _set(indexed, vector__descriptions=True)
    assert indexed.rows(statement)[0][0] == pytest.approx(0, abs=1e-3)


def test_a_language_model_describes_in_three_wordings(indexed, service, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    service.key = KEY
    _set(indexed, describe__api_key_variable=VARIABLE)
    call(indexed, "models", "move", "away", "--api-key-variable", VARIABLE)
    _questions(service)
    told = call_json(indexed, "describe", "demo", "--by-model", "--yes")["model"]
    assert (told["described"], told["calls"], told["tokens"], told["left"]) == (3, 3, 3_000, 0)
    asked = _questions(service)
    assert len(asked) == 3
    body = next(chat["body"] for chat in asked if "def zap" in chat["body"]["messages"][-1]["content"])
    system, user = (message["content"] for message in body["messages"])
    assert (body["model"], "data" in system, "sweep.py" in user) == ("writer", True, True)
    assert set(json.loads(system[system.index("{") :])) == {"formal", "short", "query"}
    assert [row[1:] for row in _descriptions(indexed) if row[0] == "zap"] == [
        (-3, "Removes outdated things."), (-4, "cleanup"), (-5, WORDS),
    ]  # fmt: skip
    assert indexed.rows("select distinct described_by from codesearch.chunk_description order by 1") == [
        ("",), ("writer",),
    ]  # fmt: skip
    assert KEY not in str(indexed.rows("select * from codesearch.chunk_description"))


def test_what_was_said_is_not_asked_again(indexed, service):
    call(indexed, "describe", "--by-model", "--yes")
    _questions(service)
    assert call_json(indexed, "describe", "--by-model", "--yes")["model"]["calls"] == 0
    with indexed.connect() as connection:
        upsert(connection, "sweep.py", SWEEP + "\n\ndef later(x):\n    y = x + 1\n    return y\n")
        upsert(connection, "copy/twist.py", TWIST)
    chunk_all(indexed)
    assert [row[1] for row in _descriptions(indexed) if row[0] == "zap"] == [-3, -4, -5], (
        "of an unchanged chunk"
    )
    assert len([row for row in _descriptions(indexed) if row[0] == "twist"]) == 6, (
        "the same content elsewhere"
    )
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["calls"], told["described"]) == (1, 1)
    assert "def later" in _questions(service)[0]["body"]["messages"][-1]["content"]
    with indexed.connect() as connection:
        connection.execute("select codesearch.delete_file('demo', 'sweep.py')")
        upsert(connection, "moved.py", SWEEP)
    chunk_all(indexed)
    _embed(indexed)
    assert call_json(indexed, "describe", "--by-model", "--yes")["model"]["calls"] == 0
    _set(indexed, vector__descriptions=True)
    assert _found(indexed, WORDS)[0] == "zap"


def test_what_was_described_of_changed_code_goes(indexed):
    call(indexed, "describe", "--by-model", "--yes")
    with indexed.connect() as connection:
        upsert(connection, "sweep.py", SWEEP.replace("until", "ends"))
    chunk_all(indexed)
    assert [row for row in _descriptions(indexed) if row[0] == "zap"] == []
    assert indexed.value("select count(*) from codesearch.stored_text where text = %s", (WORDS,)) == 0


def test_a_wording_can_be_chosen_and_another_added(indexed, service):
    call(indexed, "describe", "--by-model", "--yes", "--wording", "short")
    assert {unit for _, unit, _ in _descriptions(indexed)} == {-2, -4}
    _questions(service)
    told = call_json(indexed, "describe", "--by-model", "--yes", "--wording", "query")["model"]
    assert told["calls"] == 3
    system = _questions(service)[0]["body"]["messages"][0]["content"]
    assert list(json.loads(system[system.index("{") :])) == ["query"]
    assert {unit for _, unit, _ in _descriptions(indexed)} == {-2, -4, -5}


def test_a_run_ends_with_its_tokens_and_the_next_goes_on(indexed, service):
    _questions(service)
    result = call(indexed, "describe", "--by-model", "--yes", "--tokens", "2500")
    assert result.exit_code == 0
    assert "1 left (the run's 2,500 tokens are used up)" in result.output
    first = _questions(service)
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["left"], told["stopped"]) == (0, "")
    texts = [
        chat["body"]["messages"][-1]["content"].split("\n", 1)[1] for chat in first + _questions(service)
    ]
    assert len({re.search(r"def (\w+)", text)[1] for text in texts}) == len(texts) == 3
    _set(indexed, describe__tokens_a_run=1)
    with indexed.connect() as connection:
        upsert(connection, "sweep.py", SWEEP.replace("until", "ends"))
    chunk_all(indexed)
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["calls"], told["left"]) == (0, 1)
    assert _questions(service) == []


def test_a_service_that_fails_ends_the_run_and_costs_nothing_that_was_said(indexed, service, monkeypatch):
    monkeypatch.setattr(running, "_A_COMMIT", 1)
    _questions(service)
    usual = type(service).answer

    def answer(path, headers, body):
        if path.endswith("/chat/completions") and len(service.requests) >= 1:
            return 401, {}, {"error": {"message": "no credit"}}
        return usual(service, path, headers, body)

    service.answer = answer
    result = call(indexed, "describe", "--by-model", "--yes", "--no-wait")
    assert result.exit_code == 1
    assert "no credit" in result.output
    assert "1 definitions" in result.output
    assert len({symbol for symbol, unit, _ in _descriptions(indexed) if unit < -2}) == 1
    del service.answer
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["described"], told["left"]) == (2, 0)


def test_a_run_that_is_killed_goes_on_where_it_was(indexed, service):
    with indexed.connect() as connection:
        for number in range(20):
            upsert(connection, f"f{number}.py", f"def f{number}(x):\n    y = x + {number}\n    return y\n")
    chunk_all(indexed)
    kept = "select count(*) from codesearch.chunk_description where wording = 'formal'"

    def says(question):
        time.sleep(0.1)
        return _says(question)

    service.says = says
    process = start(indexed, "describe", "--by-model", "--yes")
    wait_until(lambda: indexed.value(kept) >= 8, "the first that are kept")
    process.kill()
    process.wait()
    time.sleep(0.5)  # the service tells of each answer that nobody takes, on standard error
    service.says = _says
    before = indexed.value(kept)
    assert 8 <= before < 23
    _questions(service)
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["calls"], told["left"]) == (23 - before, 0)
    assert indexed.value("select coverage from codesearch.model_status") == 1.0


@pytest.mark.parametrize(
    "answer", ["it sorts", "[1]", "{}", '{"formal": 1}', '{"summary": "x"}', "[" * 100_000]
)
def test_an_answer_that_cannot_be_used_is_counted_and_not_kept(indexed, service, answer):
    service.says = lambda question: answer if "def zap" in question else _says(question)
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["described"], told["failed"], told["left"], told["tokens"]) == (2, 1, 1, 3_000)
    assert "zap" not in {symbol for symbol, _, _ in _descriptions(indexed)}
    service.says = _says
    assert call_json(indexed, "describe", "--by-model", "--yes")["model"]["described"] == 1


def test_a_model_without_a_usable_answer_is_left_alone(indexed, service):
    with indexed.connect() as connection:
        for number in range(20):
            upsert(connection, f"f{number}.py", f"def f{number}(x):\n    y = x + {number}\n    return y\n")
    chunk_all(indexed)
    service.says = lambda question: "I'd rather not"
    _questions(service)
    result = call(indexed, "describe", "--by-model", "--yes")
    assert result.exit_code == 1
    assert "describe.model" in result.output
    assert len(_questions(service)) == 8, "those of one round"


def test_an_answer_is_lines_of_text_and_nothing_else(indexed, service):
    said = {"formal": "one\ntwo\x1b[31m \ud800", "short": "s" * 5_000, "query": ["a"], "path": "/etc/passwd"}
    service.says = lambda question: f"<think>hm</think>\n```json\n{json.dumps(said)}\n```"
    assert call(indexed, "describe", "--by-model", "--yes").exit_code == 0
    assert [row[1:] for row in _descriptions(indexed) if row[0] == "zap"] == [
        (-3, "one two [31m"), (-4, "s" * 500),
    ]  # fmt: skip
    assert call_json(indexed, "describe", "--by-model", "--yes")["model"]["calls"] == 0, "an empty one is one"


def test_what_holds_a_secret_is_not_sent(indexed, service):
    """Workers take such files out; here one is in the index all the same."""
    token = "ghp_" + "x7Kq2mZ9" * 4 + "Ab3D"
    with indexed.connect() as connection:
        file_id = upsert(
            connection, "keys.py", f"def sign(data):\n    key = '{token}'\n    return hmac(key, data)\n"
        )
        replace(connection, file_id)
    _questions(service)
    told = call_json(indexed, "describe", "--by-model", "--yes")["model"]
    assert (told["secret"], told["described"], told["left"]) == (1, 3, 1)
    assert token not in json.dumps([chat["body"] for chat in _questions(service)])


def test_nothing_is_sent_unless_it_is_asked_for(indexed, service):
    _questions(service)
    call(indexed, "describe")
    result = call(indexed, "describe", "--by-model")
    assert result.exit_code == 1
    assert f"3 definitions is sent to {service.url}, at most 500,000 tokens" in result.output
    assert _questions(service) == []
    _set(indexed, describe__model="")
    result = call(indexed, "describe", "--by-model", "--yes")
    assert result.exit_code == 1
    assert "no language model is set to describe code" in result.output
    assert "PGCODESEARCH_DESCRIBE_URL" in result.output
    assert call(indexed, "describe", "--wording", "short").exit_code == 2
    assert "no repository 'nowhere'" in call(indexed, "describe", "nowhere").output


def test_the_environment_says_where_the_model_is(indexed, monkeypatch):
    monkeypatch.setenv("PGCODESEARCH_DESCRIBE_URL", "https://elsewhere.example/v1")
    monkeypatch.setenv("PGCODESEARCH_DESCRIBE_MODEL", "other")
    with indexed.connect() as connection:
        config = read_config(connection)
    assert (config.endpoint.url, config.endpoint.model) == ("https://elsewhere.example/v1", "other")


def test_what_a_candidate_lacks_is_left_to_its_backfill(indexed, service):
    call(indexed, "models", "add", "next", "--endpoint", service.url, "--remote-model", "m2")
    call(indexed, "describe")
    coverage = dict(indexed.rows("select name, coverage from codesearch.model_status"))
    assert coverage == {"away": 1.0, "next": 0.0}


def test_what_is_indexed_later_is_described_by_its_documentation(indexed):
    _set(indexed, vector__descriptions=True)
    with indexed.connect() as connection:
        upsert(connection, "late.py", 'def nap():\n    """Rests for a while, quietly."""\n    return 0\n')
        upsert(connection, "plain.py", "def plain(x):\n    return x\n")
    _embed(indexed)
    assert _descriptions(indexed) == [("nap", -2, "Rests for a while, quietly.")]
    assert _found(indexed, "rests for a while, quietly")[0] == "nap"
    assert call_json(indexed, "describe")["documentation"] == 1, "what was indexed before"


def test_the_same_sentence_of_two_repositories_finds_both(indexed):
    """Of copies one is shown; these are other functions that are documented alike."""
    with indexed.connect() as connection:
        for number, repository in enumerate(("one", "two")):
            code = f'def get{number}(self):\n    """Gives the winning number of today."""\n    return self.x{number}\n'
            upsert(connection, "a.py", code, repository)
    chunk_all(indexed)
    _set(indexed, vector__descriptions=True)
    call(indexed, "describe")
    distances = indexed.rows(
        "select c.symbol, n.distance from codesearch.embedding_1 e join codesearch.stored_text s using (text_hash),"
        " codesearch.vector_candidates(1, e.embedding, 5, codesearch.scope_of(null), null, false, null) v,"
        " unnest(v.chunk_ids, v.distances) as n(chunk_id, distance) join codesearch.chunk c using (chunk_id)"
        " where s.text = 'Gives the winning number of today.' order by 2 limit 2"
    )
    assert {symbol for symbol, _ in distances} == {"get0", "get1"}
    assert [distance for _, distance in distances] == pytest.approx([0, 0], abs=1e-3)
    assert set(_found(indexed, "gives the winning number of today")[:2]) == {"get0", "get1"}


def test_a_chunk_that_is_being_replaced_is_not_waited_for(indexed):
    """Two that wait for each other's chunks would be a deadlock; the next run makes up for it."""
    with indexed.connect(autocommit=False) as other:
        other.execute("select from codesearch.chunk where symbol = 'zap' for update")
        with indexed.connect() as connection:
            connection.execute("set lock_timeout = '2s'")
            (stored,) = connection.execute(
                "select codesearch.store_descriptions(c.repository_id, jsonb_agg(jsonb_build_object('content_hash',"
                " c.content_hash, 'wording', 'short', 'text', 'about ' || c.symbol)), 'writer')"
                " from codesearch.chunk c where c.level = 0 group by c.repository_id"
            ).fetchone()
        assert stored == 2
        other.rollback()
    assert {row[0] for row in _descriptions(indexed)} == {"keep_crumbs", "twist"}
    assert call_json(indexed, "describe")["documentation"] == 2, (
        "one of documentation, and the one that was left"
    )
    assert ("zap", -4, "about zap") in _descriptions(indexed)


def test_what_was_said_of_code_that_is_gone_is_kept_for_some_time(indexed):
    call(indexed, "describe", "--by-model", "--yes")
    with indexed.connect() as connection:
        connection.execute("select codesearch.delete_file('demo', 'sweep.py')")
    count = "select count(*) from codesearch.chunk_description"
    before = indexed.value(count)
    indexed.rows("select codesearch.prune_logs()")
    assert indexed.value(count) == before
    indexed.rows("update codesearch.chunk_description set described_at = now() - interval '91 days'")
    indexed.rows("select codesearch.prune_logs()")
    assert indexed.value(count) == before - 3, "those of zap"


@pytest.mark.parametrize(
    ("descriptions", "words"),
    [
        ("{}", "no JSON array"),
        ('[{"content_hash": "00000000-0000-0000-0000-000000000000", "wording": "loud", "text": "x"}]', "'loud'"),
        ('[{"wording": "short", "text": "x"}]', "cannot be stored"),
        ('[{"content_hash": "00000000-0000-0000-0000-000000000000", "wording": "short"}]', "no characters"),
        ('[{"content_hash": "00000000-0000-0000-0000-000000000000", "wording": "short", "text": "%s"}]' % ("x" * 1001),
         "1001 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_told(indexed, descriptions, words):
    with pytest.raises(psycopg.Error, match=words) as caught:
        indexed.rows(
            "select codesearch.store_descriptions(repository_id, %s) from codesearch.repository",
            (descriptions,),
        )
    error = errors.translate(caught.value)
    assert (type(error), bool(error.hint)) == (errors.InvalidArgument, True)


def test_a_tenant_describes_its_own_code_alone(indexed):
    """A hash of another's content, or another's repository, gives nothing; and texts are not shared."""
    with indexed.connect() as connection:
        upsert(connection, "crumbs.py", CRUMBS, "theirs")
    chunk_all(indexed)
    indexed.rows("select codesearch.enable_row_level_security()")
    ids = dict(indexed.rows("select name, repository_id from codesearch.repository"))
    of_zap = indexed.value("select content_hash::text from codesearch.chunk where symbol = 'zap'")
    said = json.dumps([{"content_hash": of_zap, "wording": "short", "text": "mine now"}])
    with temporary_roles(indexed.url, "codesearch_reader", "codesearch_writer") as (reader, writer):
        indexed.rows("select codesearch.grant_repository('theirs', %s)", (writer,))
        indexed.rows("select codesearch.grant_repository('theirs', %s)", (reader,))
        with acting_as(indexed, writer) as connection:
            with pytest.raises(psycopg.Error, match="no repository") as caught:
                connection.execute("select codesearch.store_descriptions(%s, %s)", (ids["demo"], said))
            assert caught.value.sqlstate == "CS006"
            assert connection.execute(
                "select codesearch.store_descriptions(%s, %s)", (ids["theirs"], said)
            ).fetchone() == (0,)
            assert running.describe_by_documentation(connection, ids["theirs"], lambda *_: None) == 1
            assert running.count_undescribed(connection, ids["demo"], ["short"]) == 0, "what it may not see"
        with acting_as(indexed, reader) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select codesearch.store_descriptions(%s, '[]')", (ids["theirs"],))
        indexed.rows("delete from codesearch.repository_access")
    assert _descriptions(indexed) == [("keep_crumbs", -2, "Remembers visitors between pages.")]
    assert indexed.rows("select distinct repository_id, wording from codesearch.chunk_description") == [
        (ids["theirs"], "documentation")
    ]
