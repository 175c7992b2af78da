"""Reading what was found: lines of chunks and of files."""

import psycopg
import pytest

from support.databases import fresh_database
from support.indexing import chunk_all, upsert

CONTENT = """import os


class Store:
    def get(self):
        return 1

    def put(self, x):
        self.x = x


def main():
    Store()
"""


@pytest.fixture(scope="module")
def asked(server_url):
    with fresh_database(server_url) as database, database.connect() as connection:
        upsert(connection, "src/store.py", CONTENT)
        upsert(connection, "src/old.py", "def old():\n    return 1\n")
        upsert(connection, "README.md", "# Demo\n")
        upsert(connection, "README.md", "# Other\n", "other")
        upsert(connection, "src/store.py", "def branched():\n    return 2\n", "demo@next")
        chunk_all(database)
        yield connection


def chunk(asked, symbol):
    return asked.execute(
        "select chunk_id from codesearch.chunk where symbol = %s and level = 0", (symbol,)
    ).fetchone()[0]


def read(asked, *arguments):
    row = asked.execute(
        "select repository, path, first_line, last_line, content, is_current, previous_chunk_id, next_chunk_id,"
        f" total_lines from codesearch.read_chunk({', '.join(map(str, arguments))})"
    )
    return row.fetchone()


def test_a_chunk_and_lines_around_it(asked):
    lines = CONTENT.split("\n")
    put = chunk(asked, "Store.put")
    repository, path, first, last, content, current, before, after, total = read(asked, put)
    assert (repository, path, first, last, current, total) == ("demo", "src/store.py", 8, 9, True, len(lines))
    assert content.split("\n") == lines[7:9]
    assert (before, after) == (chunk(asked, "Store.get"), chunk(asked, "main"))
    assert read(asked, put, 3, 1)[4].split("\n") == lines[4:10]
    assert read(asked, put, 1000, 1000)[4] == CONTENT


def test_members_that_a_type_elides_are_read(asked):
    store = chunk(asked, "Store")
    assert (
        "return 1"
        not in asked.execute("select content from codesearch.chunk where chunk_id = %s", (store,)).fetchone()[
            0
        ]
    )
    assert "return 1" in read(asked, store)[4]


def test_a_branch_is_named(asked):
    assert read(asked, chunk(asked, "branched"))[0] == "demo@next"


def test_a_chunk_of_a_file_that_has_changed(asked):
    old = chunk(asked, "old")
    with asked.transaction(force_rollback=True):
        upsert(asked, "src/old.py", "x = 1\n")
        repository, _, first, last, content, current, *_, total = read(asked, old, 1, 1)
        assert (repository, first, last, current, total) == ("demo", 1, 3, False, 3)  # from the other branch
        assert content.startswith("def old")
        upsert(asked, "src/old.py", "x = 2\n", "demo@next")
        repository, _, first, last, content, current, *_, total = read(asked, old, 1, 1)
        assert (repository, first, last, current, total) == ("demo", 1, 2, False, None)
        assert content.startswith("def old")


def lines_of(asked, path, repository=None, *lines):
    return asked.execute(
        "select first_line, last_line, total_lines, content, is_current from codesearch.read_file("
        + ", ".join(["%s"] * (2 + len(lines)))
        + ")",
        (path, repository, *lines),
    ).fetchone()


def test_lines_of_a_file(asked):
    assert lines_of(asked, "./src/store.py", "demo", 4, 5) == (
        4,
        5,
        14,
        "class Store:\n    def get(self):",
        True,
    )
    assert lines_of(asked, "src/store.py")[3] == CONTENT
    assert lines_of(asked, "src/store.py", None, 13, 99)[:2] == (13, 14)
    assert lines_of(asked, "src/store.py", "demo@next")[3].startswith("def branched")
    with asked.transaction(force_rollback=True):
        upsert(asked, "src/store.py", "x = 1\n")
        assert lines_of(asked, "src/store.py") == (1, 2, 2, "x = 1\n", False)


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("read_chunk(0)", "CS009", "there is no chunk 0"),
        ("read_chunk(null)", "CS009", "there is no chunk NULL"),
        ("read_file('store.py')", "CS009", "did you mean src/store.py"),
        ("read_file('README.md')", "CS001", "demo, other"),
        ("read_file('none.py')", "CS009", "relative to the folder"),
        ("read_file('src/store.py', 'none')", "CS006", "none"),
        ("read_file('src/store.py', null, 0)", "CS001", "1 to 14"),
        ("read_file('src/store.py', null, 15)", "CS001", "1 to 14"),
        ("read_file('src/store.py', null, 5, 4)", "CS001", "1 to 14"),
    ],
)
def test_errors(asked, call, code, said):
    with pytest.raises(psycopg.Error) as caught:
        asked.execute(f"select * from codesearch.{call}")
    assert caught.value.sqlstate == code
    assert said in f"{caught.value.diag.message_primary} {caught.value.diag.message_hint}"


def test_bounds_of_context(asked):
    for context in ("-1, 0", "0, -1", "100000, 0"):
        with pytest.raises(psycopg.Error, match="not read"):
            asked.execute(f"select * from codesearch.read_chunk({chunk(asked, 'main')}, {context})")
