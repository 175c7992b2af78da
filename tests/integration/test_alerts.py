"""Alerts: a change of state is told once, to a real receiver; what it does not take waits; its URL stays a secret."""

import json
import logging
import os
import re
import subprocess
import sys
import threading

import psycopg
import pytest
from click.testing import CliRunner

from pgcodesearch.cli import main
from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.indexing.upkeep import Upkeep
from pgcodesearch.operating.alerting import post_alerts
from pgcodesearch.operating.maintaining import maintain
from pgcodesearch.operating.webhook import Webhook, WebhookFailed
from support.receiving import PATH, receiver
from support.tenants import acting_as, temporary_roles


@pytest.fixture
def modelled(database):
    database.rows("select codesearch.add_model('small', 4, 16, '{}')")
    return database


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


@pytest.fixture
def drifted(modelled):
    """Two alerts wait: misses and passes are hard."""
    _search(modelled, None)
    modelled.rows("select * from codesearch.check_drift()")
    return modelled


def _search(database, score: float | None, count: int = 100) -> None:
    """As many hybrid searches with this best score, each with one result; None without any."""
    database.rows(
        "with asked as (insert into codesearch.query_log (query_hash, mode, model_version_id, k, result_count,"
        " top_score, latency_ms)"
        " select gen_random_uuid(), 'hybrid', 1, 10, (%(score)s::float8 is not null)::int, %(score)s, 1"
        " from generate_series(1, %(count)s) returning query_id, top_score)"
        " insert into codesearch.query_results select query_id, 1, 1, 1, gen_random_uuid(), top_score, 1, 1 from asked"
        " where top_score is not null",
        {"score": score, "count": count},
    )


def _states(posted: dict) -> list[tuple[str, str, str]]:
    return [(alert["subject"], alert["previous_state"], alert["state"]) for alert in posted["alerts"]]


def _waiting(database) -> int:
    return database.value("select count(*) from codesearch.alert where posted_at is null")


def test_a_change_of_state_is_posted_once(drifted, hook):
    maintain(drifted.url, webhook=Webhook(hook.url))
    maintain(drifted.url, webhook=Webhook(hook.url))
    assert len(hook.received) == 1
    assert _states(hook.received[0]) == [("miss rate", "ok", "hard"), ("pass rate", "ok", "hard")]
    lines = hook.received[0]["text"].splitlines()
    assert re.fullmatch(r"pgcodesearch, database \w+:", lines[0])
    assert lines[1:] == [
        "miss rate is hard: 1.000 (soft from 0.150, hard from 0.250; 100 searches; model small)",
        "pass rate is hard: 0.000 (soft below 0.700, hard below 0.600; 100 searches; model small)",
    ]
    assert hook.received[0]["alerts"][0]["details"]["value"] == 1

    drifted.rows("select codesearch.change_setting('drift.miss_score', '-1')")
    _search(drifted, 2.0, 400)
    maintain(drifted.url, webhook=Webhook(hook.url))
    assert _states(hook.received[1]) == [("miss rate", "hard", "soft")]
    _search(drifted, 9.0, 1000)
    maintain(drifted.url, webhook=Webhook(hook.url))
    assert _states(hook.received[2]) == [("miss rate", "soft", "ok"), ("pass rate", "hard", "ok")]
    assert "miss rate is ok again: 0.000" in hook.received[2]["text"]
    assert _waiting(drifted) == 0


def test_too_few_takes_no_alert_back(drifted):
    drifted.rows("delete from codesearch.query_log")
    drifted.rows("select * from codesearch.check_drift()")
    assert drifted.rows("select distinct state from codesearch.drift_status") == [("too few",)]
    _search(drifted, None)
    drifted.rows("select * from codesearch.check_drift()")
    assert drifted.value("select count(*) from codesearch.alert") == 2


def test_checks_at_once_tell_once(modelled):
    _search(modelled, None)
    checks = [
        threading.Thread(target=modelled.rows, args=["select * from codesearch.check_drift()"])
        for _ in range(4)
    ]
    for check in checks:
        check.start()
    for check in checks:
        check.join()
    assert modelled.value("select count(*) from codesearch.alert") == 2


def test_what_sank_elsewhere_is_told_too(modelled):
    """Jobs that were given up, and a vector index that lost its recall."""
    modelled.rows("select codesearch.upsert_file('demo', 'a.py', 'x = 1')")
    modelled.rows("update codesearch.index_job set state = 'failed'")
    modelled.rows(
        "insert into codesearch.vector_recall (model_version_id, k, sample_count, sampled_from, ef_search, recall,"
        " needs_reindex) values (1, 10, 30, 'queries', 100, 0.9, true)"
    )
    alerts = "select subject, state, text from codesearch.alert order by alert_id"
    modelled.rows("select * from codesearch.check_drift()")
    assert modelled.rows(alerts) == [
        ("failed jobs", "soft", "failed jobs is soft: 1 in codesearch.failed_jobs"),
        ("vector recall", "soft", "vector recall is soft: 0.900 (model small)"),
    ]
    modelled.rows("delete from codesearch.index_job")
    modelled.rows("select * from codesearch.check_drift()")
    assert modelled.rows(alerts)[2:] == [
        ("failed jobs", "ok", "failed jobs is ok again: 0 in codesearch.failed_jobs")
    ]


def test_sql_listeners_are_told_without_a_word(modelled):
    """Any role that may connect may listen, so the notification says nothing."""
    _search(modelled, None)
    with modelled.connect() as listener:
        listener.execute("listen codesearch_alerts")
        modelled.rows("select * from codesearch.check_drift()")
        assert [note.payload for note in listener.notifies(timeout=10, stop_after=1)] == [""]


def test_a_receiver_that_is_down_gets_them_the_next_time(drifted, hook):
    hook.statuses = [500, 503]
    steps = {step.step: step for step in maintain(drifted.url, webhook=Webhook(hook.url))}
    assert (steps["webhook"].ok, steps["webhook"].outcome) == (
        False,
        "the webhook answered 503; 2 alerts wait",
    )
    assert steps["drift"].ok
    kept = "select distinct attempts, last_error, lease_until from codesearch.alert"
    assert drifted.rows(kept) == [(1, "the webhook answered 503", None)]
    steps = {step.step: step for step in maintain(drifted.url, webhook=Webhook(hook.url))}
    assert (steps["webhook"].ok, steps["webhook"].outcome) == (True, "2 alerts posted")
    assert drifted.rows(kept) == [(2, None, None)]
    assert len(hook.received) == 3
    assert hook.received[2] == hook.received[0]


def test_a_hiccup_is_tried_again_at_once(drifted, hook):
    hook.statuses = [502]
    with drifted.connect() as connection:
        assert post_alerts(connection, Webhook(hook.url)) == "2 alerts posted"
    assert len(hook.received) == 2


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_refusal_is_not_tried_again(drifted, hook, status):
    hook.statuses = [status]
    with drifted.connect() as connection, pytest.raises(WebhookFailed, match=str(status)):
        post_alerts(connection, Webhook(hook.url))
    assert len(hook.received) == 1
    assert _waiting(drifted) == 2


def test_two_posters_at_once_post_once(drifted, hook):
    hook.free.clear()
    with drifted.connect() as first, drifted.connect() as second:
        one = threading.Thread(target=post_alerts, args=(first, Webhook(hook.url)))
        one.start()
        assert hook.arrived.wait(30)
        assert post_alerts(second, Webhook(hook.url)) == "0 alerts posted"
        hook.free.set()
        one.join()
    assert len(hook.received) == 1
    assert _waiting(drifted) == 0


@pytest.mark.parametrize("jump", ["-3 minutes", "2 days"])
def test_what_a_dead_poster_held_is_posted(drifted, hook, jump):
    """Its lease ended, or a jump of the clock left it in the far future."""
    assert len(drifted.rows("select * from codesearch.claim_alerts()")) == 2
    with drifted.connect() as connection:
        assert post_alerts(connection, Webhook(hook.url)) == "0 alerts posted"
        drifted.rows("update codesearch.alert set lease_until = lease_until + %s::interval", (jump,))
        assert post_alerts(connection, Webhook(hook.url)) == "2 alerts posted"


def test_more_than_one_post_holds(drifted, hook):
    drifted.rows(
        "insert into codesearch.alert (subject, state, previous_state, text, details)"
        " select 'x', 'soft', 'ok', n::text, '{}' from generate_series(1, 60) n"
    )
    with drifted.connect() as connection:
        assert post_alerts(connection, Webhook(hook.url)) == "62 alerts posted"
    assert [len(document["alerts"]) for document in hook.received] == [50, 12]
    numbers = [alert["alert_id"] for document in hook.received for alert in document["alerts"]]
    assert numbers == sorted(set(numbers))


def _command(database, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pgcodesearch", *arguments],
        env={**os.environ, "PGCODESEARCH_DATABASE_URL": database.url, **environment},
        capture_output=True, text=True,
    )  # fmt: skip


def test_the_url_is_in_no_table_and_no_output(drifted, hook, caplog):
    """Taken, refused, out of reach and mistyped: wherever the URL came from, nobody gets to read it."""
    secret = PATH.rsplit("/", 1)[1]
    closed = f"http://127.0.0.1:1{PATH}"
    hook.statuses = [404]
    runs = [
        _command(drifted, "maintain", "--webhook", hook.url),
        _command(drifted, "maintain", "--json", PGCODESEARCH_WEBHOOK=closed),
        _command(drifted, "maintain", "--webhook", f"ftp://example.com{PATH}", PGCODESEARCH_DEBUG="1"),
        _command(drifted, "maintain", "--webhook", f"http://[{PATH}"),
        _command(drifted, "worker", "--once", PGCODESEARCH_WEBHOOK=closed),
        _command(drifted, "worker", "--once", PGCODESEARCH_WEBHOOK=PATH),
        _command(drifted, "maintain", PGCODESEARCH_WEBHOOK=hook.url),
        _command(drifted, "report", "drift", PGCODESEARCH_WEBHOOK=hook.url),
    ]
    assert [run.returncode for run in runs] == [1, 1, 1, 1, 0, 1, 0, 0], runs
    assert not [run for run in runs if secret in run.stdout + run.stderr]
    assert "the webhook answered 404" in " ".join(runs[0].stdout.split())
    assert "can't be reached" in json.loads(runs[1].stdout)[-1]["outcome"]
    assert runs[3].stderr.startswith("error: the webhook is no http or https URL\nhint: ")
    assert "can't be reached" in runs[4].stderr
    assert _waiting(drifted) == 0
    with caplog.at_level(logging.INFO), drifted.connect() as connection:
        drifted.rows("update codesearch.alert set posted_at = null")
        with pytest.raises(WebhookFailed):
            post_alerts(connection, Webhook(closed))
    assert secret not in caplog.text + repr(Webhook(hook.url))
    tables = drifted.rows("select oid::regclass::text from pg_class where relnamespace = 'codesearch'::regnamespace"
                          " and relkind = 'r'")  # fmt: skip
    found = [name for (name,) in tables
             if drifted.value(f"select count(*) from {name} t where t::text like %s", (f"%{secret}%",))]  # fmt: skip
    assert found == []


def test_without_a_webhook_alerts_wait_and_nothing_is_said_of_it(drifted):
    done = CliRunner().invoke(main, ["--database", drifted.url, "maintain", "--json"])
    assert done.exit_code == 0
    assert "webhook" not in [step["step"] for step in json.loads(done.output)]
    assert _waiting(drifted) == 2


def test_a_worker_posts_what_waits(drifted, hook):
    done = _command(drifted, "worker", "--once", PGCODESEARCH_WEBHOOK=hook.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert _states(hook.received[0]) == [("miss rate", "ok", "hard"), ("pass rate", "ok", "hard")]
    assert _waiting(drifted) == 0


def test_a_worker_without_the_right_says_so_once_and_goes_on(drifted, hook, capsys):
    with (
        temporary_roles(drifted.url, "codesearch_writer") as (writer,),
        acting_as(drifted, writer) as connection,
    ):
        upkeep = Upkeep(connection, Webhook(hook.url))
        for _ in range(2):
            upkeep._next_post = 0.0
            upkeep.run()
        assert connection.execute("select 1").fetchone() == (1,)
    assert capsys.readouterr().err == "alerts: not posted: this takes the rights of codesearch_admin\n"
    assert hook.received == []


def test_posts_while_another_run_of_maintenance_is_at_work(drifted, hook):
    with drifted.connect(autocommit=False) as first:
        first.execute("select codesearch.hold_work_lock('maintenance')")
        steps = [step.step for step in maintain(drifted.url, webhook=Webhook(hook.url))]
    assert steps == ["lock", "webhook"]
    assert len(hook.received) == 1


@pytest.mark.parametrize("url", ["", "hooks.example.com/x", "ftp://example.com", "http://", "http://[x"])
def test_what_is_no_webhook(url):
    with pytest.raises(InvalidArgument, match="no http or https URL"):
        Webhook(url)


def test_who_lost_the_lease_takes_nothing_back(drifted):
    """Another has posted meanwhile: an error that comes late changes nothing of that."""
    ids = [row[0] for row in drifted.rows("select alert_id from codesearch.claim_alerts()")]
    assert drifted.value("select codesearch.settle_alerts(%s)", (ids,)) == 0
    posted = drifted.rows("select posted_at, last_error from codesearch.alert order by alert_id")
    assert drifted.value("select codesearch.settle_alerts(%s, 'too late')", (ids,)) == 0
    assert drifted.rows("select posted_at, last_error from codesearch.alert order by alert_id") == posted


def test_only_administrators_post(drifted, hook):
    with temporary_roles(drifted.url, "codesearch_admin", "codesearch_reader") as (admin, reader):
        with acting_as(drifted, reader) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            post_alerts(connection, Webhook(hook.url))
        with acting_as(drifted, admin) as connection:
            assert post_alerts(connection, Webhook(hook.url)) == "2 alerts posted"
