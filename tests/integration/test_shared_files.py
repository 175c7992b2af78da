"""A repository with a base stores what differs; it is searched, changed and dropped as if it had everything."""

import random
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgcodesearch.indexing import Worker
from support.indexing import check_index, chunk_all, upsert
from support.sharing import (
    FILES,
    NEXT,
    WEB,
    check,
    chunks_of,
    files_of,
    found_in,
    owned_by,
    share,
    source,
    work,
)
from support.tenants import acting_as, temporary_roles

MODES = ("lexical", "vector", "exact", "hybrid", "rerank", "pipeline")


def test_a_branch_begins_without_a_copy(branch):
    assert files_of(branch, "web@next") == files_of(branch, "web")
    assert owned_by(branch, "web@next") == set()
    for table in ("chunk", "chunk_text", "chunk_call", "posting", "lexical_statistic"):
        assert branch.value(f"select count(distinct repository_id) from codesearch.{table}") == 1, table
    for mode in MODES:
        found = found_in(branch, "handle_3", mode=mode)
        assert {row[2] for row in found} == {"web@next"}
        assert {row[0] for row in found} <= set(files_of(branch, "web"))
        assert found == [(*row[:2], "web@next") for row in found_in(branch, "handle_3", "web", mode)]
    assert found_in(branch, "handle_3")[0][:2] == ("src/f3.py", "handle_3")
    check(branch)


@pytest.mark.parametrize("mode", MODES)
def test_what_a_branch_changes_is_its_own(branch, mode):
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "changed"), "web@next")
        upsert(connection, "src/new.py", "def only_on_the_branch():\n    return 1\n", "web@next")
        connection.execute("select codesearch.delete_file('web@next', 'src/f1.py')")
    work(branch)
    check(branch)
    assert owned_by(branch, "web@next") == {"src/f0.py", "src/new.py"}
    for narrowed in ({}, {"path": "src/*"}, {"kind": "function"}):
        found = [
            row[:2]
            for row in found_in(branch, "handle helper request only_on_the_branch", mode=mode, **narrowed)
        ]
        # Each once: the unchanged function of the changed file too, which both have the same text of.
        assert len(found) == len(set(found))
        assert {row[0] for row in found} == {f"src/f{n}.py" for n in range(FILES) if n != 1} | {"src/new.py"}
        assert ("src/f0.py", "helper_0") in found
    base = [row[:2] for row in found_in(branch, "handle helper request only_on_the_branch", "web", mode)]
    assert {row[0] for row in base} == {f"src/f{n}.py" for n in range(FILES)}
    shown = "select string_agg(snippet, '') from codesearch.search('handle_0', 50, %s, mode => 'lexical')"
    snippets = {repository: branch.value(shown, (repository,)) for repository in ("web", "web@next")}
    assert ("changed_0" in snippets["web@next"], "plain_0" in snippets["web@next"]) == (True, False)
    assert ("changed_0" in snippets["web"], "plain_0" in snippets["web"]) == (False, True)


_CHANGES_OF_THE_BASE = {
    "update": "update codesearch.source_file set content = content || 'def later(): pass'"
    f" where path = 'src/f2.py' and repository_id = {WEB}",
    "upsert": "select codesearch.upsert_file('web', 'src/f2.py', 'def later(): pass')",
    "rename": "update codesearch.source_file set path = 'src/later.py'"
    f" where path = 'src/f2.py' and repository_id = {WEB}",
    "delete": "select codesearch.delete_file('web', 'src/f2.py')",
    "delete all": f"delete from codesearch.source_file where repository_id = {WEB}",
    "drop": "delete from codesearch.repository where name = 'web'",
}


@pytest.mark.parametrize("change", _CHANGES_OF_THE_BASE)
def test_a_branch_stays_what_it_is_when_its_base_changes(branch, change):
    files, contents = files_of(branch, "web@next"), chunks_of(branch, "web@next")
    found = found_in(branch, "handle_2 request header")
    branch.rows(_CHANGES_OF_THE_BASE[change])
    # At once, without a worker.
    assert files_of(branch, "web@next") == files
    assert chunks_of(branch, "web@next") == contents
    assert sorted(found_in(branch, "handle_2 request header")) == sorted(found)
    assert owned_by(branch, "web@next") == (set(files) if change in ("delete all", "drop") else {"src/f2.py"})
    work(branch)
    check(branch)
    assert chunks_of(branch, "web@next") == contents


def test_a_new_file_of_the_base_is_not_the_branchs(branch):
    with branch.connect() as connection:
        upsert(connection, "src/later.py", "def later():\n    return 1\n", "web")
    work(branch)
    assert "src/later.py" not in files_of(branch, "web@next")
    assert found_in(branch, "later", "web", "lexical")[0][0] == "src/later.py"
    assert found_in(branch, "later", mode="lexical") == []


def test_what_becomes_the_same_again_is_shared_again(branch):
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "changed"), "web@next")
        work(branch)
        assert owned_by(branch, "web@next") == {"src/f0.py"}
        upsert(connection, "src/f0.py", source(0, "changed"), "web")
        upsert(connection, "src/f4.py", source(4, "both"), "web")
        work(branch)
        upsert(connection, "src/f4.py", source(4, "both"), "web@next")
        work(branch)
        # f4 was written to the branch after the base's; f0 before, and nobody has looked at it since.
        assert owned_by(branch, "web@next") == {"src/f0.py"}
        assert share(connection) == FILES
        assert owned_by(branch, "web@next") == set()
        assert branch.value("select count(distinct repository_id) from codesearch.chunk") == 1
    work(branch)
    check(branch)
    assert chunks_of(branch, "web@next") == chunks_of(branch, "web")


def test_rows_of_shared_files_take_what_any_row_takes(branch):
    own = f"where path = %s and repository_id = {NEXT}"
    branch.rows(f"update codesearch.source_file set content = 'def set_so(): pass' {own}", ("src/f0.py",))
    branch.rows(
        "insert into codesearch.source_file (repository_id, path, content, content_hash, size_bytes)"
        f" select {NEXT}, 'src/f1.py', 'def upserted(): pass', '', 0"
        " on conflict (repository_id, path) do update set content = excluded.content"
    )
    branch.rows(f"delete from codesearch.source_file {own}", ("src/f2.py",))
    branch.rows(f"update codesearch.source_file set path = 'src/moved.py' {own}", ("src/f3.py",))
    branch.rows(
        "update codesearch.source_file f set content = r.content || 'def appended(): pass'"
        " from codesearch.repository_file r where r.file_id = f.file_id"
        " and r.repository = 'web@next' and r.path = 'src/f4.py'"
    )
    with pytest.raises(psycopg.Error) as caught:
        branch.rows(f"update codesearch.source_file set content = content || 'lost' {own}", ("src/f5.py",))
    assert caught.value.sqlstate == "CS014"
    assert "repository_file" in str(caught.value.diag.message_hint)
    with pytest.raises(psycopg.errors.NotNullViolation):
        branch.rows(
            "update codesearch.source_file set content = null, base_file_id = null, base_repository_id = null"
        )
    work(branch)
    check(branch)
    expected = {f"src/f{n}.py": source(n) for n in range(FILES)} | {
        "src/f0.py": "def set_so(): pass", "src/f1.py": "def upserted(): pass", "src/moved.py": source(3),
        "src/f4.py": source(4) + "def appended(): pass",
    }  # fmt: skip
    del expected["src/f2.py"], expected["src/f3.py"]
    assert files_of(branch, "web@next") == expected
    assert files_of(branch, "web") == {f"src/f{n}.py": source(n) for n in range(FILES)}
    for name in ("set_so", "upserted", "appended"):
        assert found_in(branch, name, mode="lexical")[0][1] == name


def test_the_same_content_again_changes_nothing(branch):
    with branch.connect() as connection:
        versions = "select xmin, ctid, * from codesearch.source_file order by file_id"
        before = connection.execute(versions).fetchall()
        upsert(connection, "src/f0.py", source(0), "web@next")
        assert before == connection.execute(versions).fetchall()
        files = psycopg.types.json.Jsonb([{"path": "src/f0.py", "content": source(0), "modified_ns": 7}])
        assert connection.execute(f"select codesearch.store_files({NEXT}, %s)", (files,)).fetchone() == (0,)
    assert owned_by(branch, "web@next") == set()
    assert branch.value("select count(*) from codesearch.index_job") == 0


def test_one_statement_over_a_base_and_its_branch(branch):
    branch.rows("delete from codesearch.source_file where path in ('src/f0.py', 'src/f1.py')")
    assert len(files_of(branch, "web")) == len(files_of(branch, "web@next")) == FILES - 2
    branch.rows("update codesearch.source_file set modified_ns = 5")
    branch.rows("update codesearch.source_file set path = 'lib/' || path")
    assert files_of(branch, "web") == files_of(branch, "web@next")
    assert set(files_of(branch, "web")) == {f"lib/src/f{n}.py" for n in range(2, FILES)}
    work(branch)
    check(branch)
    with branch.connect() as connection:
        share(connection)
    branch.rows("delete from codesearch.repository")
    for table in ("source_file", "chunk", "chunk_text", "stored_text", "posting"):
        assert branch.value(f"select count(*) from codesearch.{table}") == 0, table


def test_truncate_empties_both(branch):
    branch.rows("truncate codesearch.source_file cascade")
    assert files_of(branch, "web@next") == {}
    assert branch.value("select count(*) from codesearch.stored_text") == 0


def test_kept_answers_follow_a_branch(branch):
    def found_in() -> list[str]:
        query = "select path from codesearch.search('handle_6', repository => 'web@next', mode => 'lexical')"
        return [path for (path,) in branch.rows(query)]

    assert found_in()[0] == "src/f6.py"
    branch.rows("select codesearch.delete_file('web@next', 'src/f6.py')")
    assert "src/f6.py" not in found_in()
    with branch.connect() as connection:
        # Shared again without a worker: only the row is new.
        connection.execute("select codesearch.upsert_file('web@next', 'src/f6.py', %s)", (source(6),))
        assert "src/f6.py" not in found_in()
        share(connection)
    assert found_in()[0] == "src/f6.py"
    branch.rows("select codesearch.upsert_file('web@next', 'src/f6.py', 'x = 1')")
    assert "src/f6.py" not in found_in()


def test_status_counts_what_a_branch_shares(branch):
    columns = "files, chunks, pending_files, total_texts, embedded_texts, vector_coverage"
    query = f"select {columns} from codesearch.index_status where repository = %s"
    fresh = "select files, chunks, pending_files from codesearch.index_freshness where repository = %s"
    assert branch.rows(query, ("web@next",)) == branch.rows(query, ("web",))
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", "def handle_0(request):\n    return 1\n", "web@next")
        upsert(connection, "src/f1.py", source(1) + "x = 1\n", "web")
        connection.execute("select codesearch.delete_file('web@next', 'src/f5.py')")
    assert branch.rows(fresh, ("web@next",))[0][2] == 1
    work(branch)
    chunks = sum(1 for row in chunks_of(branch, "web@next") if row[1] == 0)
    assert branch.rows(fresh, ("web@next",)) == [(FILES - 1, chunks, 0)]
    texts = sum(len(row[7]) for row in chunks_of(branch, "web@next"))
    assert branch.rows(query, ("web@next",)) == [(FILES - 1, chunks, 0, texts, texts, 1.0)]
    # What the base is owed is owed to the branch where it shares it.
    branch.rows("update codesearch.source_file set indexed_hash = null where path in ('src/f2.py', 'src/f1.py')"
                " and base_file_id is null")  # fmt: skip
    pending = dict(branch.rows("select repository, pending_files from codesearch.index_freshness"))
    assert pending["web"] == 2
    assert pending["web@next"] >= 1


def test_a_branch_of_a_branch_shares_with_the_same_base(branch):
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "changed"), "web@next")
        connection.execute("select codesearch.ensure_repository('web@third')")
        assert share(connection, "web@third", "web@next") == FILES
        assert files_of(branch, "web@third") == {f"src/f{n}.py": source(n) for n in range(FILES)}
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(f"update codesearch.repository set base_id = {NEXT} where name = 'web@third'")
        assert caught.value.sqlstate == "CS014"
        connection.execute("select codesearch.ensure_repository('other')")
        with pytest.raises(psycopg.Error) as caught:
            share(connection, "web", "other")
        assert caught.value.sqlstate == "CS014"
        with pytest.raises(psycopg.Error) as caught:
            share(connection, "web", "nowhere")
        assert caught.value.sqlstate == "CS006"
        for base in ("web", "web@next"):
            with pytest.raises(psycopg.Error) as caught:
                share(connection, "web", base)
            assert caught.value.sqlstate == "CS014"


def test_false_sharing_is_refused(branch):
    """Whoever knows a file's number can't make it their own by naming it."""
    (first, second) = branch.rows(
        "select file_id, repository_id from codesearch.repository_file where repository = 'web' order by path limit 2"
    )
    statements = [
        ("update codesearch.source_file set base_file_id = %s where base_file_id = %s", (second[0], first[0])),
        ("update codesearch.source_file set content = null, base_file_id = %s, base_repository_id = %s"
         " where file_id = %s", (second[0], second[1], first[0])),
        ("insert into codesearch.source_file"
         " (repository_id, path, content_hash, size_bytes, base_file_id, base_repository_id)"
         f" select {NEXT}, 'copy.py', '', 0, %s, %s", first),
        # As if it were not there: nobody learns which numbers are taken.
        ("update codesearch.source_file set base_file_id = %s where base_file_id = %s", (10**9, first[0])),
    ]  # fmt: skip
    for statement, parameters in statements:
        with pytest.raises(psycopg.Error) as caught:
            branch.rows(statement, parameters)
        assert caught.value.sqlstate == "CS014", statement


def test_tenants_and_shared_files(branch):
    """Who was granted a branch alone sees the whole of it and nothing of its base."""
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "changed"), "web@next")
        upsert(connection, "src/secret.py", "def secret_of_the_base(): pass", "web")
    work(branch)
    files = files_of(branch, "web@next")
    query = "select path from codesearch.search('request secret', 100, repository => 'web@next', mode => 'lexical')"
    memberships = ("codesearch_reader", "codesearch_writer", "codesearch_writer")
    with temporary_roles(branch.url, *memberships) as (reader, writer, both):
        try:
            branch.rows("select codesearch.enable_row_level_security()")
            for repository in ("web", "web@next"):
                branch.rows("select codesearch.grant_repository(%s, %s)", (repository, both))
            assert len(owned_by(branch, "web@next")) == 1
            with acting_as(branch, both) as connection:
                assert {path for (path,) in connection.execute(query)} == set(files)
                connection.execute("select codesearch.upsert_file('web', 'src/f1.py', 'x = 1')")
            assert owned_by(branch, "web@next") == {"src/f0.py", "src/f1.py"}
            branch.rows("select codesearch.grant_repository('web@next', %s)", (reader,))
            assert owned_by(branch, "web@next") == set(files)
            assert branch.value("select base_id from codesearch.repository where name = 'web@next'") is None
            with acting_as(branch, reader) as connection:
                assert {path for (path,) in connection.execute(query)} == set(files)
                assert connection.execute("select count(*) from codesearch.repository_file").fetchone() == (
                    len(files),
                )
            # Nor is it shared again.
            with branch.connect() as connection:
                with pytest.raises(psycopg.Error) as caught:
                    share(connection)
                assert caught.value.sqlstate == "CS014"
                likely = f"select codesearch.likely_base({NEXT}), codesearch.share_where_possible({NEXT})"
                assert connection.execute(likely).fetchone() == (1, 0)
                connection.execute("select codesearch.revoke_repository('web@next', %s)", (reader,))
                assert share(connection) > 0
                # Taking the base away gives the branch files of its own.
                connection.execute("select codesearch.revoke_repository('web', %s)", (both,))
                assert owned_by(branch, "web@next") == set(files)
            branch.rows("select codesearch.grant_repository('web@next', %s)", (writer,))
            with acting_as(branch, writer) as connection:
                for statement in (
                    "select codesearch.share_repository('web@next', 'web')",
                    "update codesearch.repository set base_id = repository_id - 1 where name = 'web@next'",
                ):
                    with pytest.raises(psycopg.Error) as caught:
                        connection.execute(statement)
                    assert caught.value.sqlstate in ("CS006", "42501"), statement
        finally:
            branch.rows("delete from codesearch.repository_access")
            branch.rows("select codesearch.disable_row_level_security()")
    work(branch)
    check(branch)


def test_who_writes_a_base_need_not_see_who_shares_it(branch):
    files = files_of(branch, "web@next")
    with temporary_roles(branch.url, "codesearch_writer") as (writer,):
        try:
            branch.rows("select codesearch.enable_row_level_security()")
            branch.rows("select codesearch.grant_repository('web', %s)", (writer,))
            with acting_as(branch, writer) as connection, connection.transaction():
                # With the function's temporary tables used before and after, as a worker's transaction might.
                connection.execute("select codesearch.upsert_file('web', 'src/f0.py', 'x = 1')")
                connection.execute("select * from codesearch.replace_chunks('[]')")
                assert connection.execute("select codesearch.delete_file('web', 'src/f1.py')").fetchone() == (
                    True,
                )
                assert connection.execute("select count(*) from codesearch.repository").fetchone() == (1,)
        finally:
            branch.rows("delete from codesearch.repository_access")
            branch.rows("select codesearch.disable_row_level_security()")
    assert files_of(branch, "web@next") == files
    assert owned_by(branch, "web@next") == {"src/f0.py", "src/f1.py"}
    work(branch)
    check(branch)


def test_a_writer_shares_and_its_worker_too(branch):
    """With no more rights than codesearch_writer has: sharing, the first index of a copy, and the worker's part."""
    with (
        temporary_roles(branch.url, "codesearch_writer") as (writer,),
        branch.connect(autocommit=False) as connection,
    ):
        connection.execute(sql.SQL("set session authorization {}").format(sql.Identifier(writer)))
        connection.execute("select codesearch.ensure_repository('web@other')")
        assert share(connection, "web@other") == FILES
        connection.execute("select codesearch.ensure_repository('fork')")
        for number in range(FILES):
            upsert(connection, f"src/f{number}.py", source(number), "fork")
        connection.execute(
            "select codesearch.share_where_possible(max(repository_id)) from codesearch.repository"
        )
        upsert(connection, "src/f1.py", source(1, "changed"), "web@other")
        connection.commit()
        upsert(connection, "src/f1.py", source(1), "web@other")
        upsert(connection, "src/f2.py", "x = 1", "web")
        connection.commit()
        Worker(connection).run_until_idle()
    assert owned_by(branch, "fork") == {"src/f2.py"} == owned_by(branch, "web@other")
    check(branch)


def test_a_merged_branch_is_shared_again_by_maintenance(branch):
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "merged"), "web@next")
        work(branch)
        upsert(connection, "src/f0.py", source(0, "merged"), "web")
        work(branch)
        assert owned_by(branch, "web@next") == {"src/f0.py"}
        outcome = connection.execute(
            "select outcome from codesearch.run_maintenance() where step = 'shared files'"
        ).fetchone()
    assert outcome == ("1 files are the base's again",)
    assert owned_by(branch, "web@next") == set()
    check(branch)


def test_words_that_the_base_lacks(branch):
    """However many chunks of a branch have a word, and however few the base has, it counts for them."""
    with branch.connect() as connection:
        for number in range(60):
            code = f"def send_{number}(thing):\n    return socket + {number}\n"
            upsert(connection, f"own/o{number}.py", code, "web@next")
    work(branch)
    terms = "array['socket', 'thing', 'send', 'request']"
    idf = branch.rows(
        f"select term, idf from codesearch.term_idf({terms}, codesearch.with_base({NEXT}), 0::smallint, {NEXT})"
    )
    assert {term for term, _ in idf} == {"socket", "thing", "send", "request"}
    assert min(weight for _, weight in idf) > 0
    shown = found_in(branch, "socket thing", mode="lexical")
    assert len(shown) == 60
    assert {path.split("/")[0] for path, _, _ in shown} == {"own"}


def test_the_two_legs_alone_of_a_branch(branch):
    with branch.connect() as connection:
        for number in range(90):
            upsert(connection, f"many/m{number}.py", "def needle(): pass\n", "web")
        work(branch)
        connection.execute("select codesearch.ensure_repository('web@few')")
        share(connection, "web@few")
        connection.execute(
            "delete from codesearch.source_file where base_file_id is not null and path like 'many/%'"
        )
        upsert(connection, "own.py", "def own():\n" + "    wait(1)\n" * 30 + "    needle()\n", "web@few")
        work(branch)
        legs = (
            "select symbol from codesearch.fused_legs('needle', 10, 'web@few')"
            " join codesearch.chunk using (chunk_id)"
        )
        assert connection.execute(legs).fetchall() == [("own",)]


def test_many_files_and_many_branches(branch):
    """More than are given to those who share them in one part."""
    with branch.connect() as connection:
        for number in range(FILES, 70):
            upsert(connection, f"src/f{number}.py", f"def handle_{number}(): pass", "web")
        work(branch)
        names = [f"web@{number}" for number in range(4)]
        for name in names:
            connection.execute("select codesearch.ensure_repository(%s)", (name,))
            assert share(connection, name) == 70
        connection.execute(
            "update codesearch.source_file set content = content || e'\nx = 1' where base_file_id is null"
        )
    for name in names:
        assert len(owned_by(branch, name)) == 70
        assert all("x = 1" not in content for content in files_of(branch, name).values())
    work(branch)
    check(branch)


def test_a_refreshed_index_of_a_branch_is_that_of_both(branch):
    """The average length is that of what is searched together, and stays so when either index is made anew."""
    with branch.connect() as connection:
        upsert(connection, "src/f0.py", source(0, "changed"), "web@next")
        upsert(connection, "src/long.py", "def long_one():\n" + "    wait(1)\n" * 200, "web@next")
        work(branch)
        norms = (
            "select level, average_length from codesearch.lexical_norm"
            " join codesearch.repository using (repository_id) where name = %s order by 1"
        )
        assert (
            connection.execute(norms, ("web@next",)).fetchall()
            == connection.execute(norms, ("web",)).fetchall()
        )
        before = found_in(branch, "handle_0 request header", mode="lexical")
        for repository in ("web@next", "web"):
            connection.execute(
                "select codesearch.refresh_lexical_index(repository_id, true)"
                " from codesearch.repository where name = %s",
                (repository,),
            )
            check_index(connection)
        both = connection.execute(
            "select level, sum(total_length) / sum(chunk_count) from codesearch.lexical_statistic group by 1 order by 1"
        ).fetchall()
        assert connection.execute(norms, ("web@next",)).fetchall() == [pytest.approx(row) for row in both]
        # Right as it is: it is not made anew again and again because its own files are longer.
        assert connection.execute(f"select codesearch.refresh_lexical_index({NEXT})").fetchone() == (False,)
        assert found_in(branch, "handle_0 request header", mode="lexical")[:3] == before[:3]


def _step(draw: random.Random, connection: psycopg.Connection[Any], model: dict[str, dict[str, str]]) -> None:
    """One random change, in the database and in the model of it."""
    repository = draw.choice(list(model))
    path, content = f"src/f{draw.randrange(6)}.py", source(draw.randrange(4), draw.choice(("one", "two")))
    files, other = model[repository], f"src/f{draw.randrange(6)}.py"
    own = " where path = %s and repository_id = (select repository_id from codesearch.repository where name = %s)"
    match draw.randrange(6):
        case 0 | 1:
            upsert(connection, path, content, repository)
            files[path] = content
        case 2:
            connection.execute("select codesearch.delete_file(%s, %s)", (repository, path))
            files.pop(path, None)
        case 3 if path in files and other not in files:
            connection.execute("update codesearch.source_file set path = %s" + own, (other, path, repository))
            files[other] = files.pop(path)
        case 4 if path in files:
            connection.execute(
                "update codesearch.source_file set content = %s" + own, (content, path, repository)
            )
            files[path] = content
        case 5 if repository != "web":
            share(connection, repository)
            if not files:
                files |= model["web"]


@pytest.mark.parametrize("seed", range(6))
def test_any_changes_in_any_order(database, seed):
    """What a repository has never depends on what it shares: after each change, and after the work it makes."""
    draw = random.Random(seed)
    model: dict[str, dict[str, str]] = {"web": {}, "web@one": {}, "web@two": {}}
    with database.connect() as connection:
        for repository in model:
            connection.execute("select codesearch.ensure_repository(%s)", (repository,))
        for turn in range(60):
            _step(draw, connection, model)
            assert {name: files_of(database, name) for name in model} == model
            if turn % 7 == 6:
                chunk_all(database)
                check_index(connection)
        chunk_all(database)
        check_index(connection)
        shared = {name: chunks_of(database, name) for name in model}
        connection.execute("delete from codesearch.repository")
        for repository, files in model.items():
            for path, content in files.items():
                upsert(connection, path, content, repository)
        chunk_all(database)
        assert {name: chunks_of(database, name) for name in model} == shared
