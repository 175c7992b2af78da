"""Swapping a file's chunks: what did not change keeps its id and its vectors, and lines stay right."""

import pytest
from pgvector import HalfVector

from pgcodesearch.indexing import Worker
from support.databases import fresh_database

BEFORE = '''"""Money."""

import decimal


def first(amount):
    """Round an amount."""
    return decimal.Decimal(amount).quantize(1)


def second(rate):
    """Convert by a rate."""
    return first(rate) * rate


class Ledger:
    """Entries."""

    def add(self, entry):
        self.entries.append(entry)
'''
AFTER = BEFORE.replace("    return decimal", "    if not amount:\n        return None\n    return decimal")


@pytest.fixture
def indexed(server_url):
    with fresh_database(server_url) as database, database.connect(autocommit=False) as connection:
        connection.execute("select codesearch.add_model('four', 4, 16, '{}')")
        _store(connection, BEFORE)
        yield connection


def _store(connection, content: str, path: str = "money.py") -> None:
    connection.execute("select codesearch.upsert_file('demo', %s, %s)", [path, content])
    connection.commit()
    Worker(connection, stages=("chunk",)).run_until_idle()
    _embed(connection)


def _embed(connection) -> int:
    """Give every text that lacks one a vector; how many there were."""
    rows = connection.execute(
        "select p.chunk_id, p.unit, p.text_hash from codesearch.pending_texts(1,"
        " array(select version_id from codesearch.file_version)) p"
    ).fetchall()
    connection.execute(
        "select codesearch.store_embeddings(1, %s, %s::smallint[], %s, %s, %s, %s)",
        [[r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [9] * len(rows), [9] * len(rows),
         "{" + ",".join('"[0.5,0.5,0.5,0.5]"' for _ in rows) + "}"],
    )  # fmt: skip
    connection.execute("delete from codesearch.index_job where stage = 'embed'")
    connection.commit()
    return len(rows)


def _chunks(connection) -> dict[str, tuple]:
    rows = connection.execute(
        "select c.symbol || ' ' || c.kind, c.chunk_id, c.start_line, c.end_line, c.content from codesearch.chunk c"
        " join codesearch.file_version f using (version_id) where f.path = 'money.py' and c.level = 0"
        " and c.kind <> 'block'"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def _vectors(connection) -> set[tuple]:
    return set(
        connection.execute(
            "select t.chunk_id, t.unit, t.text_hash, e.xmin::text from codesearch.embedding_1 e"
            " join codesearch.chunk_text t using (text_hash)"
        ).fetchall()
    )


def test_chunks_below_a_change_keep_ids_and_vectors(indexed):
    chunks, vectors = _chunks(indexed), _vectors(indexed)
    assert {"first function", "second function", "Ledger class", "Ledger.add method"} <= set(chunks)
    indexed.execute("select codesearch.upsert_file('demo', 'money.py', %s)", [AFTER])
    indexed.commit()
    Worker(indexed, stages=("chunk",)).run_until_idle()
    changed, kept = _chunks(indexed), _vectors(indexed)
    assert changed["first function"][0] != chunks["first function"][0]
    for symbol in ("second function", "Ledger.add method"):
        assert changed[symbol][0] == chunks[symbol][0]
        assert changed[symbol][1:3] == tuple(line + 2 for line in chunks[symbol][1:3])
    # The rows themselves stay: nothing below the change was deleted, written or embedded again.
    ids = {changed[symbol][0] for symbol in ("second function", "Ledger.add method")}
    assert {row for row in kept if row[0] in ids} == {row for row in vectors if row[0] in ids} != set()
    assert _embed(indexed) <= 3


def test_lines_are_those_of_the_file(indexed):
    _store(indexed, "\n\n# moved\n" + AFTER)
    lines = ("\n\n# moved\n" + AFTER).split("\n")
    for symbol, (_, start, end, content) in _chunks(indexed).items():
        if "class" not in symbol:  # members of a class are elided
            assert "\n".join(lines[start - 1 : end]).strip("\n") == content.strip("\n")


def test_unchanged_content_does_nothing(indexed):
    chunks, vectors = _chunks(indexed), _vectors(indexed)
    _store(indexed, BEFORE)
    assert _chunks(indexed) == chunks
    assert _vectors(indexed) == vectors


def test_equal_chunks_of_one_file_keep_their_own_ids(indexed):
    twice = "def same():\n    return 1\n\n\nclass A:\n    x = 1\n\n\ndef same():\n    return 1\n"
    _store(indexed, twice, "twice.py")
    query = "select chunk_id, start_line from codesearch.chunk where name = 'same' order by start_line"
    before = indexed.execute(query).fetchall()
    assert len(before) == 2
    _store(indexed, "import os\n\n\n" + twice, "twice.py")
    assert [row[0] for row in indexed.execute(query).fetchall()] == [row[0] for row in before]


def test_a_file_that_changed_meanwhile_is_left_to_its_next_job(indexed):
    indexed.execute("select codesearch.upsert_file('demo', 'money.py', %s)", [AFTER])
    indexed.commit()
    (job,) = indexed.execute("select * from codesearch.claim_jobs('w', 10)").fetchall()
    indexed.execute("select codesearch.upsert_file('demo', 'money.py', %s)", [AFTER + "\nx = 1\n"])
    assert (
        indexed.execute(
            "select * from codesearch.replace_chunks(jsonb_build_array(jsonb_build_object('file_id', %s::bigint,"
            " 'content_hash', %s::text, 'chunks', '[]'::jsonb)))",
            [job[2], "00"],
        ).fetchall()
        == []
    )
    assert indexed.execute("select codesearch.complete_jobs(%s, %s)", [[job[0]], [job[6]]]).fetchone() == (0,)
    assert indexed.execute(
        "select state, generation > %s from codesearch.index_job", [job[6]]
    ).fetchall() == [("queued", True)]


def test_plain_update_and_delete_are_indexed_too(indexed):
    indexed.execute("update codesearch.source_file set content = 'def renamed(): pass'")
    indexed.commit()
    Worker(indexed, stages=("chunk",)).run_until_idle()
    assert "renamed function" in _chunks(indexed)
    indexed.execute("delete from codesearch.source_file")
    indexed.commit()
    assert indexed.execute("select count(*) from codesearch.chunk").fetchone() == (0,)
    assert indexed.execute("select count(*) from codesearch.embedding_1").fetchone() == (0,)


def test_vectors_of_another_text_are_refused(indexed):
    (chunk,) = indexed.execute("select chunk_id from codesearch.chunk_text limit 1").fetchone()
    stored = indexed.execute(
        "select codesearch.store_embeddings(1, %s, '{0}', %s, '{1}', '{1}', %s)",
        [
            [chunk],
            ["00000000-0000-0000-0000-000000000000"],
            "{" + f'"{HalfVector([0.5, 0.5, 0.5, 0.5]).to_text()}"' + "}",
        ],
    ).fetchone()
    assert stored == (0,)
