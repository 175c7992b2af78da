"""pgcodesearch worker: what changes in the database becomes searchable; failures are visible and block nothing."""

import signal
import threading

import pytest

from pgcodesearch.indexing import Worker
from pgcodesearch.operating.installing import install
from support.filling import contents
from support.indexing import check_index, chunk_all, upsert
from support.workers import running, wait_until

SOURCE = "def handle_{0}(request):\n    return request.number + {0}\n"


def _idle(database) -> bool:
    return database.value("select count(*) from codesearch.index_job where state <> 'failed'") == 0


def _found(database, query: str) -> list[str]:
    rows = database.rows("select symbol from codesearch.search(%s, 10, mode => 'lexical')", (query,))
    return [symbol for (symbol,) in rows]


def _fill(connection, files: int, repository: str = "demo") -> None:
    connection.execute(
        "insert into codesearch.source_file (repository_id, path, content)"
        " select codesearch.ensure_repository(%s), 'src/f' || n || '.py', replace(%s, '{0}', n::text)"
        " from generate_series(1, %s) n", (repository, SOURCE, files),
    )  # fmt: skip


@pytest.mark.parametrize("server", ["installed", "debian_database"])
def test_an_update_in_sql_is_found(server, request, capsys):
    database = request.getfixturevalue(server)
    install(database.url)
    # It is told of jobs: the pause between two looks is longer than the test waits.
    command = ("worker", "--database", database.url, "--processes", "1", "--poll", "60")
    with running(*command) as worker, database.connect() as connection:
        upsert(connection, "src/a.py", SOURCE.format(1))
        wait_until(lambda: "handle_1" in _found(database, "handle_1"), "the first file", command=worker)
        wait_until(lambda: _idle(database), "its vectors", command=worker)
        connection.execute("update codesearch.source_file set content = %s", (SOURCE.format(2),))
        seconds = wait_until(lambda: "handle_2" in _found(database, "handle_2"), "the update", 45, worker)
        with capsys.disabled():
            print(f"\n{server}: found {seconds:.2f} s after the update", end=" ")
        assert "handle_1" not in _found(database, "handle_1")
        wait_until(lambda: _idle(database), "its vector", command=worker)
        assert database.value("select vector_coverage from codesearch.index_status") == 1.0
        assert database.rows("select connected, jobs from codesearch.worker_status") == [(True, 0)]
        assert worker.stop() == 0, worker.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_gracefully_in_the_middle_of_work(database, number):
    with database.connect() as connection:
        _fill(connection, 1500)
        with running("worker", "--database", database.url, "--stages", "chunk", "--processes", "2") as worker:
            wait_until(
                lambda: database.value("select count(*) from codesearch.chunk") > 0, "work", command=worker
            )
            assert worker.stop(number) == 0, worker.output
        assert database.value("select count(*) from codesearch.index_job where state = 'running'") == 0
        assert database.value("select max(attempts) from codesearch.index_job") in (0, None)
        assert database.value("select count(*) from codesearch.index_job") > 0, (
            "it had finished before it was stopped"
        )


def test_once_ends_when_idle(database):
    with database.connect() as connection:
        _fill(connection, 30)
        with running("worker", "--database", database.url, "--once", "--processes", "2") as worker:
            assert worker.process.wait(90) == 0, worker.output
        assert _idle(database)
        check_index(connection)


def _poison(connection, action: str) -> None:
    connection.execute(
        "create function poison() returns trigger language plpgsql as $$begin"
        f" if new.content like '%handle_7(%' then {action}; end if; return new; end$$"
    )
    connection.execute(
        "create trigger poison before insert on codesearch.chunk for each row execute function poison()"
    )


def test_the_others_of_its_batch_are_done_at_once(database):
    with database.connect() as connection:
        _poison(connection, "raise exception 'this file is poison'")
        _fill(connection, 20)
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_once()
    assert database.value("select count(*) from codesearch.repository_file where is_indexed") == 19
    assert database.rows("select attempts, last_error ~ 'poison' from codesearch.index_job") == [(1, True)]


def test_what_was_claimed_and_not_begun_was_no_attempt(database):
    with database.connect(autocommit=False) as connection:
        _fill(connection, 20)
        connection.commit()
        told_to_stop = iter([False])
        Worker(connection, stages=("chunk",), stopping=lambda: next(told_to_stop, True)).run_until_idle()
    jobs = "select state, worker, attempts, count(*) from codesearch.index_job group by 1, 2, 3"
    assert database.rows(jobs) == [("queued", None, 0, 20)]


def test_a_poison_file_blocks_nothing_and_becomes_a_dead_letter(database):
    with database.connect() as connection:
        _poison(connection, "raise exception 'this file is poison'")
        _fill(connection, 20)
        with running("worker", "--database", database.url, "--stages", "chunk", "--poll", "0.1") as worker:
            indexed = "select count(*) from codesearch.repository_file where is_indexed"
            wait_until(lambda: database.value(indexed) == 19, "the other files", command=worker)
            first = database.rows(
                "select attempts, last_error from codesearch.index_job where state = 'queued'"
            )
            assert "poison" in first[0][1]
            # The pauses between attempts grow to minutes; the test doesn't wait for them.
            hurry = "update codesearch.index_job set run_after = now() where state = 'queued'"
            failed = "select path, stage, attempts, last_error from codesearch.failed_jobs"
            wait_until(
                lambda: database.rows(hurry) or database.rows(failed), "the dead letter", command=worker
            )
            ((path, stage, attempts, error),) = database.rows(failed)
            assert (path, stage, attempts) == ("src/f7.py", "chunk", 5)
            assert "this file is poison" in error
            assert database.rows(
                "select failed_files, pending_files, last_error from codesearch.index_status"
            ) == [(1, 0, error)]
            connection.execute("drop trigger poison on codesearch.chunk")
            connection.execute(
                "insert into codesearch.index_job (repository_id, file_id, stage, state)"
                " select repository_id, file_id, 'chunk', 'failed' from codesearch.source_file where path = 'src/f1.py'"
            )
            one = "(select job_id from codesearch.failed_jobs where path = 'src/f7.py')"
            assert database.value(f"select codesearch.retry_failed_jobs(job_id => {one})") == 1
            wait_until(lambda: _idle(database), "the retry", command=worker)
            assert [path for path, *_ in database.rows(failed)] == ["src/f1.py"], (
                "the other was not asked for"
            )
            assert database.value("select codesearch.retry_failed_jobs('demo')") == 1
            wait_until(lambda: _idle(database) and not database.rows(failed), "the rest", command=worker)
            assert worker.stop() == 0
        check_index(connection)


def test_a_step_that_hangs_is_ended(database):
    """The process is killed by its own alarm, replaced, and the file's later attempts are made alone."""
    with database.connect() as connection:
        _poison(connection, "perform pg_sleep(3)")
        _fill(connection, 8)
        arguments = (
            "worker",
            "--database",
            database.url,
            "--stages",
            "chunk",
            "--poll",
            "0.1",
            "--step-limit",
            "1",
        )
        with running(*arguments) as worker:
            indexed = "select count(*) from codesearch.repository_file where is_indexed"
            wait_until(lambda: "died (SIGALRM)" in worker.output, "the alarm", command=worker)
            wait_until(lambda: database.value(indexed) == 7, "the other files", command=worker)
            connection.execute("drop trigger poison on codesearch.chunk")
            # By now it may have had its five attempts.
            retry = "select codesearch.retry_failed_jobs()"
            wait_until(
                lambda: database.value(indexed) == 8 or database.value(retry) < 0,
                "the file itself",
                command=worker,
            )
            assert worker.stop() == 0
        check_index(connection)


def test_refuses_a_schema_it_does_not_fit(database):
    with running("worker", "--database", database.url, "--poll", "0.1") as worker:
        wait_until(
            lambda: database.rows("select 1 from codesearch.worker_status"), "the worker", command=worker
        )
        database.rows("update codesearch.alembic_version set version_num = '9999'")
        database.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name like 'pgcodesearch worker %' and datname = current_database()"
        )
        assert worker.process.wait(60) == 1
        assert "schema revision 9999" in worker.output
        assert "Traceback" not in worker.output
    with running("worker", "--database", database.url) as late:
        assert late.process.wait(60) == 1
        assert "schema revision 9999" in late.output


def test_connects_again_after_its_connection_was_cut(database):
    with (
        database.connect() as connection,
        running("worker", "--database", database.url, "--poll", "0.1") as worker,
    ):
        wait_until(
            lambda: database.rows("select 1 from codesearch.worker_status"), "the worker", command=worker
        )
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name like 'pgcodesearch worker %' and datname = current_database()"
        )
        _fill(connection, 3)
        wait_until(lambda: "handle_2" in _found(database, "handle_2"), "a file after the cut", command=worker)
        assert "died" not in worker.output, "the same process connected again"
        assert worker.stop() == 0


def test_the_same_text_is_embedded_once(installed):
    with installed.connect(autocommit=False) as connection:
        _fill(connection, 3)
        Worker(connection).run_until_idle()
        _fill(connection, 3, "demo@branch")
        connection.commit()

        def none_needed(*_):
            raise AssertionError("a text was embedded again")

        Worker(connection, embedder_for=none_needed).run_until_idle()
        coverage = connection.execute("select vector_coverage from codesearch.index_status").fetchall()
        assert coverage == [(1.0,), (1.0,)]
        pairs = connection.execute(
            "select count(*), count(distinct embedding::text) from codesearch.embedding_1"
        ).fetchone()
        assert pairs[0] == pairs[1]


def test_a_key_that_came_by_sql_leaves_the_tables(database):
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1cD3"
    with database.connect() as connection:
        upsert(connection, "src/deploy.py", f"TOKEN = '{token}'\n")
        upsert(connection, "src/clean.py", SOURCE.format(1))
        chunk_all(database)
        assert connection.execute("select path, reason, detail from codesearch.skipped_file").fetchall() == [
            ("src/deploy.py", "secret", "GitHub token, line 1")
        ]
        assert not any(token in row for rows in contents(connection).values() for row in rows)
        check_index(connection)


def test_give_back_waits_for_a_writer_that_holds_the_job(database):
    with database.connect(autocommit=False) as connection, database.connect(autocommit=False) as writer:
        _fill(connection, 2)
        connection.commit()

        def write_after_the_claim() -> bool:
            writer.execute(change)
            return False

        change = "update codesearch.source_file set content = content || '# 9' where path = 'src/f1.py'"
        worker = Worker(connection, stages=("chunk",), stopping=write_after_the_claim)
        worker.run_once()
        change = "select 1"
        running_jobs = "select count(*) from codesearch.index_job where state = 'running'"
        assert database.value(running_jobs) == 1, "the writer's file stays claimed, nobody waits"
        writer.commit()
        worker.run_once()
        assert database.value(running_jobs) == 0
        database.rows("update codesearch.index_job set run_after = now()")
        worker.run_until_idle()
    with database.connect() as connection:
        check_index(connection)


@pytest.mark.parametrize("later", [False, True], ids=["free by then", "free a moment later"])
def test_a_job_that_was_locked_as_it_was_done_is_not_held_until_its_lease_ends(database, later):
    """As by a lease that is renewed, or a worker that changes the version: what can't be ended is given back."""
    with database.connect(autocommit=False) as connection, database.connect(autocommit=False) as other:
        _fill(connection, 2)
        connection.commit()

        def lock_after_the_claim() -> bool:
            other.execute(lock)
            return False

        lock = "select from codesearch.index_job for update"
        worker = Worker(connection, stages=("chunk",), stopping=lock_after_the_claim)
        worker.run_once()
        lock = "select"
        states = "select state, count(*) from codesearch.index_job group by state"
        assert database.value("select count(*) from codesearch.repository_file where is_indexed") == 2
        assert database.rows(states) == [("running", 2)]
        free = threading.Timer(0.3 if later else 0, other.commit)
        free.start()
        if not later:
            free.join()
        worker.run_until_idle()
        free.join()
        assert database.rows(states) == [("queued", 2)]
        database.rows("update codesearch.index_job set run_after = now()")
        worker.run_until_idle()
        assert database.rows(states) == []
    with database.connect() as connection:
        check_index(connection)
