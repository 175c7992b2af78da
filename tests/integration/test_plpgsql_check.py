"""Every PL/pgSQL function of the schema, read by plpgsql_check: what no test reaches is checked too."""

import os

import pytest

from pgcodesearch.operating.installing import install
from support.databases import Database, create_database, drop_database
from support.indexing import replace, upsert

# What is said of all branches and declarations at once. A trigger's function is read once with the names of its
# transition tables, once for each table it stands on.
CHECK = """
select distinct p.oid::regprocedure::text, c.level, c.lineno, c.message, c.detail, c.query
from pg_proc p
join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join (select tgfoid, tgrelid, max(tgoldtable) as old_rows, max(tgnewtable) as new_rows
           from pg_trigger group by tgfoid, tgrelid) t on t.tgfoid = p.oid
cross join lateral plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), fatal_errors => false,
                                             oldtable => t.old_rows, newtable => t.new_rows) c
where p.pronamespace = 'codesearch'::regnamespace
order by 1, 3
"""
# Words of a warning, and why it is none.
TOLERATED = {
    "is maybe unmodified": "the rows come from a statement that names the model's table, which is put together",
    "target type is different type": "a literal in a declaration is cast once a call",
    "control reached end of function": "a case without else, whose every branch returns",
    'unused parameter "log"': "explain takes search's arguments, and logs nothing",
}


@pytest.fixture
def checked(debian_server):
    """Debian's database with all that functions may meet there: pg_cron, PL/Python, a model, plpgsql_check."""
    made = Database(create_database(debian_server.url, debian_server.cron_database))
    try:
        made.rows("create extension pg_cron; create extension plpython3u")
        install(made.url)
        if not made.rows("select 1 from pg_available_extensions where name = 'plpgsql_check'"):
            reason = "docker/install-server.sh --with-test-tools was not run: missing plpgsql_check"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
        made.rows("create extension plpgsql_check schema public")
        yield made
    finally:
        drop_database(debian_server.url, debian_server.cron_database)


def _make_temporary_tables(connection) -> None:
    """Call what makes them: they last until the transaction ends, and so the check can read what uses them."""
    text = "def first():\n    return 1\n"
    file_id = upsert(connection, "a.py", text)
    replace(connection, file_id)
    replace(connection, upsert(connection, "a.py", text.replace("1", "2")))
    connection.execute("select codesearch.merge_postings(repository_id) from codesearch.repository")
    connection.execute(
        "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
    )
    connection.execute("select codesearch.refresh_importance(repository_id, true) from codesearch.repository")
    connection.execute("select codesearch.store_descriptions(repository_id) from codesearch.repository")
    upsert(connection, "b.py", text.replace("1", "2"))
    moved = "select codesearch.adopt_moved_files(branch_id, '{a.py}') from codesearch.branch"
    assert connection.execute(moved).fetchone() == (1,)


def test_no_function_has_a_fault(checked):
    with checked.connect(autocommit=False) as connection:
        _make_temporary_tables(connection)
        found = connection.execute(CHECK).fetchall()
    faults = [row for row in found if not any(words in row[3] for words in TOLERATED)]
    assert faults == []
    assert found, "the tolerated ones at least: it has looked"


def test_a_fault_is_found(checked):
    checked.rows(
        "create function codesearch.faulty() returns int language plpgsql as"
        " $$begin return (select no_such from codesearch.chunk limit 1); end$$"
    )
    found = [
        message for function, _, _, message, *_ in checked.rows(CHECK) if function == "codesearch.faulty()"
    ]
    assert found == ['column "no_such" does not exist']
