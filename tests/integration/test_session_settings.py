"""What a session, a role or a database has set changes no answer and breaks nothing: by SQL, and by the commands."""

import contextlib

import psycopg
import pytest
from psycopg import conninfo, sql

from support.commands import call_json
from support.databases import administer, fresh_database
from support.tenants import fill_tenants, index_pending

_SETTINGS = {
    "strings": ["standard_conforming_strings=off", "backslash_quote=on", "escape_string_warning=off"],
    "dates": ["datestyle=German, DMY", "intervalstyle=sql_standard", "timezone=Pacific/Apia", "bytea_output=escape"],
    "no digits": ["extra_float_digits=0"],
    "few digits": ["extra_float_digits=-15"],
    "little memory": ["work_mem=64kB", "maintenance_work_mem=1MB", "hash_mem_multiplier=1"],
    "jit": ["jit=on", "jit_above_cost=0"],
    "path": ["search_path=elsewhere, public, pg_catalog"],
    "row security": ["row_security=off"],
    "repeatable read": ["default_transaction_isolation=repeatable read"],
    "serializable": ["default_transaction_isolation=serializable", "default_transaction_deferrable=on"],
    "nulls": ["array_nulls=off", "transform_null_equals=on", "quote_all_identifiers=on"],
    "no index": ["enable_indexscan=off", "enable_bitmapscan=off", "enable_hashjoin=off", "enable_nestloop=off"],
    "no scan": ["enable_seqscan=off", "enable_mergejoin=off", "enable_sort=off", "plan_cache_mode=force_generic_plan"],
    "parallel": ["debug_parallel_query=on", "parallel_setup_cost=0", "parallel_tuple_cost=0"],
    "messages": ["client_min_messages=debug1"],
    "collapse": ["from_collapse_limit=1", "join_collapse_limit=1", "geqo_threshold=2"],
}  # fmt: skip
_QUERIES = [
    "follow redirects", "set_cookie", "größe der cookie.jar", "where are redirects followed?",
    "a\\b 'quoted' redirects", "CookieJar.set_cookie()",
]  # fmt: skip
_ANSWER = (
    "select rank, chunk_id, path, start_line, symbol, score::numeric, snippet from codesearch.search(%s, log => %s,"
    " query_embedding => '[1,2,3,1]', path => %s)"
)
_WHY = (
    "select rank, path, score::numeric, shares, missing_terms"
    " from codesearch.explain(%s, query_embedding => '[1,2,3,1]')"
)
# All that indexing made, whatever ids it has.
_INDEX = """
select (select md5(string_agg(c.symbol || c.content || c.lexemes::text, '|' order by v.path, c.level, c.symbol))
        from codesearch.chunk c join codesearch.file_version v using (version_id)),
       (select md5(string_agg(text_hash::text, ',' order by text_hash)) from codesearch.stored_text),
       (select md5(string_agg(concat_ws(' ', repository_id, level, term, n, impact), ','
                              order by term collate "C", repository_id, level))
        from (select repository_id, level, term, sum(chunk_count) as n,
                     sum((l2_norm(impacts::vector::halfvec)::numeric(20, 5))) as impact
              from codesearch.posting group by 1, 2, 3) p)
"""


def _answers(connection: psycopg.Connection) -> list[object]:
    found: list[object] = []
    for query in _QUERIES:
        for log in (True, True, False):
            for path in (None, "src/**", "**/*.{py,go}"):
                rows = connection.execute(_ANSWER, (query, log, path)).fetchall()
                found.append([(*row[:5], round(row[5], 9), row[6]) for row in rows])
        found.append(connection.execute(_WHY, (query,)).fetchall())
    return found


def _write(connection: psycopg.Connection) -> None:
    """Store, index, change, refresh and delete, as a client and as a worker."""
    for number in range(3):
        connection.execute(
            "select codesearch.upsert_file('new', %s, %s)",
            (f"src/part\\{number}.py", f"def part_{number}(text):\n    return text * {number} + '\\d'\n"),
        )
    index_pending(connection)
    connection.execute(
        "select codesearch.upsert_file('new', %s, 'def other(): return 0.1')", ("src/part\\0.py",)
    )
    index_pending(connection)
    connection.execute("select codesearch.delete_file('new', %s)", ("src/part\\2.py",))
    # Versions that no file has are left to maintenance by a transaction with a snapshot of its own.
    connection.execute("set default_transaction_isolation = 'read committed'")
    connection.execute("select codesearch.collect_versions()")
    connection.execute("select codesearch.forget_unused_texts()")
    connection.execute(
        "select codesearch.refresh_lexical_index(repository_id, true) from codesearch.repository"
    )


@contextlib.contextmanager
def _session(database, settings: list[str]):
    """A connection of the plain driver, with these settings from its first statement on."""
    options = " ".join("-c " + setting.replace(" ", "\\ ") for setting in settings)
    with psycopg.connect(conninfo.make_conninfo(database.url, options=options), autocommit=True) as made:
        yield made


@pytest.fixture(scope="module")
def expected(server_url):
    """Answers and index by the settings that a server comes with."""
    with fresh_database(server_url) as database, _session(database, []) as connection:
        fill_tenants(connection)
        answers = _answers(connection)
        _write(connection)
        yield answers, connection.execute(_INDEX).fetchone(), _answers(connection)


@pytest.mark.parametrize("settings", _SETTINGS.values(), ids=_SETTINGS)
def test_answers_and_index_are_the_same(database, expected, settings):
    with database.connect() as connection:
        fill_tenants(connection)
    with _session(database, settings) as connection:
        before = _answers(connection)
        _write(connection)
        index = connection.execute(_INDEX).fetchone()
        after = _answers(connection)
    assert (before, index, after) == expected


@pytest.mark.parametrize(
    "settings",
    [
        ["standard_conforming_strings=off", "bytea_output=escape", "extra_float_digits=-15", "datestyle=German, DMY"],
        ["search_path=pg_catalog", "default_transaction_isolation=serializable", "row_security=off", "array_nulls=off"],
        ["lock_timeout=1ms", "idle_in_transaction_session_timeout=300ms", "session_replication_role=replica",
         "client_encoding=latin1"],
        ["statement_timeout=500ms"],
    ],
    ids=["strings and numbers", "path and isolation", "timeouts", "statements"],
)  # fmt: skip
def test_commands_go_by_settings_of_their_own(empty_database, tmp_path, settings):
    (tmp_path / "a.py").write_text("def wait_for_it():\n    return 'ö → \\d'\n")
    name = conninfo.conninfo_to_dict(empty_database.url)["dbname"]
    empty_database.rows("create extension vector schema public")  # else it would be where search_path begins
    for setting in settings:
        key, value = setting.split("=")
        administer(
            empty_database.url,
            sql.SQL("alter database {} set {} = {}").format(
                sql.Identifier(name), sql.Identifier(key), sql.Literal(value)
            )
            if key != "search_path"
            else f"alter database {name} set search_path = {value}",
        )
    call_json(empty_database, "init")
    call_json(empty_database, "index", str(tmp_path), "--repository", "demo")
    assert empty_database.value("select vector_coverage from codesearch.index_status") == 1
    found = call_json(empty_database, "search", "wait for it")
    assert [hit["path"] for hit in found["results"]] == ["a.py"]
    call_json(empty_database, "maintain")
    assert call_json(empty_database, "init")["schema_change"] == "up to date"
    # Where little is indexed, and nobody else is there, some of them would do no harm.
    with empty_database.connect() as own:
        set_here = dict(setting.split("=") for setting in settings)
        in_force = own.execute(
            "select n, current_setting(n) from unnest(%s::text[]) n", (list(set_here),)
        ).fetchall()
    assert [name for name, value in in_force if value == set_here[name]] == []
