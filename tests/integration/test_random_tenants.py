"""Whatever a tenant says to the database, another one's rows, answers, scores, jobs and vectors are what they were."""

import os

import psycopg
import pytest
from psycopg import sql

from support.random_statements import Statements, answers, fingerprint
from support.tenants import FILES, acting_as, fill_tenants, index_pending, temporary_roles

pytestmark = pytest.mark.heavy

RED, BLUE = FILES
# The suite's share; `PGCODESEARCH_RANDOM_STATEMENTS=10000` is the long run.
STATEMENTS = int(os.environ.get("PGCODESEARCH_RANDOM_STATEMENTS", "100"))


@pytest.mark.parametrize("seed", [int(os.environ.get("PGCODESEARCH_RANDOM_SEED", "1"))])
def test_nothing_a_tenant_says_reaches_another(database, seed):
    with database.connect() as owner:
        fill_tenants(owner)
        owner.execute("select codesearch.ensure_branch(%s, 'topic')", (RED,))
        owner.execute("select codesearch.enable_row_level_security()")
        with temporary_roles(database.url, *["codesearch_reader", "codesearch_writer"] * 2) as roles:
            for repository, own in ((RED, roles[:2]), (BLUE, roles[2:])):
                for role in own:
                    owner.execute("select codesearch.grant_repository(%s, %s)", (repository, role))
            try:
                _attack(database, owner, roles, seed)
            finally:
                owner.execute("delete from codesearch.repository_access")


def _attack(database, owner, roles, seed) -> None:
    (blue,) = owner.execute(
        "select repository_id from codesearch.repository where name = %s", (BLUE,)
    ).fetchone()
    statements = Statements(owner, seed)
    with acting_as(database, roles[2]) as reader:
        before = fingerprint(owner, blue, roles[2:]), answers(reader)
        done = 0
        while done < STATEMENTS:
            # A session now and then ends, with its temporary objects and settings.
            _fill_again(database, owner, roles[:2], statements)
            with acting_as(database, roles[done // 50 % 2]) as red:
                red.execute("set statement_timeout = '3s'; set lock_timeout = '1s'")
                for _ in range(50):
                    statement = statements.next()
                    done += 1
                    succeeded = _say(red, statement)
                    assert not (succeeded and statement.startswith("lock table")), statement
                    now = fingerprint(owner, blue, roles[2:]), answers(reader)
                    assert now == before, f"statement {done} of seed {seed}: {statement}"


def _fill_again(database, owner, own, statements) -> None:
    """Where the tenant has forgotten its repository it gets another one, which it can't make itself."""
    if owner.execute("select from codesearch.repository where name = %s", (RED,)).fetchall():
        return
    for path, content in FILES[RED].items():
        owner.execute("select codesearch.upsert_file(%s, %s, %s)", (RED, path, content))
    owner.execute("select codesearch.ensure_branch(%s, 'topic')", (RED,))
    for role in own:
        owner.execute("select codesearch.grant_repository(%s, %s)", (RED, role))
    with acting_as(database, own[1]) as red:
        index_pending(red)
    statements.aim(owner)


def _say(connection: psycopg.Connection, statement: str) -> bool:
    """Whether it was no error."""
    try:
        if statement.startswith("copy"):
            with connection.cursor().copy(sql.SQL(statement)) as copy:
                list(copy)
        else:
            connection.execute(sql.SQL(statement))
        return True
    except psycopg.Error:
        assert not connection.closed, statement
        return False
