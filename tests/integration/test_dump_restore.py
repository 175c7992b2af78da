"""pg_dump and restore into a new database lose nothing, for a schema made by migrations and by the extension."""

import subprocess

import pytest

from pgcodesearch.database import embedded
from support.catalog import catalog, differences
from support.databases import Database, fresh_database
from support.filling import contents, fill

_QUERY = (
    "select rank, path, start_line, score"
    " from codesearch.search('follow redirects', mode => 'lexical', log => false)"
)
# The extension's own dump leaves these to be made again; see sql/extension/config_dump.sql.
_DERIVED = {"index_job", "index_change", "result_cache", "work_lock"}


def _dump_and_restore(program, source: Database, target: Database, plain: bool, dump_program=None) -> None:
    dump = [(dump_program or program)("pg_dump"), "-d", source.url, *([] if plain else ["-Fc"])]
    restore = (
        [program("psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-d", target.url, "-f", "-"]
        if plain
        else [program("pg_restore"), "--exit-on-error", "-d", target.url]
    )
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        restored = subprocess.run(restore, stdin=dumping.stdout, capture_output=True, text=True)
    assert (restored.returncode, dumping.returncode) == (0, 0), restored.stderr


def _filled(database: Database) -> dict[str, list[str]]:
    with database.connect() as connection:
        fill(connection)
        before = contents(connection)
    empty = [name for name, rows in before.items() if not rows]
    assert not empty, "the test must fill every table"
    return before


def _check_restored(
    source: Database, target: Database, before: dict[str, list[str]], derived: set[str]
) -> None:
    with target.connect() as connection:
        after = contents(connection)
        assert after.keys() == before.keys()
        for name in before.keys() - derived - {"sequences"}:
            assert after[name] == before[name], name
        kept = [row for row in before["sequences"] if not any(name in row for name in derived)]
        assert set(kept) <= set(after["sequences"])
    with source.connect() as left, target.connect() as right:
        assert differences(catalog(left), catalog(right)) == []
    assert target.rows(_QUERY) == source.rows(_QUERY) != []
    # New rows get numbers of their own.
    assert target.value("select codesearch.upsert_file('demo', 'src/after.py', 'y = 2')") > 4
    # It, and the file that waits in the repository and in its branch.
    assert target.value("select count(*) from codesearch.index_job") == 3


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "custom"])
def test_migrated_database(database, embedded_server, plain):
    before = _filled(database)
    with fresh_database(embedded_server.url, template=None) as target:
        _dump_and_restore(embedded.program, database, target, plain)
        _check_restored(database, target, before, set())


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "custom"])
def test_extension_database(debian_server, debian_empty_database, plain):
    source = debian_empty_database
    source.rows("create extension pgcodesearch cascade")
    before = _filled(source)
    with fresh_database(debian_server.url, template=None) as target:
        _dump_and_restore(debian_server.program, source, target, plain)
        _check_restored(source, target, before, _DERIVED)


def test_from_debian_15_to_embedded_18(debian_server, debian_database, embedded_server):
    """A newer server takes an older one's dump, made by the older one's pg_dump: the way to move house."""
    before = _filled(debian_database)
    with fresh_database(embedded_server.url, template=None) as target:
        _dump_and_restore(embedded.program, debian_database, target, True, debian_server.program)
        with target.connect() as connection:
            after = contents(connection)
        assert after == before
