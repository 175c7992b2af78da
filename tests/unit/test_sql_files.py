"""sql/manifest: its format, and that it names every file of sql/ and no other."""

import re

import pytest

from pgcodesearch.database import sql_files
from pgcodesearch.database.sql_files import ManifestError, SqlFile, parse_manifest
from support import releases

# Files of sql/ that are parts of the extension build, not of the schema.
_NOT_LOADED = {"extension"}


def test_sections_order_and_comments():
    text = "# head\n[tables 0001]\ntables/a.sql # note\n\n[views]\nviews/b.sql\n[tables 0002]\ntables/c.sql\n"
    assert parse_manifest(text) == [
        SqlFile("tables", "0001", "tables/a.sql"),
        SqlFile("views", None, "views/b.sql"),
        SqlFile("tables", "0002", "tables/c.sql"),
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a.sql\n", "line 1"),
        ("[tables]\n", "names a revision"),
        ("[views 0001]\n", "names a revision"),
        ("[Views]\n", "not a section"),
        ("[views]\n../x.sql\n", "line 2"),
        ("[views]\n/x.sql\n", "not a .sql file"),
        ("[views]\nx.sql\nx.sql\n", "twice"),
    ],
)
def test_errors_name_the_line(text, part):
    with pytest.raises(ManifestError, match=part):
        parse_manifest(text)


def test_manifest_names_every_file_once():
    directory = sql_files.sql_directory()
    present = {path.relative_to(directory).as_posix() for path in directory.rglob("*.sql")}
    present = {path for path in present if path.split("/")[0] not in _NOT_LOADED}
    assert {file.path for file in sql_files.manifest()} == present


def test_files_are_loadable_by_extension_and_alembic():
    for file in sql_files.manifest():
        text = file.text().lower()
        lines = [line.strip() for line in text.splitlines()]
        assert not [line for line in lines if line.startswith("\\")], f"{file.path}: psql meta command"
        assert not {"begin;", "commit;", "rollback;"} & set(lines), f"{file.path}: transaction control"
        assert "@extschema" not in text, f"{file.path}: @extschema@ means something in an extension script"
        assert "concurrently" not in text or file.section != "tables", (
            f"{file.path}: cannot run in a transaction"
        )


_CREATED = re.compile(
    r"^create (?:or replace )?(?:unlogged )?(table|view|function|procedure|type) (?:codesearch\.)?(\w+)",
    re.MULTILINE,
)


def unreleased() -> list[SqlFile]:
    """Files that no release has run once and for all: those may not change by a letter."""
    newest = max(releases.revision(version) for version in releases.released_versions())
    return [file for file in sql_files.manifest() if file.revision is None or file.revision > newest]


def test_one_object_a_file_named_as_the_file():
    """A trigger's function with its triggers is one; a file of tables may create none, and change some."""
    for file in unreleased():
        created = [name for _, name in _CREATED.findall(file.text())]
        name = file.path.rsplit("/", 1)[1].removesuffix(".sql")
        wanted = [name] if created or file.section in ("functions", "triggers", "views") else []
        assert created == wanted, file.path


def test_lines_are_read_without_scrolling():
    long = [
        f"{file.path}:{number}"
        for file in unreleased()
        for number, line in enumerate(file.text().splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []
