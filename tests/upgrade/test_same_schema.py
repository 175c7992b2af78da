"""A fresh migration and a fresh CREATE EXTENSION give the same schema, on both servers."""

import re
import shutil

import pytest

from pgcodesearch.database import schema, sql_files
from support.catalog import catalog, differences
from support.databases import Database, fresh_database
from support.extension import build_extension
from support.servers import temporary_home


@pytest.fixture(scope="session")
def extension_path():
    home = temporary_home("pgcs-ext-")
    yield build_extension(home)
    shutil.rmtree(home)


def _catalog(database: Database) -> dict[str, str]:
    with database.connect() as connection:
        return catalog(connection)


def test_embedded_server(server_url, database, extension_path):
    with fresh_database(server_url, template=None) as other:
        with other.connect() as connection:
            connection.execute(f"set extension_control_path = '$system:{extension_path}'")
            connection.execute("create extension pgcodesearch cascade")
        assert differences(_catalog(database), _catalog(other)) == []


def test_debian_server(debian_database, debian_empty_database):
    debian_empty_database.rows("create extension pgcodesearch cascade")
    assert differences(_catalog(debian_database), _catalog(debian_empty_database)) == []


def test_listing_sees_small_changes(database):
    """The comparison itself can fail: each change shows in the listing."""
    before = _catalog(database)
    for change in (
        "alter table codesearch.repository alter name drop not null",
        "comment on table codesearch.repository is 'other'",
        "grant execute on function codesearch.tokenize(text) to public",
        "create index on codesearch.repository (created_at)",
    ):
        database.rows(change)
        after = _catalog(database)
        assert differences(before, after), change
        before = after


def test_init_recognises_an_extension(debian_empty_database):
    debian_empty_database.rows("create extension pgcodesearch cascade")
    result = schema.init(debian_empty_database.url)
    assert result.managed_by == "extension"
    assert result.revision == schema.head_revision()


def test_versions_agree():
    directory = sql_files.sql_directory() / "extension"
    lines = [line for line in (directory / "versions").read_text().splitlines() if not line.startswith("#")]
    version, revision = lines[-1].split()
    control = (directory / "pgcodesearch.control").read_text()
    assert re.search(r"default_version = '(.+)'", control)[1] == version
    assert revision == schema.head_revision()
    assert schema.known_revisions() == {file.revision for file in sql_files.manifest() if file.revision}
