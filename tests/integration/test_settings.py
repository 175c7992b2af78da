"""Settings: what they may be is stated for each, refused otherwise, and within it every search works."""

import json
from typing import Any

import psycopg
import pytest

from pgcodesearch.operating.doctor import examine
from support.databases import fresh_database
from support.tenants import fill_tenants, index_pending

_WORDS = {
    "maintenance.rebuild_schedule": ["", "*/5 0-23 1,15 * mon-fri"],
    "rerank.url": ["", "https://[::1]:8080/v1"],
    "rerank.model": ["", "openai/judge-1:8b"],
    "rerank.api_key_variable": ["", "MY_API_KEY"],
    "describe.url": ["", "https://[::1]:8080/v1"],
    "describe.model": ["", "openai/writer-1:8b"],
    "describe.api_key_variable": ["", "MY_API_KEY"],
    "page.editor_url": ["", "vscode://file{file}:{line}"],
}
_WRONG_WORDS = {
    "rerank.model": "two words",
    "describe.model": "two words",
    "page.editor_url": "javascript:alert(1)",
}
_WORK = (
    "select count(*) from codesearch.search('redirects cookie', query_embedding => '[1,2,3,1]')",
    "select count(*) from codesearch.search('redirects', mode => 'lexical', repository => 'open')",
    "select count(*) from codesearch.search('follow_redirects', mode => 'rerank', path => '**/*.py',"
    " query_embedding => '[1,2,3,1]')",
    "select count(*) from codesearch.search('cookie', mode => 'pipeline', query_embedding => '[1,2,3,1]')",
    "select count(*) from codesearch.search('cookie', mode => 'vector', k => 1, query_embedding => '[1,2,3,1]')",
    "select count(*) from codesearch.explain('redirects cookie', query_embedding => '[1,2,3,1]')",
    "select codesearch.upsert_file('open', 'new.py', 'def fresh(): return cookie')",
    "select codesearch.refresh_lexical_index(1, true)",
    "select codesearch.check_drift()",
    "select codesearch.prune_logs()",
    "select codesearch.prune_answers()",
    "select codesearch.measure_vector_recall(1)",
)


@pytest.fixture(scope="module")
def shared(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            fill_tenants(connection)
        yield made


@pytest.fixture
def connection(shared):
    """One transaction, rolled back."""
    with shared.connect(autocommit=False) as made:
        yield made
        made.rollback()


def _settings(connection) -> dict[str, tuple[Any, Any]]:
    rows = connection.execute(
        "select d.name, d.value, codesearch.setting_limits() -> d.name from codesearch.default_settings() d"
    ).fetchall()
    return {name: (value, limits) for name, value, limits in rows}


def _ends(name: str, value: Any, limits: Any) -> list[Any]:
    if isinstance(value, bool):
        return [True, False]
    if isinstance(value, list):
        return [[], ["x"] * 10_000]
    if isinstance(value, dict):
        return [{"lexical": -1e6}, {"test": 1e6, "coverage": 0}]
    return _WORDS.get(name) or limits[:2]


def _beyond(name: str, value: Any, limits: Any) -> list[Any]:
    if isinstance(value, bool):
        return [1, "true", []]
    if isinstance(value, list):
        return [{}, "a", [1], [None], ["a", {"b": 1}], ["x"] * 10_001]
    if isinstance(value, dict):
        return [[], "a", {"bogus": 1}, {"lexical": "1"}, {"lexical": None}, {"lexical": 1e7}]
    if isinstance(value, str):
        return [_WRONG_WORDS.get(name, "bogus"), 1, False, ["score"], "\x01"]
    whole = [limits[0] + 0.5, 1e-300] if limits[2:] else [1e-300]
    return [limits[0] - 1, limits[1] + 1, 1e308, -1e308, "1", True, *whole]


def _set(connection, name: str, value: Any) -> None:
    connection.execute("select codesearch.change_setting(%s, %s::jsonb)", (name, json.dumps(value)))


def _expect_all_works(connection) -> None:
    for statement in _WORK:
        connection.execute(statement).fetchall()
    with connection.transaction():
        index_pending(connection)
    assert connection.execute("select codesearch.delete_file('open', 'new.py')").fetchone() == (True,)


def test_every_setting_states_what_it_may_be(connection):
    settings = _settings(connection)
    (limits,) = connection.execute("select codesearch.setting_limits()").fetchone()
    plain = {name for name, (value, _) in settings.items() if isinstance(value, bool | list | dict)}
    assert set(limits) == set(settings) - plain
    rows = connection.execute(
        "select name, allowed, value = default_value from codesearch.settings"
    ).fetchall()
    assert all(allowed and same for _, allowed, same in rows)
    assert {name for name, _, _ in rows} == set(settings)
    for name, (value, _) in settings.items():
        assert connection.execute(
            "select codesearch.allowed_setting(%s, %s::jsonb)", (name, json.dumps(value))
        ).fetchone() == (True,), name


def test_every_search_works_at_each_end(connection):
    for name, (value, limits) in _settings(connection).items():
        for end in _ends(name, value, limits):
            with connection.transaction(force_rollback=True):
                _set(connection, name, end)
                try:
                    _expect_all_works(connection)
                except psycopg.Error as error:
                    pytest.fail(f"{name} = {str(end)[:40]}: {error}")


@pytest.mark.parametrize("end", [0, -1], ids=["all at the first", "all at the last"])
def test_every_search_works_with_all_at_an_end(connection, end):
    for name, (value, limits) in _settings(connection).items():
        _set(connection, name, _ends(name, value, limits)[end])
    _set(connection, "query.max_length", 1000)
    _set(connection, "search.max_results", 1000)
    _expect_all_works(connection)


def test_all_else_is_refused_wherever_it_is_written(connection):
    ways = (
        "select codesearch.change_setting(%s, %s::jsonb)",
        "insert into codesearch.setting (name, value) values (%s, %s::jsonb)",
        "update codesearch.model_version set settings = jsonb_build_object(%s::text, %s::jsonb)",
    )
    for name, (value, limits) in _settings(connection).items():
        for bad in _beyond(name, value, limits):
            for way in ways:
                with pytest.raises(psycopg.Error) as caught, connection.transaction():
                    connection.execute(way, (name, json.dumps(bad)))
                assert caught.value.sqlstate == "CS001", (name, bad, way)
                assert "it may be" in caught.value.diag.message_hint


def test_a_value_that_came_in_all_the_same_has_no_effect(shared):
    """Past the triggers, as from a restore: searches go by the default, and doctor says so."""
    with shared.connect(autocommit=False) as connection:
        before = connection.execute("select codesearch.current_settings(1)").fetchone()
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "insert into codesearch.setting (name, value)"
            " values ('search.candidates', '-5'), ('ranking.weights', '{\"x\": 1}'), ('gone.setting', '1')"
        )
        connection.execute("update codesearch.model_version set settings = '{\"vector.deviation\": 0}'")
        connection.execute("set local session_replication_role = origin")
        after = connection.execute("select codesearch.current_settings(1)").fetchone()
        assert after == before
        connection.commit()
        _expect_all_works(connection)
        connection.commit()
    try:
        found = {finding.check: finding for finding in examine(shared.url)}["settings"]
        assert not found.ok
        assert found.found.startswith("3 without effect: ranking.weights")
    finally:
        shared.rows("delete from codesearch.setting")
        shared.rows("update codesearch.model_version set settings = '{}'")
