"""What a writer may write: files, and nothing that another's code, vectors or answers hang on."""

import math

import psycopg
import pytest

from support.random_statements import LOCK_MODES
from support.tenants import FILES, acting_as, fill_tenants, index_pending, temporary_roles

RED, BLUE = FILES
_SAME = "def rotate_keys(store):\n    return store.rotate()\n"
_UNIT = "[0.5,0.5,0.5,0.5]"
_HASHES = (
    "select count(*), count(distinct t.text_hash) from codesearch.chunk_text t"
    " join codesearch.chunk c using (chunk_id) where c.symbol = 'rotate_keys'"
)


@pytest.fixture
def tenants(database):
    """The database under row-level security, and a writer who was granted the first repository."""
    with database.connect() as owner:
        fill_tenants(owner)
        owner.execute("select codesearch.enable_row_level_security()")
        with temporary_roles(database.url, "codesearch_writer") as (writer,):
            owner.execute("select codesearch.grant_repository(%s, %s)", (RED, writer))
            with acting_as(database, writer) as red:
                yield owner, red
            owner.execute("delete from codesearch.repository_access")


def test_writers_write_four_columns(database):
    granted = database.rows(
        "select table_name, column_name, privilege_type from information_schema.column_privileges"
        " where grantee = 'codesearch_writer' and privilege_type in ('INSERT', 'UPDATE')"
    )
    columns = ("repository_id", "branch_id", "path", "content")
    assert set(granted) == {
        ("source_file", column, right) for column in columns for right in ("INSERT", "UPDATE")
    }


@pytest.mark.parametrize(
    "statement",
    [
        "insert into codesearch.source_file (file_id, repository_id, path, content) overriding system value"
        " select file_id, 1, 'trap.py', 'x' from codesearch.source_file",
        "insert into codesearch.chunk (chunk_id, repository_id) overriding system value values (1, 1)",
        "insert into codesearch.chunk_text (chunk_id, unit, repository_id, role, start_line, end_line, text_hash)"
        " select chunk_id, 900, 1, 'window', 1, 1, gen_random_uuid() from codesearch.chunk",
        "insert into codesearch.embedding_1 select text_hash, 1, 1, '[0,0,0,0]' from codesearch.chunk_text",
        "insert into codesearch.index_job (job_id, repository_id, file_id, stage) overriding system value"
        " values (1, 1, 1, 'chunk')",
        "insert into codesearch.repository (name) values ('zanzibar-vault') on conflict do nothing",
        "update codesearch.source_file set version_id = 1",
        "update codesearch.source_file set content_hash = ''",
        "update codesearch.chunk set content = 'x'",
        "update codesearch.branch set name = 'x'",
        "delete from codesearch.source_file",
        "delete from codesearch.branch",
        "delete from codesearch.repository",
        "delete from codesearch.chunk",
        "delete from codesearch.index_job",
        "select nextval('codesearch.chunk_slot_seq')",
        "select codesearch.keep_stored_texts(array[gen_random_uuid()], array['x'])",
        "select codesearch.append_postings('{}')",
        "select codesearch.collect_versions()",
        "select codesearch.hold_work_lock('maintenance')",
    ],
)
def test_no_writer_chooses_identities_or_writes_what_is_derived(tenants, statement):
    _, red = tenants
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways)):
        red.execute(statement).fetchall()


@pytest.mark.parametrize("server", ["database", "debian_database"])
@pytest.mark.parametrize("membership", ["codesearch_reader", "codesearch_writer"])
def test_no_tenant_locks_a_table_that_all_work_on(request, server, membership):
    """PostgreSQL lets whoever has UPDATE, DELETE or TRUNCATE of a whole table lock it in any mode."""
    database = request.getfixturevalue(server)
    with database.connect() as owner:
        fill_tenants(owner)
    tables = database.rows(
        "select relname from pg_class where relnamespace = 'codesearch'::regnamespace and relkind in ('r', 'p', 'v')"
    )
    assert {"source_file", "branch", "repository", "embedding_1", "index_status"} < {
        name for (name,) in tables
    }
    with temporary_roles(database.url, membership) as (role,), acting_as(database, role) as tenant:
        for (name,) in tables:
            for mode in LOCK_MODES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege), tenant.transaction():
                    tenant.execute(f"lock table codesearch.{name} in {mode} mode")


def test_a_writer_deletes_its_own_by_functions(tenants):
    owner, red = tenants
    owner.execute("select codesearch.ensure_branch(%s, 'topic')", (RED,))
    left = (
        "select r.name || '@' || b.name, count(f.file_id) from codesearch.repository r"
        " left join codesearch.branch b using (repository_id) left join codesearch.source_file f using (branch_id)"
        " group by 1"
    )
    counts = dict(owner.execute(left).fetchall())
    topic, default, other = f"{RED}@topic", f"{RED}@HEAD", f"{BLUE}@HEAD"
    for there in (True, False):
        deleted = red.execute("select codesearch.delete_file(%s, 'src/redirect.py')", (topic,)).fetchone()
        assert deleted == (there,)
    assert dict(owner.execute(left).fetchall()) == {**counts, topic: counts[topic] - 1}
    red.execute("select codesearch.forget_repository(%s)", (topic,))
    assert dict(owner.execute(left).fetchall()) == {default: counts[default], other: counts[other]}
    red.execute("select codesearch.forget_repository(%s)", (RED,))
    assert dict(owner.execute(left).fetchall()) == {other: counts[other]}


def test_nobody_deletes_what_is_anothers_or_learns_of_it(tenants):
    """Not even by the name of a branch that another's repository is called by as a whole."""
    owner, red = tenants
    told = set()
    for name in (BLUE, f"{BLUE}@HEAD", "nobody-has-this", f"{RED}@none"):
        assert red.execute("select codesearch.delete_file(%s, 'src/redirect.py')", (name,)).fetchone() == (
            False,
        )
        with pytest.raises(psycopg.Error) as caught:
            red.execute("select codesearch.forget_repository(%s)", (name,))
        diag = caught.value.diag
        told.add((diag.sqlstate, str(diag.message_primary).replace(name, ""), diag.message_hint))
    assert told == {
        (
            "CS006",
            "there is no repository ''",
            "select repository from codesearch.index_status lists them, branches as name@branch",
        )
    }
    owner.execute("select codesearch.ensure_branch(%s, 'topic')", (RED,))
    owner.execute("select codesearch.upsert_file(%s, 'a.py', 'x')", (f"{RED}@topic",))
    owner.execute("insert into codesearch.repository (name) values (%s)", (f"{RED}@topic",))
    assert red.execute("select codesearch.delete_file(%s, 'a.py')", (f"{RED}@topic",)).fetchone() == (True,)
    red.execute("select codesearch.forget_repository(%s)", (f"{RED}@topic",))
    names = {name for (name,) in owner.execute("select name from codesearch.repository").fetchall()}
    assert names == {RED, BLUE, f"{RED}@topic"}
    assert owner.execute("select name from codesearch.branch where name = 'topic'").fetchall() == []


def test_a_vector_is_never_anothers(tenants):
    """Red stores a vector for a text that blue will have: blue's is its own, and nothing tells whether it is there."""
    owner, red = tenants
    red.execute("select codesearch.upsert_file(%s, 'keys.py', %s)", (RED, _SAME))
    index_pending(owner)
    owner.execute("select codesearch.upsert_file(%s, 'keys.py', %s)", (BLUE, _SAME))
    pending = "select count(*) from codesearch.index_job where stage = 'embed'"
    with owner.transaction(force_rollback=True):
        index_pending(owner, embed=False)
        assert owner.execute(pending).fetchone() == (1,)
    before = owner.execute(_HASHES).fetchone()
    index_pending(owner)
    assert (before, owner.execute(_HASHES).fetchone()) == ((1, 1), (2, 2))


def test_only_vectors_of_length_one_are_stored(tenants):
    owner, red = tenants
    chunk, unit, text = red.execute(
        "select chunk_id, unit, text_hash from codesearch.chunk_text limit 1"
    ).fetchone()
    for vector, code in (("[0,0,0,0]", "CS003"), ("[3,0,0,0]", "CS003"), ("[1,0]", "CS003")):
        with pytest.raises(psycopg.Error) as caught:
            red.execute(
                "select codesearch.store_embeddings(1, array[%s], array[%s]::smallint[], array[%s], '{1}', '{1}',"
                " array[%s::halfvec])",
                (chunk, unit, text, vector),
            )
        assert caught.value.sqlstate == code
    del owner


def test_a_vector_without_direction_makes_no_score_nan(tenants):
    owner, _ = tenants
    owner.execute("update codesearch.embedding_1 set embedding = '[0,0,0,0]' where text_hash ="
                  " (select min(text_hash::text)::uuid from codesearch.embedding_1)")  # fmt: skip
    for mode in ("hybrid", "vector", "exact", "pipeline", "rerank"):
        scores = owner.execute(
            "select score from codesearch.search('follow redirects', mode => %s, query_embedding => %s, k => 50)",
            (mode, _UNIT),
        ).fetchall()
        assert scores, mode
        assert not any(math.isnan(score) for (score,) in scores), mode


def test_a_name_that_is_taken_is_like_one_that_is_free(tenants):
    _, red = tenants
    told = set()
    for name in (BLUE, "nobody-has-this"):
        for call in ("upsert_file(%s, 'a.py', 'x')", "ensure_repository(%s)", "ensure_branch(%s)"):
            with pytest.raises(psycopg.Error) as caught:
                red.execute(f"select codesearch.{call}", (name,))
            told.add((caught.value.sqlstate, str(caught.value.diag.message_primary).replace(name, "")))
    assert told == {("CS006", "there is no repository ''")}


def test_a_repository_that_is_anothers_is_like_one_that_is_not_there(tenants):
    """By number, and with no branch given, so that the default one is looked for before any policy."""
    owner, red = tenants
    ids = dict(owner.execute("select name, repository_id from codesearch.repository").fetchall())
    empty = owner.execute("select codesearch.ensure_repository('has-no-branch')").fetchone()[0]
    told = set()
    for number in (ids[BLUE], empty, 99_999):
        for statement in (
            "insert into codesearch.source_file (repository_id, path, content) values (%s, 'a.py', 'x')",
            "update codesearch.source_file set repository_id = %s, branch_id = null",
        ):
            with pytest.raises(psycopg.Error) as caught:
                red.execute(statement, (number,))
            told.add((caught.value.sqlstate, caught.value.diag.message_primary))
    assert told == {("42501", 'new row violates row-level security policy for table "source_file"')}


def test_which_jobs_of_others_a_worker_holds_is_told_to_nobody(tenants):
    owner, red = tenants
    owner.execute("select count(*) from codesearch.claim_jobs('shared', 1000)")
    held = "select codesearch.requeue_jobs('shared', array(select generate_series(1, 1000)))"
    others = owner.execute(
        "select j.job_id from codesearch.index_job j join codesearch.repository r using (repository_id)"
        " where r.name = %s and j.state = 'running'",
        (BLUE,),
    ).fetchall()
    assert others
    assert red.execute(held).fetchone() == ([],)


def test_vectors_for_anothers_texts_leave_its_kept_answers(tenants):
    owner, red = tenants
    chunk, unit, text = owner.execute(
        "select t.chunk_id, t.unit, t.text_hash from codesearch.chunk_text t"
        " join codesearch.repository r using (repository_id) where r.name = %s limit 1",
        (BLUE,),
    ).fetchone()
    changes = "select count(*) from codesearch.index_change"
    before = owner.execute(changes).fetchone()
    stored = red.execute(
        "select codesearch.store_embeddings(1, array[%s::bigint], array[%s::smallint], array[%s], '{1}', '{1}',"
        " array[%s::halfvec])",
        (chunk, unit, text, _UNIT),
    ).fetchone()
    assert (stored, owner.execute(changes).fetchone()) == ((0,), before)


def test_no_tenant_builds_the_index_that_all_vectors_wait_for(tenants):
    owner, red = tenants
    owner.execute("select codesearch.change_setting('vector.index_from', '1')")
    assert red.execute("select codesearch.ensure_vector_index(1)").fetchone() == (False,)
    assert owner.execute("select codesearch.vector_index(1)").fetchone() == (None,)
    owner.execute("select codesearch.run_maintenance()")
    assert owner.execute("select codesearch.vector_index(1) is not null").fetchone() == (True,)


def test_what_is_learned_from_is_never_anothers_text(tenants):
    """Red stores blue's content with another text to embed, and is the first to give feedback on it."""
    owner, red = tenants
    red.execute("select codesearch.upsert_file(%s, 'keys.py', %s)", (RED, _SAME))
    owner.execute("select codesearch.upsert_file(%s, 'keys.py', %s)", (BLUE, _SAME))
    index_pending(owner)
    owner.execute("update codesearch.stored_text set text = 'never blue''s' where text_hash in (select t.text_hash"
                  " from codesearch.chunk_text t join codesearch.repository r using (repository_id)"
                  " join codesearch.chunk c using (chunk_id) where r.name = %s and c.symbol = 'rotate_keys')",
                  (RED,))  # fmt: skip
    for who, repository in ((red, RED), (owner, BLUE)):
        found = who.execute(
            "select query_id, chunk_id from codesearch.search('rotate_keys', repository => %s, k => 1)",
            (repository,),
        ).fetchone()
        who.execute("select codesearch.record_feedback(%s, %s, 'copy')", found)
    learned = owner.execute(
        "select code from codesearch.feedback_pair where repository = %s", (BLUE,)
    ).fetchall()
    assert learned == [(_SAME,)]


def test_tenants_stay_apart_where_a_restore_left_out_that_they_are(tenants):
    """The tables' policies are in every dump; the row that says so is not in one without its data."""
    owner, red = tenants
    owner.execute("delete from codesearch.row_level_security")
    assert red.execute("select codesearch.writes_everywhere()").fetchone() == (False,)
    with pytest.raises(psycopg.Error) as caught:
        red.execute("select codesearch.ensure_branch(%s)", (BLUE,))
    assert caught.value.sqlstate == "CS006"
    for repository in (RED, BLUE):
        owner.execute("select codesearch.upsert_file(%s, 'keys.py', %s)", (repository, _SAME))
    index_pending(owner)
    assert owner.execute(_HASHES).fetchone() == (2, 2)


def test_what_a_restore_owes_in_vectors_is_no_tenants_to_settle(tenants):
    owner, red = tenants
    owner.execute("truncate codesearch.embedding_1")
    owner.execute("insert into codesearch.work_lock (purpose, since) values ('vectors', 'infinity')"
                  " on conflict (purpose, repository_id) do update set since = excluded.since")  # fmt: skip
    queue = "select codesearch.queue_restored_embeddings()"
    assert red.execute(queue).fetchone() == (0,)
    queued = owner.execute(queue).fetchone()
    assert (
        queued
        == owner.execute("select count(*) from codesearch.index_job where stage = 'embed'").fetchone()
        != (0,)
    )
