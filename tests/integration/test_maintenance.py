"""Maintenance: each step does its work, a failing one stops no other, and the documented cron lines run."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from psycopg.types.json import Jsonb

import pgcodesearch
from pgcodesearch.cli import main
from pgcodesearch.operating import maintaining
from pgcodesearch.operating.maintaining import maintain
from support.commands import installed_database
from support.databases import create_database, drop_database
from support.receiving import receiver
from support.tenants import acting_as, fill_tenants, temporary_roles

_DOCS = Path(pgcodesearch.__file__).parents[2] / "docs/operations.md"

STEPS = [
    "jobs",
    "files",
    "embeddings",
    "versions",
    "history",
    "texts",
    "logs",
    "result cache",
    "vector recall",
    "drift",
    "statistics",
    "importance",
    "lexical index",
    "vector index",
    "rebuild schedule",
]
DIMENSION = 16
_OPTIONS = ("m", "ef_construction")


@pytest.fixture
def filled(database):
    with database.connect() as connection:
        fill_tenants(connection)
    return database


def _run(database) -> dict[str, tuple[bool, str]]:
    rows = database.rows("select step, ok, outcome from codesearch.run_maintenance()")
    return {step: (ok, outcome) for step, ok, outcome in rows}


def _load_vectors(database, count: int = 3000) -> None:
    """A model whose index is as bad as pgvector lets it be: two links a node."""
    vectors = np.random.default_rng(3).normal(size=(count, DIMENSION))
    with database.connect() as connection:
        connection.execute("select codesearch.add_model('loaded', %s, 16, '{}')", (DIMENSION,))
        connection.execute("set session_replication_role = replica")
        with connection.cursor().copy("copy codesearch.embedding_1 from stdin") as copy:
            for number, vector in enumerate(vectors):
                copy.write_row((f"{number:032x}", 1, 1, str(vector.round(3).tolist())))
        connection.execute("select codesearch.change_setting('vector.ef_search', '10')")
        connection.execute(
            "create index on codesearch.embedding_1 using hnsw (embedding halfvec_cosine_ops)"
            " with (m = 2, ef_construction = 4)"
        )


def test_every_step_is_reported_and_kept(filled):
    report = _run(filled)
    assert list(report) == STEPS
    assert all(ok for ok, _ in report.values()), report
    kept = filled.rows("select step, ok, outcome from codesearch.maintenance_log order by maintenance_log_id")
    assert kept == [(step, *rest) for step, rest in report.items()]


def test_what_was_lost_is_queued_again(filled):
    filled.rows("delete from codesearch.source_file where path = 'pending.py'")
    filled.rows("delete from codesearch.index_job")
    filled.rows(
        "delete from codesearch.embedding_1 where text_hash ="
        " (select text_hash from codesearch.chunk_text order by chunk_id limit 1)"
    )
    assert _run(filled)["embeddings"] == (True, "1 files queued for embedding")
    claim = "select count(*) from codesearch.claim_jobs('w', 10)"
    assert filled.value(claim) == 1
    assert _run(filled)["jobs"] == (True, "0 jobs requeued")
    filled.rows("update codesearch.index_job set lease_until = clock_timestamp() - interval '1 second'")
    assert _run(filled)["jobs"] == (True, "1 jobs requeued")
    assert "gave no sign" in filled.value("select last_error from codesearch.index_job")
    assert filled.value(claim) == 1


@pytest.mark.parametrize("jump", ["-2 days", "2 days"])
def test_clock_jumps_leave_no_job_behind(filled, jump):
    """A clock that jumped makes leases end long ago or far ahead; either way the job is taken up again."""
    filled.rows("select codesearch.upsert_file('open', 'late.py', 'x = 1')")
    filled.rows("select * from codesearch.claim_jobs('w', 10)")
    filled.rows("update codesearch.index_job set lease_until = lease_until + %s::interval", (jump,))
    filled.rows("select codesearch.upsert_file('open', 'later.py', 'x = 1')")
    filled.rows(
        "update codesearch.index_job set run_after = run_after + %s::interval where state = 'queued'", (jump,)
    )
    _run(filled)
    claimed = filled.value("select count(*) from codesearch.claim_jobs('w', 10)")
    assert claimed == filled.value("select count(*) from codesearch.index_job") > 1


def test_logs_are_kept_as_long_as_set(filled):
    shown = "select count(*) from codesearch.query_results"
    assert filled.value(shown) > 0
    filled.rows("update codesearch.query_log set asked_at = now() - interval '181 days'")
    filled.rows("select codesearch.change_setting('log.retention_days', '0')")
    assert _run(filled)["logs"] == (True, "0 rows removed")
    filled.rows("select codesearch.change_setting('log.retention_days', '180')")
    assert _run(filled)["logs"] == (True, "2 rows removed")
    assert filled.value(shown) == 0
    filled.rows("update codesearch.maintenance_log set started_at = now() - interval '91 days'")
    assert _run(filled)["logs"] == (True, f"{2 * len(STEPS)} rows removed")


def test_drifted_indexes_are_refreshed(filled):
    filled.rows("select codesearch.change_setting('lexical.weight.name', '7')")
    scores = "select score from codesearch.search('follow_redirects', mode => 'lexical')"
    before = filled.rows(scores)
    assert _run(filled)["lexical index"] == (True, "2 repositories refreshed")
    assert filled.rows(scores) != before
    assert _run(filled)["lexical index"] == (True, "0 repositories refreshed")


def test_what_takes_longer_than_fold_seconds_is_folded_by_the_next_run(filled):
    filled.rows("select codesearch.change_setting('lexical.weight.name', '7')")
    filled.rows("select codesearch.change_setting('maintenance.fold_seconds', '0')")
    assert _run(filled)["lexical index"] == (True, "0 repositories refreshed, the rest next time")
    filled.rows("select codesearch.change_setting('maintenance.fold_seconds', '60')")
    assert _run(filled)["lexical index"] == (True, "2 repositories refreshed")


def test_a_failing_step_stops_no_other(filled):
    filled.rows("drop function codesearch.prune_logs")
    report = _run(filled)
    assert list(report) == STEPS
    assert [step for step, (ok, _) in report.items() if not ok] == ["logs"]
    assert "(42883)" in report["logs"][1]


def test_a_lock_that_is_held_is_not_waited_for(filled):
    """Somebody holds a lock that the refresh needs: the repositories are left for the next run, the rest is done."""
    filled.rows("select codesearch.change_setting('lexical.weight.name', '7')")
    with filled.connect(autocommit=False) as blocker:
        blocker.execute("lock table codesearch.posting in access exclusive mode")
        with filled.connect() as connection:
            connection.execute("alter function codesearch.run_maintenance set lock_timeout = '200ms'")
            rows = connection.execute("select step, ok, outcome from codesearch.run_maintenance()").fetchall()
    report = {step: (ok, outcome) for step, ok, outcome in rows}
    assert report["lexical index"] == (True, "0 repositories refreshed, 2 busy")
    assert report["logs"][0] is True
    assert list(report) == STEPS
    assert _run(filled)["lexical index"] == (True, "2 repositories refreshed")


def test_one_run_at_a_time(filled):
    with filled.connect(autocommit=False) as first:
        first.execute("select * from codesearch.run_maintenance()")
        assert _run(filled) == {"lock": (True, "another run is at work")}
        assert [step.outcome for step in maintain(filled.url)] == ["another run is at work"]
    assert list(_run(filled)) == STEPS


def test_recall_is_measured_and_mended(database):
    _load_vectors(database)
    assert "needs reindex" in _run(database)["vector recall"][1]
    ((recall, sunken, source),) = database.rows(
        "select recall, needs_reindex, sampled_from from codesearch.vector_recall"
    )
    assert (recall < 0.95, sunken, source) == (True, True, "chunks")
    database.rows("select codesearch.change_setting('vector.ef_search', '100')")
    database.rows(
        "insert into codesearch.query_table (model_version_id, tokenizer, accepted) values (1, %s, true)",
        (Jsonb({"prefix": "", "before": [], "behind": [], "max_tokens": 9, "max_input_chars_per_word": 9}),),
    )
    database.rows(
        "insert into codesearch.query_token"
        " select 1, 'w' || row_number() over (), embedding from codesearch.embedding_1"
    )
    database.rows(
        "insert into codesearch.judged_query (query_set, query_key, query)"
        " select 's', n::text, 'w' || n from generate_series(1, 40) n"
    )
    # The setting alone may be enough for this index: the rebuild is asked for.
    steps = {step.step: step for step in maintain(database.url, rebuild=True)}
    assert all(step.ok for step in steps.values()), steps
    assert steps["rebuild"].outcome.startswith("loaded: recall ")
    series = database.rows(
        "select recall, needs_reindex, sampled_from from codesearch.vector_recall order by measured_at"
    )
    assert series[-1][0] >= 0.98
    assert series[-1][1:] == (False, "queries")
    options = database.value("select reloptions from pg_class where oid = codesearch.vector_index(1)")
    wanted = [
        database.value("select codesearch.setting_number(%s)", (f"vector.{name}",)) for name in _OPTIONS
    ]
    assert set(options) == {f"{name}={value:.0f}" for name, value in zip(_OPTIONS, wanted, strict=True)}


def test_a_sunken_index_is_rebuilt_unasked(database):
    _load_vectors(database)
    first = {step.step: step.outcome for step in maintain(database.url)}
    assert "rebuilt" in first["rebuild"]
    database.rows("select codesearch.change_setting('vector.ef_search', '100')")
    second = {step.step: step.outcome for step in maintain(database.url)}
    assert second["rebuild"] == "no vector index needs it"


def test_an_index_that_a_rebuild_does_not_mend_is_rebuilt_once(database):
    _load_vectors(database)
    # Enough samples that two measurements of one index hardly differ.
    settings = (("vector.m", "2"), ("vector.ef_construction", "4"), ("maintenance.recall_samples", "2000"))
    for setting, value in settings:
        database.rows("select codesearch.change_setting(%s, %s)", (setting, value))
    first, second, third = ({step.step: step.outcome for step in maintain(database.url)} for _ in range(3))
    assert "rebuilt" in first["rebuild"]
    assert second["rebuild"] == third["rebuild"] == "no vector index needs it"
    assert "raise vector.ef_search" in third["vector recall"]
    # Sunken since: worth another try.
    database.rows("update codesearch.vector_recall set recall = recall + 0.2 where not needs_reindex")
    assert "rebuilt" in {step.step: step.outcome for step in maintain(database.url)}["rebuild"]


def test_an_index_that_lost_many_vectors_is_built_anew_before_the_vacuum(database):
    _load_vectors(database)
    database.rows("select codesearch.change_setting('maintenance.min_recall', '0')")
    path = "select pg_relation_filepath(codesearch.vector_index(1))"
    with database.connect() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("alter table codesearch.embedding_1 set (autovacuum_enabled = false)")
        connection.execute(
            "delete from codesearch.embedding_1 where text_hash::text < '00000000-0000-0000-0000-0000000004ff'"
        )
        connection.execute("select pg_stat_force_next_flush()")
        before = connection.execute(path).fetchone()
    steps = {step.step: step for step in maintain(database.url)}
    assert all(step.ok for step in steps.values()), steps
    assert steps["rebuild"].outcome == "no vector index needs it"
    assert steps["vacuum"].outcome != "0 tables vacuumed"
    assert database.rows(path)[0] != before


def test_an_index_whose_rows_were_folded_is_rebuilt(filled, monkeypatch):
    """Written in parts, as when many files are indexed, and folded into few rows since."""
    monkeypatch.setattr(maintaining, "_SPARSE_FROM", 1_000_000)
    filled.rows(
        "insert into codesearch.posting select r.repository_id, 0, 'word' || n % 997, 0, 1000000 + n, 0, 1, i.impacts"
        " from (select repository_id from codesearch.repository limit 1) r,"
        " (select impacts from codesearch.posting limit 1) i, generate_series(1, 40000) n"
    )
    size = "select pg_relation_size('codesearch.posting_pkey')"
    filled.rows("vacuum analyze codesearch.posting")
    assert filled.value("select count(*) from codesearch.sparse_indexes(1000000)") == 0, "just full"
    filled.rows("delete from codesearch.posting where part > 1000000 and part % 10 <> 0")
    before = filled.value(size)
    steps = {step.step: step for step in maintain(filled.url)}
    assert not [step for step in steps.values() if not step.ok]
    assert steps["indexes"].outcome.startswith("1 sparse indexes rebuilt")
    assert filled.value(size) < before / 3
    assert {step.step: step for step in maintain(filled.url)}["indexes"].outcome.startswith("0 ")


def test_what_an_interrupted_rebuild_left_is_dropped(database):
    _load_vectors(database, 100)
    with database.connect() as connection:
        connection.execute("create index embedding_1_ccnew on codesearch.embedding_1 (token_count)")
        connection.execute(
            "update pg_index set indisvalid = false where indexrelid = 'codesearch.embedding_1_ccnew'::regclass"
        )
    steps = {step.step: step.outcome for step in maintain(database.url)}
    assert steps["leftovers"] == "1 invalid indexes dropped"
    assert database.value("select to_regclass('codesearch.embedding_1_ccnew')") is None


def test_only_administrators_maintain(filled):
    with temporary_roles(filled.url, "codesearch_admin", "codesearch_writer") as (admin, writer):
        with acting_as(filled, admin) as connection:
            assert len(connection.execute("select * from codesearch.run_maintenance()").fetchall()) == len(
                STEPS
            )
        with acting_as(filled, writer) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from codesearch.run_maintenance()")


def test_the_command_prints_and_fails_with_code_1(filled):
    done = CliRunner().invoke(main, ["--database", filled.url, "maintain"])
    assert done.exit_code == 0, done.output
    assert "vector recall" in done.output
    filled.rows("drop function codesearch.prune_logs")
    failed = CliRunner().invoke(main, ["--database", filled.url, "maintain"])
    assert failed.exit_code == 1
    assert "prune_logs() does not exist" in failed.output


def _documented_crontab() -> tuple[dict[str, str], list[str]]:
    """Its variables, and its commands."""
    lines = re.search(r"```crontab\n(.+?)```", _DOCS.read_text(), re.S)[1].splitlines()
    variables = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    return variables, [line.split(" ", 5)[5] for line in lines if not re.match(r"[A-Z_]+=", line)]


def _run_line(command: str, home: Path, **variables: str) -> str:
    """What a line of cron or a unit prints and logs."""
    programs = Path(sys.executable).parent
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(pgcodesearch.__file__).parents[1]), **variables,
    }  # fmt: skip
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
    printed = done.stdout + done.stderr + "".join(file.read_text() for file in home.glob("*.log"))
    assert done.returncode == 0, printed
    return printed


@pytest.mark.parametrize("number", [1, 2], ids=["hourly", "weekly"])
def test_documented_crontab_maintains_and_posts(filled, tmp_path, number):
    variables, commands = _documented_crontab()
    assert set(variables) == {"PGCODESEARCH_DATABASE_URL", "PGCODESEARCH_WEBHOOK"}
    filled.rows("update codesearch.index_job set state = 'failed'")
    with receiver() as hook:
        printed = _run_line(
            commands[number], tmp_path, PGCODESEARCH_DATABASE_URL=filled.url, PGCODESEARCH_WEBHOOK=hook.url
        )
    assert '"step": "vacuum"' in printed
    assert '"step": "rebuild"' in printed
    assert hook.url not in printed
    assert [document["alerts"][0]["subject"] for document in hook.received] == ["failed jobs"]
    assert filled.value("select count(*) from codesearch.maintenance_log") == len(STEPS)


def test_documented_crontab_indexes_what_changed(server_url, tmp_path):
    project = tmp_path / "billing"
    project.mkdir()
    (project / "a.py").write_text("def pay():\n    return 1\n")
    _, commands = _documented_crontab()
    command = commands[0].replace("/srv/code/billing", str(project))
    assert command != commands[0]
    with installed_database(server_url) as database:
        _run_line(command, tmp_path, PGCODESEARCH_DATABASE_URL=database.url)
        (project / "b.py").write_text("def charge():\n    return 2\n")
        _run_line(command, tmp_path, PGCODESEARCH_DATABASE_URL=database.url)
        assert database.rows("select files, vector_coverage from codesearch.index_status") == [(2, 1)]


def test_documented_unit_runs(filled, tmp_path):
    name, url, command = re.search(
        r"^Environment=(\w+)=(.+)\n(?:.*\n)*?ExecStart=(.+)$", _DOCS.read_text(), re.M
    ).groups()
    assert (name, url) == ("PGCODESEARCH_DATABASE_URL", _documented_crontab()[0][name])
    assert '"step": "vacuum"' in _run_line(command, tmp_path, PGCODESEARCH_DATABASE_URL=filled.url)


def test_schedule_without_pg_cron_says_what_to_do(database):
    with pytest.raises(psycopg.errors.FeatureNotSupported) as error:
        database.rows("select codesearch.schedule_maintenance()")
    assert "pgcodesearch maintain" in error.value.diag.message_hint


@pytest.fixture
def cron_database(debian_server):
    """pg_cron works in one database of a server."""
    from pgcodesearch.database import schema
    from support.databases import Database

    made = Database(create_database(debian_server.url, debian_server.cron_database))
    try:
        made.rows("create extension pg_cron")
        schema.init(made.url)
        yield made
    finally:
        drop_database(debian_server.url, debian_server.cron_database)


def test_schedule_with_pg_cron(cron_database, debian_server):
    for schedule in ("7 * * * *", "30 3 * * *"):
        cron_database.rows("select codesearch.schedule_maintenance(%s)", (schedule,))
        ((found, command, where),) = cron_database.rows("select schedule, command, database from cron.job")
        assert (found, where) == (schedule, debian_server.cron_database)
    assert len(cron_database.rows(command)) == len(STEPS)
    cron_database.rows("select codesearch.schedule_maintenance(null)")
    assert cron_database.rows("select * from cron.job") == []


def test_the_week_is_told_by_pg_cron(cron_database):
    for schedule in ("0 7 * * 1", "0 8 * * 5"):
        assert cron_database.value("select codesearch.schedule_report(%s)", (schedule,)) == (
            f"the week is told at {schedule}"
        )
        ((found, command),) = cron_database.rows("select schedule, command from cron.job")
        assert found == schedule
    ((told,),) = cron_database.rows(command)
    assert told.startswith("weekly report: searches 0 (0), ")
    assert cron_database.rows("select text, state, posted_at from codesearch.alert") == [(told, "ok", None)]
    cron_database.rows("select codesearch.schedule_report(null)")
    assert cron_database.rows("select * from cron.job") == []


def test_pg_cron_rebuilds_every_vector_index_weekly(cron_database):
    rebuilds = "select jobname, schedule, command from cron.job where jobname like '%rebuild%' order by 1"

    def maintained():
        steps = {row[0]: row[1:3] for row in cron_database.rows("select * from codesearch.run_maintenance()")}
        return steps["rebuild schedule"], cron_database.rows(rebuilds)

    for name in ("it's", "b"):
        table = cron_database.value(
            "select codesearch.embedding_table(codesearch.add_model(%s, 4, 16, '{}'))", (name,)
        )
        cron_database.rows(f"create index on {table} using hnsw (embedding halfvec_cosine_ops)")
    assert maintained() == ((True, "not scheduled"), [])
    cron_database.rows("select codesearch.schedule_maintenance()")
    said, jobs = maintained()
    assert said == (True, "2 vector indexes are rebuilt at 30 3 * * 0")
    assert [row[:2] for row in jobs] == [
        (f"pgcodesearch rebuild {name}", "30 3 * * 0") for name in ("b", "it's")
    ]
    for *_, command in jobs:
        before = cron_database.value("select max(relfilenode) from pg_class")
        cron_database.rows(command)
        assert cron_database.value("select max(relfilenode) from pg_class") > before
    cron_database.rows("select codesearch.drop_model('b')")
    cron_database.rows("select codesearch.change_setting('maintenance.rebuild_schedule', '\"0 4 * * 6\"')")
    assert [row[:2] for row in maintained()[1]] == [("pgcodesearch rebuild it's", "0 4 * * 6")]
    cron_database.rows("select codesearch.change_setting('maintenance.rebuild_schedule', '\"\"')")
    assert maintained() == ((True, "no vector index is rebuilt"), [])
    cron_database.rows("select codesearch.change_setting('maintenance.rebuild_schedule', null)")
    assert len(maintained()[1]) == 1
    cron_database.rows("select codesearch.schedule_maintenance(null)")
    assert cron_database.rows("select * from cron.job") == []
