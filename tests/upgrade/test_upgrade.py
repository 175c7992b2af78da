"""A filled database is upgraded while it is searched: nothing is lost, nothing fails, and the result is a fresh one."""

import shutil
import threading

import psycopg
import pytest

from pgcodesearch.database import schema
from support.catalog import catalog, differences
from support.databases import Database, fresh_database
from support.extension import build_extension
from support.filling import contents, fill
from support.next_version import NEXT_VERSION, NextVersion
from support.servers import temporary_home

_SEARCH = "select path from codesearch.search('follow redirects', mode => 'lexical', log => false)"


class Searcher(threading.Thread):
    """Asks the same query again and again until it is stopped; keeps what went wrong."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database, self.stopping = database, threading.Event()
        self.answers: list[list[tuple[str]]] = []
        self.errors: list[psycopg.Error] = []

    def run(self) -> None:
        with self.database.connect() as connection:
            while not self.stopping.is_set():
                try:
                    self.answers.append(connection.execute(_SEARCH).fetchall())
                except psycopg.Error as error:
                    self.errors.append(error)

    def __enter__(self) -> "Searcher":
        self.start()
        while not self.answers and self.is_alive() and not self.errors:
            self.stopping.wait(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.join()


@pytest.fixture
def next_version():
    home = temporary_home("pgcs-next-")
    yield NextVersion(home)
    shutil.rmtree(home)


def _state(database: Database) -> tuple[dict[str, list[str]], dict[str, str]]:
    with database.connect() as connection:
        rows, objects = contents(connection), catalog(connection)
    # Made at run time for each model version, so not part of a fresh schema.
    return rows, {name: text for name, text in objects.items() if "embedding_1" not in name}


def _check_rows(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    for name in before.keys() - {"repository", "sequences"}:
        assert after[name] == before[name], name
    assert after["repository"] == [row.removesuffix(")") + ',"")' for row in before["repository"]]
    assert after["next_note"] == []


def _check_searches(searcher: Searcher) -> None:
    assert searcher.errors == []
    assert searcher.answers
    assert all(answer == searcher.answers[0] != [] for answer in searcher.answers)


def test_migrations(database, server_url, next_version, monkeypatch):
    with database.connect() as connection:
        fill(connection)
    before, _ = _state(database)
    next_version.use(monkeypatch)
    with Searcher(database) as searcher:
        result = schema.init(database.url)
    assert (result.previous_revision, result.revision) == (next_version.previous, next_version.revision)
    _check_searches(searcher)
    after, objects = _state(database)
    _check_rows(before, after)
    with fresh_database(server_url, template=None) as fresh:
        schema.init(fresh.url)
        fresh.rows("select codesearch.enable_row_level_security()")  # as fill does
        assert differences(objects, _state(fresh)[1]) == []


def test_extension(server_url, next_version, monkeypatch):
    path = build_extension(next_version.sql.parent)
    next_version.use(monkeypatch)
    _add_next_scripts(path, next_version)
    setting = f"set extension_control_path = '$system:{path}'"
    with fresh_database(server_url, template=None) as old, fresh_database(server_url, template=None) as fresh:
        with old.connect() as connection:
            connection.execute(setting)
            connection.execute("create extension pgcodesearch version '0.1.0' cascade")
            fill(connection)
        before, _ = _state(old)
        with Searcher(old) as searcher, old.connect() as connection:
            connection.execute(setting)
            connection.execute(f"alter extension pgcodesearch update to '{NEXT_VERSION}'")
        _check_searches(searcher)
        after, objects = _state(old)
        _check_rows(before, after)
        with fresh.connect() as connection:
            connection.execute(setting)
            connection.execute(f"create extension pgcodesearch version '{NEXT_VERSION}' cascade")
            connection.execute("select codesearch.enable_row_level_security()")
        assert differences(objects, _state(fresh)[1]) == []
        dumped = (
            "select c::regclass::text from pg_extension, unnest(extconfig) c"
            " where extname = 'pgcodesearch' order by 1"
        )
        assert old.rows(dumped) == fresh.rows(dumped)


def _add_next_scripts(path, next_version: NextVersion) -> None:
    build = next_version.sql.parent / "built"
    build.mkdir()
    for script in build_extension(build).glob("extension/*"):
        shutil.copy(script, path / "extension")


def test_old_code_refuses_the_new_schema(database, next_version, monkeypatch):
    with monkeypatch.context() as patch:
        next_version.use(patch)
        schema.init(database.url)
    with pytest.raises(schema.SchemaTooNew, match=next_version.revision):
        schema.init(database.url)
    with database.connect() as connection, pytest.raises(schema.SchemaTooNew):
        schema.check_compatible(connection)


def test_new_code_refuses_the_old_schema_until_init(database, next_version, monkeypatch):
    next_version.use(monkeypatch)
    with database.connect() as connection:
        with pytest.raises(schema.SchemaTooOld):
            schema.check_compatible(connection)
        schema.init(database.url)
        schema.check_compatible(connection)
