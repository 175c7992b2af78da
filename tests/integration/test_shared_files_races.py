"""Sharing beside other transactions, and statements over a base and who shares it: nobody loses a file."""

import random
import threading

import psycopg
import pytest

from pgcodesearch.indexing import Worker
from pgcodesearch.indexing.replacement import chunked
from support.beside import Beside
from support.databases import Database
from support.indexing import check_index, chunk_all, upsert
from support.sharing import (
    FILES,
    NEXT,
    WEB,
    check,
    files_of,
    found_in,
    owned_by,
    share,
    source,
    work,
)
from support.tenants import acting_as, temporary_roles


def _same_in_both(branch: Database) -> list[int]:
    """Let f0 become the same in both, each with its own; the branch's file."""
    with branch.connect() as connection:
        file_id = upsert(connection, "src/f0.py", source(0, "both"), "web@next")
        work(branch)
        upsert(connection, "src/f0.py", source(0, "both"), "web")
        work(branch)
    assert owned_by(branch) == {"src/f0.py"}
    return [file_id]


_ENDS = {
    "separated": f"select codesearch.separate_repository({NEXT})",
    "base dropped": "delete from codesearch.repository where name = 'web'",
    "file dropped": "select codesearch.delete_file('web', 'src/f0.py')",
    "no base any more": f"update codesearch.repository set base_id = null where repository_id = {NEXT}",
}


@pytest.mark.parametrize("end", _ENDS)
def test_a_file_that_is_being_shared_while_the_sharing_ends(branch, end):
    expected = files_of(branch) | {"src/f0.py": source(0, "both")}
    ids = _same_in_both(branch)
    with branch.connect(autocommit=False) as worker:
        assert worker.execute("select codesearch.share_files(%s)", (ids,)).fetchall() == [(ids[0],)]
        beside = Beside(branch.rows, _ENDS[end])
        assert beside.waits(branch)
        worker.commit()
        beside.end()
    assert files_of(branch) == expected
    work(branch)
    check(branch)
    branch.rows("delete from codesearch.repository where name = 'web'")
    assert files_of(branch) == expected
    assert ("src/f0.py", "handle_0", "web@next") in found_in(branch, "handle_0", mode="lexical")


def test_sharing_ends_when_the_base_is_set_by_sql(branch):
    expected = files_of(branch)
    branch.rows("select codesearch.upsert_file('other', 'x.py', 'x = 1')")
    other = "(select repository_id from codesearch.repository where name = 'other')"
    for base in (other, "null"):
        branch.rows(f"update codesearch.repository set base_id = {base} where repository_id = {NEXT}")
        assert owned_by(branch) == set(expected)
        work(branch)
        check(branch)
        with branch.connect() as connection:
            assert share(connection) == FILES
    branch.rows("delete from codesearch.repository where name = 'web'")
    assert files_of(branch) == expected


_BOTH_AT_ONCE = {
    "change and touch": f"""with a as (
        update codesearch.source_file set content = 'changed'
        where path = 'src/f0.py' and repository_id = {WEB} returning 1)
        update codesearch.source_file set modified_ns = 4
        where path = 'src/f0.py' and repository_id = {NEXT} and (select count(*) from a) > 0""",
    "delete and touch": f"""with a as (
        delete from codesearch.source_file where path = 'src/f0.py' and repository_id = {WEB} returning 1)
        update codesearch.source_file set modified_ns = 4
        where path = 'src/f0.py' and repository_id = {NEXT} and (select count(*) from a) > 0""",
    "rename and touch": f"""update codesearch.source_file
        set modified_ns = 3, path = case when repository_id = {WEB} then 'lib/' || path else path end
        where path = 'src/f0.py'""",
    "upsert and delete": f"""with a as (
        insert into codesearch.source_file (repository_id, path, content, content_hash, size_bytes)
        values ({WEB}, 'src/f0.py', 'changed', '', 0)
        on conflict (repository_id, path) do update set content = excluded.content returning 1)
        delete from codesearch.source_file where repository_id = {WEB} and path = 'src/f1.py'""",
}


@pytest.mark.parametrize("statement", _BOTH_AT_ONCE)
def test_one_statement_changes_the_base_and_touches_the_branch(branch, statement):
    expected = files_of(branch)
    branch.rows(_BOTH_AT_ONCE[statement])
    assert files_of(branch) == expected
    work(branch)
    check(branch)


def test_one_statement_changes_the_base_and_renames_in_the_branch(branch):
    expected = files_of(branch), files_of(branch, "web")
    with pytest.raises(psycopg.Error) as caught:
        branch.rows(
            f"""with a as (update codesearch.source_file set content = 'changed'
                           where path = 'src/f0.py' and repository_id = {WEB} returning 1)
            update codesearch.source_file set path = 'moved.py'
            where path = 'src/f0.py' and repository_id = {NEXT} and (select count(*) from a) > 0"""
        )
    assert caught.value.sqlstate == "CS014"
    assert (files_of(branch), files_of(branch, "web")) == expected


def test_a_writer_of_the_base_beside_one_who_drops_the_branch(branch):
    with branch.connect(autocommit=False) as dropping:
        dropping.execute("select from codesearch.repository where name = 'web@next' for update")
        beside = Beside(branch.rows, "select codesearch.upsert_file('web', 'src/f0.py', 'x = 1')")
        assert beside.waits(branch)
        dropping.execute("delete from codesearch.repository where name = 'web@next'")
        dropping.commit()
        beside.end()
    work(branch)
    check(branch)
    assert files_of(branch, "web")["src/f0.py"] == "x = 1"


def test_separating_sees_what_is_shared_now(branch):
    """Under an older snapshot a file that was shared since would be left with neither a content nor a base."""
    ids = _same_in_both(branch)
    for statement in (_ENDS["separated"], _ENDS["no base any more"]):
        with branch.connect(autocommit=False) as early:
            early.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            early.execute("select 1 from codesearch.repository")
            branch.rows("select codesearch.share_files(%s)", (ids,))
            with pytest.raises(psycopg.Error) as caught:
                early.execute(statement)
            assert caught.value.sqlstate == "CS014"
    assert owned_by(branch) == set()


def test_a_base_that_waits_to_be_indexed_hands_over_what_it_had(branch):
    branch.rows(
        "update codesearch.source_file set indexed_hash = null where path = 'src/f0.py' and base_file_id is null"
    )
    branch.rows("select codesearch.upsert_file('web', 'src/f0.py', 'x = 1')")
    assert found_in(branch, "handle_0", mode="lexical")[0][1] == "handle_0"
    work(branch)
    check(branch)


def test_what_the_base_has_not_indexed_yet_is_not_shared(branch):
    """A branch that could find its own would find what the base had before."""
    content = "def fresh_function():\n    return 1\n"
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", content, "web@next")
        work(branch)
        upsert(connection, "src/f0.py", content, "web")
        share(connection)
        assert connection.execute(
            "select count(*) from codesearch.run_maintenance() where not ok"
        ).fetchone() == (0,)
        assert found_in(branch, "fresh_function", mode="lexical")[0][0] == "src/f0.py"
        connection.execute("select codesearch.ensure_repository('web@third')")
        assert share(connection, "web@third") == FILES - 1
        assert files_of(branch, "web@third") == files_of(branch, "web")
        work(branch)
        # The worker that indexes the base's has the branch's in hand at the same time.
        assert share(connection) == share(connection, "web@third") == FILES
    check(branch)


def test_a_base_that_loses_all_at_once(branch):
    """Without a lock for each of the files, and at the price of copying them."""
    with branch.connect() as connection:
        connection.execute(
            "insert into codesearch.source_file (repository_id, path, content, content_hash, size_bytes)"
            f" select {WEB}, 'many/m' || n || '.py', 'def many_' || n || '(): pass', '', 0"
            " from generate_series(1, 600) n"
        )
        work(branch)
        connection.execute("select codesearch.ensure_repository('web@many')")
        assert share(connection, "web@many") == FILES + 600
    locks = "select count(*) from pg_locks where pid = pg_backend_pid()"
    with branch.connect(autocommit=False) as connection:
        for number in range(1, 201):
            connection.execute("select codesearch.upsert_file('web', %s, 'x = 1')", (f"many/m{number}.py",))
        assert connection.execute(locks).fetchone()[0] < 400
        connection.commit()
        connection.execute(f"delete from codesearch.source_file where repository_id = {WEB}")
        assert connection.execute(locks).fetchone()[0] < 400
        connection.commit()
    assert len(owned_by(branch, "web@many")) == len(files_of(branch, "web@many")) == FILES + 600
    work(branch)
    # What is left of 600 numbers in single precision would be more than the check lets pass.
    branch.rows(f"select codesearch.refresh_lexical_index({WEB}, true)")
    check(branch)


def test_sharing_beside_a_writer_of_the_base(branch):
    """What it holds is copied, not waited for."""
    branch.rows("select codesearch.ensure_repository('web@third')")
    with branch.connect(autocommit=False) as writer:
        upsert(writer, "src/f3.py", "x = 1", "web")
        with branch.connect() as connection:
            assert share(connection, "web@third") == FILES - 1
        upsert(writer, "src/f1.py", "x = 1", "web")
        writer.commit()
    assert (
        files_of(branch, "web@third") == files_of(branch) == {f"src/f{n}.py": source(n) for n in range(FILES)}
    )
    work(branch)
    check(branch)


def test_sharing_beside_the_first_writer_of_the_branch(branch):
    branch.rows("select codesearch.ensure_repository('web@third')")
    with branch.connect(autocommit=False) as writer, branch.connect() as connection:
        upsert(writer, "src/f3.py", "x = 1", "web@third")
        beside = Beside(share, connection, "web@third")
        assert beside.waits(branch)
        writer.commit()
        beside.end()
    assert files_of(branch, "web@third") == files_of(branch) | {"src/f3.py": "x = 1"}


@pytest.mark.parametrize("by_hand", [False, True], ids=["granted", "by hand"])
def test_sharing_beside_a_grant(branch, by_hand):
    expected = files_of(branch)
    grant = (
        "insert into codesearch.repository_access (repository_id, role_name)"
        " select repository_id, '{}' from codesearch.repository where name = 'web@third'"
        if by_hand
        else "select codesearch.grant_repository('web@third', '{}')"
    )
    branch.rows("select codesearch.ensure_repository('web@third')")
    with temporary_roles(branch.url, "codesearch_reader") as (reader,):
        try:
            branch.rows("select codesearch.enable_row_level_security()")
            with branch.connect(autocommit=False) as connection:
                share(connection, "web@third")
                beside = Beside(branch.rows, grant.format(reader))
                assert beside.waits(branch)
                connection.commit()
                beside.end()
            with acting_as(branch, reader) as connection:
                rows = connection.execute("select path, content from codesearch.repository_file").fetchall()
                assert dict(rows) == expected
            with branch.connect(autocommit=False) as connection:
                connection.execute("delete from codesearch.repository_access")
                connection.execute(grant.format(reader))
                beside = Beside(branch.rows, "select codesearch.share_repository('web@third', 'web')")
                assert beside.waits(branch)
                connection.commit()
                with pytest.raises(psycopg.Error) as caught:
                    beside.end()
                assert caught.value.sqlstate == "CS014"
        finally:
            branch.rows("delete from codesearch.repository_access")
            branch.rows("select codesearch.disable_row_level_security()")


def test_two_that_would_make_a_chain(database):
    statement = (
        "update codesearch.repository set base_id = (select repository_id from codesearch.repository where name = %s)"
        " where name = %s"
    )
    for name in "abc":
        database.rows("select codesearch.ensure_repository(%s)", (name,))
    with database.connect(autocommit=False) as first:
        first.execute(statement, ("b", "a"))
        beside = Beside(database.rows, statement, ("c", "b"))
        assert beside.waits(database)
        first.commit()
        with pytest.raises(psycopg.Error) as caught:
            beside.end()
        assert caught.value.sqlstate == "CS014"


def test_a_secret_in_a_base_goes_from_all(branch):
    secret = "token = 'ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'\n"
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", "x = 1", "web")
        work(branch)
        connection.execute("select codesearch.ensure_repository('web@third')")
        share(connection, "web@third")
        upsert(connection, "src/f0.py", secret, "web")
        # As one that was stored before its like was looked for.
        connection.execute(
            "update codesearch.source_file set indexed_hash = content_hash where path = 'src/f0.py'"
        )
        connection.execute("delete from codesearch.index_job")
        connection.execute("select codesearch.upsert_file('web@third', 'src/f0.py', %s)", (secret,))
        connection.execute(
            "select codesearch.share_files(array(select file_id from codesearch.source_file where path = 'src/f0.py'))"
        )
        connection.execute(
            "update codesearch.source_file set indexed_hash = null where path = 'src/f0.py' and base_file_id is null"
        )
    work(branch)
    assert branch.value("select count(*) from codesearch.repository_file where content like '%ghp_%'") == 0
    skipped = (
        "select name from codesearch.skipped_file join codesearch.repository using (repository_id) order by 1"
    )
    assert branch.rows(skipped) == [("web",), ("web@third",)]


def test_a_base_is_written_in_read_committed_only(branch):
    change = "update codesearch.source_file set content = 'x = 2' where path = 'src/f0.py' and base_file_id is null"
    for isolation in (psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE):
        with branch.connect(autocommit=False) as connection:
            connection.isolation_level = isolation
            for statement in (
                change,
                change.replace("update", "delete from").replace("set content = 'x = 2'", ""),
            ):
                with pytest.raises(psycopg.Error) as caught:
                    connection.execute(statement)
                assert caught.value.sqlstate == "CS014"
                connection.rollback()
            # What nobody shares may be.
            connection.execute("update codesearch.source_file set modified_ns = 1")
            connection.rollback()


def test_a_repository_that_becomes_a_base_meanwhile(database):
    with database.connect() as connection:
        upsert(connection, "a.py", "def first(): pass", "web")
        connection.execute("select codesearch.ensure_repository('web@next')")
    with database.connect(autocommit=False) as early, database.connect() as connection:
        early.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        early.execute("select 1 from codesearch.repository")
        share(connection)
        with pytest.raises(psycopg.errors.SerializationFailure):
            early.execute(
                "update codesearch.source_file set content = 'def second(): pass' where base_file_id is null"
            )
    assert files_of(database, "web@next") == {"a.py": "def first(): pass"}


def test_a_base_set_by_sql_after_a_snapshot(database):
    with database.connect() as connection:
        for name in ("web", "web@next"):
            upsert(connection, "a.py", "def first(): pass", name)
        chunk_all(database)
    with database.connect(autocommit=False) as early:
        early.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        early.execute("select 1 from codesearch.repository")
        database.rows(f"update codesearch.repository set base_id = {WEB} where name = 'web@next'")
        database.rows("select codesearch.share_files(array(select file_id from codesearch.source_file))")
        with pytest.raises(psycopg.errors.SerializationFailure):
            early.execute(
                f"update codesearch.source_file set content = 'changed' where repository_id = {WEB}"
            )
    assert files_of(database) == {"a.py": "def first(): pass"}


def test_chunks_that_come_too_late_are_left(branch):
    """A worker that read a file before it became its base's has nothing to add to it."""
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "both"), "web")
        work(branch)
        file_id = upsert(connection, "src/f0.py", source(0, "both"), "web@next")
        (file,) = connection.execute(
            "select file_id, path, content, encode(content_hash, 'hex') from codesearch.source_file where file_id = %s",
            (file_id,),
        ).fetchall()
        share(connection)
        document = psycopg.types.json.Jsonb([chunked(*file)])
        assert connection.execute("select * from codesearch.replace_chunks(%s)", (document,)).fetchall() == []
    work(branch)
    check(branch)


def test_writers_sharers_and_workers_at_once(database):
    """Two write the base, two a branch each and share it again, two chunk: nobody fails, and all is as written."""
    names = ["web", "web@one", "web@two"]
    expected: dict[str, dict[str, str]] = {name: {} for name in names}
    with database.connect() as connection:
        for name in names:
            for number in range(12):
                expected[name][f"src/f{number}.py"] = source(number)
                upsert(connection, f"src/f{number}.py", source(number), name)
    errors: list[BaseException] = []
    done = threading.Event()

    def write(name: str, first: int, seed: int) -> None:
        draw = random.Random(seed)
        with database.connect() as connection:
            for _ in range(40):
                path = f"src/f{first + draw.randrange(6)}.py"
                content = source(draw.randrange(3), draw.choice(("one", "two")))
                upsert(connection, path, content, name)
                expected[name][path] = content
                if name != "web" and draw.random() < 0.2:
                    share(connection, name)

    def work() -> None:
        with database.connect(autocommit=False) as connection:
            while not done.is_set():
                Worker(connection, stages=("chunk",)).run_until_idle()

    def guarded(function, *arguments):
        def run() -> None:
            try:
                function(*arguments)
            except BaseException as error:
                errors.append(error)

        return threading.Thread(target=run)

    writers = [guarded(write, name, first, seed) for seed, (name, first) in enumerate(
        [("web", 0), ("web", 6), ("web@one", 0), ("web@two", 6)])]  # fmt: skip
    workers = [guarded(work) for _ in range(2)]
    for thread in (*writers, *workers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in workers:
        thread.join()
    assert errors == []
    # What a writer held when a worker came is put off a little.
    while owed := database.rows("select state, last_error from codesearch.index_job where stage = 'chunk'"):
        assert owed == [("queued", None)] * len(owed)
        chunk_all(database)
    with database.connect() as connection:
        check_index(connection)
    assert {name: files_of(database, name) for name in names} == expected
