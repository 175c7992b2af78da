"""What a reader writes by calling the functions of search itself: nothing that a search of its own could not have."""

import psycopg
import pytest

from support.tenants import acting_as, fill_tenants, temporary_roles

_HIT = "row({rank}, {chunk}, {repository}, md5('x')::uuid, {score}, 1, 1, 1, '{{}}')::codesearch.hit"
_MANY = _HIT.format(rank="i", chunk=1, repository=1, score=1)
_LOG = "select codesearch.log_query({query}, {k}, {repository}, null, null, null, {mode}, {model}, {hits}, {started})"
_GIVEN = {
    "query": "'redirects'", "k": "10", "repository": "null", "mode": "'hybrid'", "model": "1", "hits": "'{}'",
    "started": "now()",
}  # fmt: skip


@pytest.fixture
def tenants(database):
    """A database under row-level security, and a reader of repository 'open' alone."""
    with database.connect() as connection:
        fill_tenants(connection)
        connection.execute("delete from codesearch.query_log")
        connection.execute("delete from codesearch.result_cache")
        connection.execute("select codesearch.enable_row_level_security()")
    with temporary_roles(database.url, "codesearch_reader", "codesearch_reader") as names:
        for name in names:
            database.rows("select codesearch.grant_repository('open', %s)", (name,))
        yield database, names


def _log(**changes: str) -> str:
    return _LOG.format(**{**_GIVEN, **changes})


def _hits(*chunks: int, score: str = "1", repository: int = 1) -> str:
    rows = ", ".join(
        _HIT.format(rank=rank, chunk=chunk, repository=repository, score=score)
        for rank, chunk in enumerate(chunks, start=1)
    )
    return f"array[{rows}]"


def test_chunks_that_the_role_may_not_see_are_left_out(tenants):
    database, (name, _) = tenants
    chunks = dict(
        database.rows("select repository_id, min(chunk_id) from codesearch.chunk group by 1 order by 1")
    )
    with acting_as(database, name) as reader:
        for repository in (1, 2):
            reader.execute(_log(hits=_hits(chunks[1], chunks[2], 999_999, repository=repository)))
    kept = database.rows(
        "select r.chunk_id, r.repository_id, r.content_hash = c.content_hash from codesearch.query_results r"
        " join codesearch.chunk c using (chunk_id)"
    )
    # Whatever repository was claimed.
    assert kept == [(chunks[1], 1, True)] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"query": "repeat('x', 100000)"},
        {"query": "' '"},
        {"query": "null"},
        {"k": "1000000000"},
        {"k": "0"},
        {"k": "null"},
        {"mode": "'x'"},
        {"mode": "null"},
        {"repository": "repeat('x', 100000)"},
        {"hits": f"array(select {_MANY} from generate_series(1, 5000) i)"},
        {"hits": "null"},
    ],
    ids=lambda changes: "-".join(changes),
)  # fmt: skip
def test_what_no_search_has_is_refused(tenants, changes):
    database, (name, _) = tenants
    with acting_as(database, name) as reader, pytest.raises(psycopg.Error) as caught:
        reader.execute(_log(**changes))
    assert caught.value.sqlstate == "CS001"
    assert database.value("select count(*) from codesearch.query_log") == 0


def test_times_scores_and_models_are_not_taken_on_trust(tenants):
    database, (name, _) = tenants
    chunk = database.value("select min(chunk_id) from codesearch.chunk where repository_id = 1")
    with acting_as(database, name) as reader:
        for started in ("'-infinity'", "'infinity'", "now() - interval '1 year'", "null"):
            reader.execute(_log(started=started, model="77", hits=_hits(chunk, score="'NaN'")))
    rows = database.rows(
        "select latency_ms, model_version_id, top_score, asked_by from codesearch.query_log order by query_id"
    )
    assert len(rows) == 4
    assert all(0 <= latency < 60_000 for latency, _, _, _ in rows)
    assert {row[1:] for row in rows} == {(None, None, name)}


def test_many_forged_searches_do_not_move_the_drift_that_others_measure(tenants):
    database, (name, other) = tenants
    chunk = database.value("select min(chunk_id) from codesearch.chunk where repository_id = 1")
    with acting_as(database, other) as reader:
        reader.execute(_log(hits=_hits(chunk, score="9")) + " from generate_series(1, 200)")
    before = database.rows("select measure, value from codesearch.search_drift(1)")
    with acting_as(database, name) as reader:
        reader.execute(_log() + " from generate_series(1, 1000)")
    assert database.rows("select measure, value from codesearch.search_drift(1)") == before
    assert before == [("pass_rate", 1.0), ("miss_rate", 0.0)]


def test_answers_are_kept_in_bounded_size_for_the_role_alone(tenants):
    database, (name, other) = tenants
    hits = "array(select row(i, 1, 1, md5('x')::uuid, 1, 1, 1, 1,"
    hits += " jsonb_build_object('x', repeat('y', 10000)))::codesearch.hit"
    hits += " from generate_series(1, {hits}) i)"
    huge = f"select codesearch.keep_answer(md5(g::text)::uuid, {{snapshot}}, {hits}, {{started}})"
    huge += " from generate_series(1, 3) g"
    with acting_as(database, name) as reader:
        for refused in (
            {"hits": "5000", "snapshot": "pg_current_snapshot()", "started": "now()"},
            {"hits": "5", "snapshot": "'1:99999999999:'", "started": "now()"},
            {"hits": "5", "snapshot": "'999999999:999999999:'", "started": "now()"},
            {"hits": "5", "snapshot": "pg_current_snapshot()", "started": "null"},
            {"hits": "5", "snapshot": "pg_current_snapshot()", "started": "'infinity'"},
        ):
            reader.execute(huge.format(**refused))
        assert database.value("select count(*) from codesearch.result_cache") == 0
        reader.execute(huge.format(hits=200, snapshot="pg_current_snapshot()", started="clock_timestamp()"))
        assert (
            reader.execute("select codesearch.kept_answer(md5('1')::uuid, '{1}') is null").fetchone()[0]
            is False
        )
    assert database.value("select max(length(hits::text)) from codesearch.result_cache") < 50_000
    with acting_as(database, other) as reader:
        assert (
            reader.execute("select codesearch.kept_answer(md5('1')::uuid, '{1}') is null").fetchone()[0]
            is True
        )


def test_one_role_does_not_take_the_place_of_the_others_answers(tenants):
    database, (name, other) = tenants
    keep = (
        "select codesearch.keep_answer(md5(g::text)::uuid, pg_current_snapshot(), {hits}, clock_timestamp())"
    )
    keep += " from generate_series(1, {n}) g"
    with acting_as(database, other) as reader:
        reader.execute(keep.format(n=5, hits=_hits(1)))
    with acting_as(database, name) as reader:
        reader.execute(keep.format(n=100, hits=_hits(1)))
    database.rows("select codesearch.change_setting('result_cache.max_entries', '20')")
    database.rows("select codesearch.prune_answers()")
    assert database.rows(
        "select answered_for, count(*) from codesearch.result_cache group by 1 order by 1"
    ) == sorted([(name, 15), (other, 5)])
