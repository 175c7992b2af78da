"""A filled database of each earlier release is upgraded while it is searched: nothing is lost, nothing fails, and
the result is what a fresh install gives."""

import re
import shutil
import threading

import psycopg
import pytest

from pgcodesearch.database import schema, sql_files
from support import releases
from support.catalog import catalog, differences
from support.databases import Database, fresh_database
from support.extension import build_extension
from support.filling import contents, fill
from support.servers import temporary_home

_SEARCH = "select path from codesearch.search('redirects', log => false, query_embedding => '[1,0,0,0.5]')"
# Texts and vectors of chunks: in 0.1.0 they were columns of the chunk's own rows.
_TEXTS = (
    "select t.chunk_id, t.unit, t.repository_id, t.role, t.start_line, t.end_line, {text}, e.token_count,"
    " e.kept_tokens, e.embedding::text from codesearch.chunk_text t join {tables} order by 1, 2"
)
# Rows to be locked, and what init left.
_GONE = {"query_embedding_cache", "query_embedding_count", "chunk_call"}
_SEEDED = {"work_lock", "installation"}
_MOVED = {"chunk_text", "embedding_1", "stored_text", "branch", "file_version", "chunk_reference"}
# What is kept of tables that lost or gained columns.
_KEPT_COLUMNS = {
    "repository": "repository_id, name, root, created_at",
    "source_file": "file_id, repository_id, path, content, content_hash, size_bytes, modified_ns",
    "skipped_file": "repository_id, path, reason, detail, size_bytes, modified_ns, seen_at",
    "index_job": "job_id, repository_id, {file}, stage, model_version_id, state, generation, attempts, created_at",
}
# Settings of the release that there are no longer stay in the table and have no effect.
_KEPT_SETTINGS = {"vector.ef_search": 100, "signal.name_words": 0.25}


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


@pytest.fixture(params=releases.released_versions())
def release(request) -> str:
    return request.param


@pytest.fixture
def old_database(server_url, release):
    """A database of an earlier release, made as its own `init` made it."""
    with fresh_database(server_url, template=None) as made:
        releases.install(made, release)
        yield made


@pytest.fixture
def extension_path(release):
    home = temporary_home("pgcs-next-")
    path = build_extension(home)
    releases.add_to_extension(path, release)
    yield path
    shutil.rmtree(home)


def _fill(connection: psycopg.Connection) -> None:
    fill(connection)
    for name, value in _KEPT_SETTINGS.items():
        connection.execute("select codesearch.change_setting(%s, to_jsonb(%s::float8))", (name, value))


def _state(database: Database) -> tuple[dict[str, list[str]], dict[str, str]]:
    with database.connect() as connection:
        rows, objects = contents(connection), catalog(connection)
    # Made at run time for each model version, so not part of a fresh schema.
    return rows, {name: text for name, text in objects.items() if "embedding_1" not in name}


def _kept(database: Database) -> dict[str, list[tuple]]:
    upgraded = database.value("select to_regclass('codesearch.branch')") is not None
    file = "coalesce(file_id, version_id)" if upgraded else "file_id"
    return {
        name: database.rows(f"select {columns.format(file=file)} from codesearch.{name} order by 1, 2")
        for name, columns in _KEPT_COLUMNS.items()
    }


def _texts(database: Database) -> list[tuple]:
    if database.value("select to_regclass('codesearch.stored_text')") is None:
        return database.rows(
            _TEXTS.format(text="t.text", tables="codesearch.embedding_1 e using (chunk_id, unit)")
        )
    tables = "codesearch.embedding_1 e using (text_hash) join codesearch.stored_text s using (text_hash)"
    return database.rows(_TEXTS.format(text="s.text", tables=tables))


def _check_rows(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    """Every row of the old tables is there, the new tables are empty, and no sequence went back."""
    # Columns that came later: from_cache, encoder, confidence, session, packed, reranked_by, provisional_id;
    # search_rank; feedback_key; protocol and measured; entity and role; index_file.
    later = {
        "query_log": ",f,,,,f,,)",
        "query_results": ",)",
        "query_feedback": ",)",
        "model_comparison": ",,)",
        "chunk": ',"",definition)',
        "vector_recall": ",)",
    }
    for name, added in later.items():
        before[name] = [row.removesuffix(")") + added for row in before[name]]
    for name in before.keys() - _MOVED - _GONE - _KEPT_COLUMNS.keys() - {"sequences"}:
        assert after[name] == before[name], name
    assert all(after[name] == [] for name in after.keys() - before.keys() - _MOVED - _SEEDED)
    assert set(before["sequences"]) <= set(after["sequences"])


def _check_searches(searcher: Searcher) -> None:
    assert searcher.errors == []
    assert searcher.answers
    # Another release ranks in another way, but finds the same.
    assert all(set(answer) == set(searcher.answers[0]) != set() for answer in searcher.answers)


def test_migrations(old_database, release, server_url):
    with old_database.connect() as connection:
        _fill(connection)
    (before, _), texts, kept = _state(old_database), _texts(old_database), _kept(old_database)
    with Searcher(old_database) as searcher:
        result = schema.init(old_database.url)
    assert (result.previous_revision, result.revision) == (releases.revision(release), schema.head_revision())
    _check_searches(searcher)
    after, objects = _state(old_database)
    _check_rows(before, after)
    assert _texts(old_database) == texts != []
    # Calls have no lines until their file is indexed again.
    callers = "select path, kind, line, confidence from codesearch.find_usages('next')"
    assert {row[1:] for row in old_database.rows(callers)} == {("call", None, 0.5)}
    assert _kept(old_database) == kept
    with fresh_database(server_url, template=None) as fresh:
        schema.init(fresh.url)
        fresh.rows("select codesearch.enable_row_level_security()")  # as fill does
        assert differences(objects, _state(fresh)[1]) == []


def test_extension(server_url, release, extension_path):
    setting = f"set extension_control_path = '$system:{extension_path}'"
    with fresh_database(server_url, template=None) as old, fresh_database(server_url, template=None) as fresh:
        with old.connect() as connection:
            connection.execute(setting)
            connection.execute(f"create extension pgcodesearch version '{release}' cascade")
            _fill(connection)
        (before, _), texts, kept = _state(old), _texts(old), _kept(old)
        with Searcher(old) as searcher, old.connect() as connection:
            connection.execute(setting)
            connection.execute("alter extension pgcodesearch update")
        _check_searches(searcher)
        after, objects = _state(old)
        _check_rows(before, after)
        assert _texts(old) == texts != []
        assert _kept(old) == kept
        with fresh.connect() as connection:
            connection.execute(setting)
            connection.execute("create extension pgcodesearch cascade")
            connection.execute("select codesearch.enable_row_level_security()")
        assert differences(objects, _state(fresh)[1]) == []
        dumped = (
            "select c::regclass::text from pg_extension, unnest(extconfig) c"
            " where extname = 'pgcodesearch' order by 1"
        )
        assert old.rows(dumped) == fresh.rows(dumped)


def test_tables_of_a_release_are_frozen(release):
    """What ran once in a release's revisions is what fresh installs run today."""
    text = releases.script(release)
    for file in sql_files.manifest():
        if file.revision is not None and file.revision <= releases.revision(release):
            assert f"\n-- {file.path}\n{file.text()}" in text, f"{file.path} was released: add a revision"


def test_old_code_refuses_the_new_schema(database):
    later = f"{int(schema.head_revision()) + 1:04}"
    database.rows("update codesearch.alembic_version set version_num = %s", (later,))
    with pytest.raises(schema.SchemaTooNew, match=later):
        schema.init(database.url)
    with database.connect() as connection, pytest.raises(schema.SchemaTooNew):
        schema.check_compatible(connection)


def test_new_code_refuses_the_old_schema_until_init(old_database):
    with old_database.connect() as connection:
        with pytest.raises(schema.SchemaTooOld):
            schema.check_compatible(connection)
        schema.init(old_database.url)
        schema.check_compatible(connection)


def test_every_earlier_version_is_kept():
    """An upgrade can be tested only from a release whose script is here."""
    lines = (sql_files.sql_directory() / "extension/versions").read_text().splitlines()
    versions = [line.split()[0] for line in lines if re.match(r"\d", line)]
    assert releases.released_versions() == versions[:-1]
