"""A tenant under row-level security: nothing it can call or read depends on repositories it was not granted.

The proof is by difference: every function and view is asked twice, with another tenant's repository there and after
it was deleted. The answers must be the same, errors too, so neither rows nor counts nor scores nor messages leak.
"""

import re

import psycopg
import pytest

from support.databases import Database
from support.tenant_calls import ADMINISTER, CALLS, GLOBAL_TABLES, PURE
from support.tenants import FILES, SECRET, acting_as, fill_tenants, temporary_roles

VAULT = f"{SECRET}-vault"


@pytest.fixture
def tenants(database):
    """The database, with a reader and a writer who were granted the open repository only."""
    with database.connect() as connection:
        fill_tenants(connection)
    database.rows("select codesearch.enable_row_level_security()")
    with temporary_roles(database.url, "codesearch_reader", "codesearch_writer") as (reader, writer):
        for role in (reader, writer):
            database.rows("select codesearch.grant_repository('open', %s)", (role,))
        yield database, reader, writer
        database.rows("delete from codesearch.repository_access")


def _ids(database: Database) -> dict[str, object]:
    repository, branch, file, version, chunk = database.rows(
        "select c.repository_id, f.branch_id, f.file_id, c.version_id, c.chunk_id"
        " from codesearch.chunk c join codesearch.source_file f using (version_id)"
        " join codesearch.repository r on r.repository_id = c.repository_id where r.name = %s"
        " order by c.chunk_id limit 1",
        (VAULT,),
    )[0]
    commit = database.rows(
        "select max(commit_id) from codesearch.git_commit where repository_id = %s", (repository,)
    )[0][0]
    return {
        "vault": VAULT, "repository": repository, "branch": branch, "file": file, "version": version, "chunk": chunk,
        "commit": commit,
    }  # fmt: skip


def _answer(connection, statement: str, ids: dict[str, object]) -> object:
    """Rows, or the error's code and message, of one statement whose changes are undone."""
    try:
        with connection.transaction(force_rollback=True):
            cursor = psycopg.ClientCursor(connection)
            rows = cursor.execute(f"select {statement}", ids).fetchall()
            # Ages grow between the two askings.
            return [re.sub(r"timedelta\([^)]*\)", "age", str(row)) for row in rows]
    except psycopg.Error as error:
        return (
            error.sqlstate,
            error.diag.message_primary,
            error.diag.message_detail,
            error.diag.message_hint,
        )


def _views(database: Database) -> list[str]:
    return [
        name for (name,) in database.rows("select viewname from pg_views where schemaname = 'codesearch'")
    ]


def _tables(database: Database) -> list[str]:
    return [
        name for (name,) in database.rows("select tablename from pg_tables where schemaname = 'codesearch'")
    ]


def _answers(database: Database, role: str, ids: dict[str, object]) -> dict[str, object]:
    everything = {name: call if " from " in call or call.startswith("*") else f"codesearch.{call}"
                  for name, call in CALLS.items()}  # fmt: skip
    everything |= {
        f"relation {name}": f"* from codesearch.{name}" for name in _views(database) + _tables(database)
    }
    everything |= {f"count {name}": f"count(*) from codesearch.{name}" for name in _tables(database)}
    with acting_as(database, role) as connection:
        connection.execute("set search_path = codesearch, public")
        return {name: _answer(connection, statement, ids) for name, statement in sorted(everything.items())}


def test_every_function_has_a_decision(database):
    names = {
        name
        for (name,) in database.rows(
            "select proname from pg_proc where pronamespace = 'codesearch'::regnamespace"
            " and prorettype <> 'trigger'::regtype"
        )
    }
    undecided = names - CALLS.keys() - PURE - ADMINISTER.keys()
    assert not undecided, "say in CALLS, PURE or ADMINISTER what a tenant gets from these"


def test_every_table_has_a_decision(database):
    database.rows("select codesearch.add_model('tiny', 4, 16, '{}')")
    database.rows("select codesearch.enable_row_level_security()")
    open_tables = {
        name
        for (name,) in database.rows(
            "select relname from pg_class where relnamespace = 'codesearch'::regnamespace and relkind = 'r'"
            " and not relrowsecurity"
        )
    }
    assert open_tables == GLOBAL_TABLES.keys()
    for name, readers in GLOBAL_TABLES.items():
        readable = database.value(
            "select has_any_column_privilege('codesearch_reader', 'codesearch.' || %s, 'select')", (name,)
        )
        assert readable == (readers == "reader"), name


def test_a_view_that_runs_as_its_owner_is_closed(database):
    for name in _views(database):
        invoker, readable = database.rows(
            "select coalesce('security_invoker=true' = any(reloptions), false),"
            " has_table_privilege('codesearch_reader', oid, 'select') from pg_class"
            " where oid = ('codesearch.' || %s)::regclass",
            (name,),
        )[0]
        assert invoker == readable, name


@pytest.mark.parametrize("writing", [False, True], ids=["reader", "writer"])
def test_nothing_depends_on_the_other_tenant(tenants, writing):
    database, *roles = tenants
    ids = _ids(database)
    before = _answers(database, roles[writing], ids)
    # The tenant does see its own: the test would pass on an empty database otherwise.
    assert "src/redirect.py" in str(before["search"])
    assert "keep cookies of open" in str(before["search_changes"])
    assert "open" in str(before["relation index_status"])
    assert len(before["relation chunk"]) == len(FILES["open"])
    for name, answer in before.items():
        if isinstance(answer, list):
            assert SECRET not in str(answer), name
    database.rows("delete from codesearch.repository where name = %s", (VAULT,))
    after = _answers(database, roles[writing], ids)
    assert {name: answer for name, answer in before.items() if answer != after[name]} == {}


def test_no_tenant_administers(tenants):
    database, *roles = tenants
    for role in roles:
        with acting_as(database, role) as connection:
            for name, call in ADMINISTER.items():
                answer = _answer(connection, f"codesearch.{call}", {})
                assert isinstance(answer, tuple), f"{role}: {name}"
                assert answer[0] == "42501", f"{role}: {name}: {answer}"
            answer = _answer(connection, "1 from codesearch.ensure_repository('new')", {})
            assert answer[0] in ("CS006", "42501")


def test_tables_can_not_be_changed_around_the_functions(tenants):
    """As the writer: plain SQL on every table leaves the other tenant's rows as they are."""
    database, _, writer = tenants
    ids = _ids(database)
    fingerprint = (
        "select md5(string_agg(t, ' ' order by t)) from (select f::text as t from codesearch.source_file f where"
        " repository_id = %(repository)s union all select c::text from codesearch.chunk c"
        " where repository_id = %(repository)s) x"
    )
    before = database.rows(fingerprint, ids)
    with acting_as(database, writer) as connection:
        connection.execute("update codesearch.source_file set path = path || 'x', content = 'y'")
        for statement in (
            "delete from codesearch.source_file where file_id = %(file)s",
            "delete from codesearch.repository where repository_id = %(repository)s",
            "insert into codesearch.source_file (repository_id, path, content) values (%(repository)s, 'a', 'b')",
            "insert into codesearch.repository_access values (%(repository)s, current_user)",
            "insert into codesearch.repository (name) values (%(vault)s)",
            "update codesearch.repository set name = %(vault)s",
            "truncate codesearch.chunk",
            "alter table codesearch.chunk disable row level security",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement, ids)
    assert database.rows(fingerprint, ids) == before


def test_logs_are_the_askers_own(tenants):
    database, reader, writer = tenants
    of_another = 999_999
    for role in (reader, writer):
        with acting_as(database, role) as connection:
            query_id, chunk_id = connection.execute(
                "select query_id, chunk_id from codesearch.search('redirects of %s' || current_user) limit 1"
            ).fetchone()
            # That nobody asked, and that the other did, which showed this chunk too.
            with pytest.raises(psycopg.Error, match=f"there is no query {of_another} of yours"):
                connection.execute(
                    "select codesearch.record_feedback(%s, %s, 'click')", (of_another, chunk_id)
                )
            of_another = query_id
            assert connection.execute("select query_id, asked_by from codesearch.query_log").fetchall() == [
                (query_id, role)
            ]
            shown = connection.execute("select distinct query_id from codesearch.query_results").fetchall()
            assert shown == [(query_id,)]
    assert database.value("select count(distinct asked_by) from codesearch.query_log") == 3


def test_set_role_counts_as_the_role(tenants):
    """Behind a pooler all sessions log in as one role and become the tenant's with SET ROLE."""
    database, reader, _ = tenants
    with database.connect() as connection:
        connection.execute(f"set role {reader}")
        rows = connection.execute("select distinct repository from codesearch.search('redirects')").fetchall()
        assert rows == [("open",)]
        assert connection.execute("select asked_by from codesearch.query_log").fetchall() == [(reader,)]


def test_grants_are_inherited_and_revoked(tenants):
    database, reader, writer = tenants
    count = "select count(*) from codesearch.repository"
    database.rows(f"grant {writer} to {reader}")
    database.rows("select codesearch.grant_repository(%s, %s)", (VAULT, writer))
    with acting_as(database, reader) as connection:
        assert connection.execute(count).fetchone() == (2,)
    database.rows(f"revoke {writer} from {reader}")
    with acting_as(database, reader) as connection:
        assert connection.execute(count).fetchone() == (1,)
    assert database.value("select codesearch.revoke_repository('open', %s)", (reader,)) is True
    with acting_as(database, reader) as connection:
        assert connection.execute(count).fetchone() == (0,)
        assert connection.execute("select * from codesearch.search('redirects')").fetchall() == []
    with pytest.raises(psycopg.errors.UndefinedObject):
        database.rows("select codesearch.grant_repository('open', 'nobody_of_this_name')")


def test_a_worker_for_all_repositories(tenants):
    database, _, writer = tenants
    database.rows("select codesearch.grant_repository(null, %s)", (writer,))
    with acting_as(database, writer) as connection:
        assert connection.execute("select count(*) from codesearch.repository").fetchone() == (2,)
        connection.execute("select codesearch.upsert_file('brand new', 'a.py', 'x = 1')")
        claimed = connection.execute("select count(*) from codesearch.claim_jobs('w', 100)").fetchone()
        assert claimed[0] >= 1


def test_later_embedding_tables_are_protected(tenants):
    database, reader, _ = tenants
    database.rows("select codesearch.add_model('second', 4, 16, '{}')")
    database.rows(
        "insert into codesearch.embedding_2 select text_hash, 1, 1, embedding from codesearch.embedding_1"
    )
    with acting_as(database, reader) as connection:
        (seen,) = connection.execute("select count(*) from codesearch.embedding_2").fetchone()
    assert 0 < seen < database.value("select count(*) from codesearch.embedding_2")


def test_switched_off_again(tenants):
    database, reader, _ = tenants
    database.rows("select codesearch.disable_row_level_security()")
    with acting_as(database, reader) as connection:
        assert connection.execute("select count(*) from codesearch.repository").fetchone() == (2,)


@pytest.mark.parametrize(
    ("statement", "condition"),
    [
        (
            "* from codesearch.posting where repository_id = any('{1}') and level = 0::smallint and term = any('{a}')",
            "term",
        ),
        (
            "* from codesearch.chunk where repository_id = any('{1}') and level = 0 and name <> '' and name_key = 'a'",
            "name_key",
        ),
        ("* from codesearch.chunk where slot = any('{1,2}')", "slot"),
        ("* from codesearch.chunk_text where chunk_id = any('{1,2}')", "chunk_id"),
        (f"* from codesearch.chunk_text where text_hash = '{'0' * 32}'", "text_hash"),
        (
            f"embedding <=> '[1,2,3,1]' from codesearch.embedding_1 where text_hash = '{'0' * 32}'",
            "text_hash",
        ),
        ("* from codesearch.source_file where branch_id = 1 and path = 'a'", "path"),
    ],
)
def test_policies_leave_the_indexes_in_use(tenants, statement, condition):
    """PostgreSQL looks up nothing by an operator that could leak: every look-up of search uses one that can't."""
    database, reader, _ = tenants
    with acting_as(database, reader) as connection:
        connection.execute("set enable_seqscan = off; set enable_bitmapscan = off")
        plan = [line for (line,) in connection.execute(f"explain (costs off) select {statement}").fetchall()]
    assert "Index" in plan[0]
    assert condition in plan[1]
    assert "Index Cond" in plan[1]
