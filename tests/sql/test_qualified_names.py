"""A qualified name finds what it names before its callers, and before others of the same last name."""

import pytest

from pgcodesearch.indexing import Worker
from support.databases import fresh_database

BUFFER = "class Buffer:\n    def readBytes(self):\n        return self.taken\n"
CALLER = (
    "class {name}:\n    def readBytes(self):\n        buffer.readBytes()\n        return buffer.readBytes\n"
)
OTHERS = 90  # more than the candidates of a leg


@pytest.fixture(scope="module")
def reader(server_url):
    with fresh_database(server_url) as database, database.connect(autocommit=False) as connection:
        upsert = "select codesearch.upsert_file('io', %s, %s)"
        for number in range(OTHERS):
            connection.execute(upsert, (f"measure/part_{number}.py", CALLER.format(name=f"Part{number}")))
        connection.execute(upsert, ("buffer.py", BUFFER))
        connection.commit()
        Worker(connection, stages=("chunk",)).run_until_idle()
        connection.commit()
        yield connection


@pytest.mark.parametrize(
    "query",
    ["Buffer.readBytes", "buffer.readBytes", "Buffer.readBytes()", "Buffer#readBytes", "Buffer::readBytes()",
     "Buffer->readBytes", "Buffer\\readBytes", "okio.Buffer.readBytes",
     "okio::inner::Buffer::readBytes", "how does Buffer.readBytes work"],
)  # fmt: skip
def test_the_definition_comes_first(reader, query):
    found = reader.execute(
        "select path, symbol from codesearch.search(%s, k => 1, mode => 'lexical', log => false)", (query,)
    ).fetchone()
    assert found == ("buffer.py", "Buffer.readBytes")


@pytest.mark.parametrize(
    ("symbol", "name", "expected"),
    [("Buffer.read", "buffer.read", True), ("io.Buffer.read", "buffer.read", True),
     ("Buffer.read", "io.buffer.read", True),
     ("MyBuffer.read", "buffer.read", False), ("read", "buffer.read", False), ("Buffer.read", "read", True),
     ("Buffer.reads", "buffer.read", False), ("a_b.read", "axb.read", False), ("Buffer", "", False)],
)  # fmt: skip
def test_what_a_name_may_mean(reader, symbol, name, expected):
    assert reader.execute("select codesearch.is_named(%s, %s)", (symbol, name)).fetchone() == (expected,)
