"""Answers in so many tokens: never more, whole chunks first, nothing twice, and a map of a repository."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcodesearch.searching import outline, pack
from support.databases import Database, fresh_database
from support.indexing import chunk_all, upsert
from support.tenants import SECRET, fill_tenants, temporary_roles

QUERIES = ["cancel a task", "decode json string", "CancelledError", "open a connection", "log record format"]


@pytest.fixture(scope="module")
def words(words_template):
    return Database(words_template)


@pytest.fixture(scope="module")
def asked(words):
    with words.connect() as connection:
        yield connection


@pytest.fixture
def database(server_url):
    with fresh_database(server_url) as made:
        yield made


def _tokens(connection, text):
    return connection.execute("select codesearch.token_count(%s)", (text,)).fetchone()[0]


@pytest.mark.parametrize("tokens", [1, 15, 40, 100, 500, 2000, 20_000])
def test_never_more_than_there_is_room(asked, tokens):
    for query in QUERIES:
        found = pack(asked, query, tokens=tokens, log=False)
        assert found.total_tokens == sum(piece.tokens for piece in found.pieces) <= tokens
        assert _tokens(asked, found.text) <= found.total_tokens
        forms = [piece.form for piece in found.pieces]
        assert forms == sorted(forms), "code, then signatures"
        assert [piece.place for piece in found.pieces] == list(range(1, len(forms) + 1))
        if tokens >= 500:
            assert forms[0] == "code"
            assert found.saved_tokens > 0


def test_little_room_has_signatures_and_less_has_a_notice(asked):
    little = pack(asked, "cancel a task", tokens=60, path="asyncio/tasks.py", log=False)
    assert {piece.form for piece in little.pieces} == {"signature"}
    assert all(piece.text.count("\n") == 1 for piece in little.pieces)
    said = []
    asked.add_notice_handler(lambda notice: said.append(notice.message_primary))
    assert pack(asked, "cancel a task", tokens=1, log=False).pieces == []
    assert any("has room in 1 tokens" in line for line in said)


def test_code_is_that_of_its_lines(asked):
    for query in QUERIES:
        for piece in pack(asked, query, tokens=3000, log=False).pieces:
            if piece.form == "signature":
                continue
            chunks = asked.execute(
                "select content from codesearch.chunk where chunk_id = any(%s)", (piece.chunk_ids,)
            ).fetchall()
            assert chunks
            assert all(content in piece.text for (content,) in chunks)
            heading = piece.text.split("\n")[0]
            assert heading.startswith(f"{piece.repository} {piece.path}:{piece.start_line}-{piece.end_line}")


def test_chunks_below_each_other_are_one_piece(database):
    functions = [f"def frobnicate_{n}(gadget):\n    return gadget.frobnicate({n} * {n})\n" for n in range(3)]
    with database.connect() as connection:
        upsert(connection, "a.py", "\n\n".join(functions))
        upsert(connection, "b.py", "def other():\n    pass\n")
        chunk_all(database)
        (piece,) = [p for p in pack(connection, "frobnicate gadget", tokens=500).pieces if p.path == "a.py"]
        assert piece.text == (
            "demo a.py:1-10 frobnicate_0, frobnicate_1, frobnicate_2\n" + "\n\n".join(functions)
        )
        assert (piece.start_line, piece.end_line, len(piece.chunk_ids)) == (1, 10, 3)


def test_copies_are_given_once(database):
    text = "def frobnicate(gadget):\n    return gadget.frobnicate(1)\n"
    with database.connect() as connection:
        for name in ("a.py", "b.py", "c.py"):
            upsert(connection, name, text)
        chunk_all(database)
        assert len(pack(connection, "frobnicate gadget", mode="lexical").pieces) == 1


def test_a_session_gives_nothing_twice(database):
    with database.connect() as connection:
        for file in Path(asyncio.__file__).parent.glob("*.py"):
            upsert(connection, file.name, file.read_text(encoding="utf-8"))
        chunk_all(database)
        given_code, rounds = [], []
        for _ in range(4):
            found = pack(connection, "cancel a task", tokens=800, session="s")
            rounds.append(found)
            given_code += [chunk for p in found.pieces if p.form == "code" for chunk in p.chunk_ids]
        assert all(any(p.form == "code" for p in found.pieces) for found in rounds[:2]), (
            "asking again goes on"
        )
        assert len(given_code) == len({*given_code})
        again = pack(connection, "cancel a task", tokens=800, session="another")
        assert again.text == rounds[0].text
        assert pack(connection, "cancel a task", tokens=800).text == rounds[0].text
        shown = connection.execute(
            "select array_agg(chunk_id) from codesearch.query_results where query_id = %s",
            (rounds[0].query_id,),
        ).fetchone()[0]
        assert {*shown} == {c for p in rounds[0].pieces if p.form == "code" for c in p.chunk_ids}
        connection.execute("select codesearch.change_setting('log.enabled', 'false')")
        said = []
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary))
        pack(connection, "cancel a task", tokens=800, session="s")
        assert any("remembers nothing" in line for line in said)


SIZES = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 60)), max_size=40)


@given(sizes=SIZES, tokens=st.integers(1, 3000))
def test_forms_fit(asked, sizes, tokens):
    code, brief = [size[0] for size in sizes], [size[1] for size in sizes]
    forms = asked.execute("select codesearch.pack_forms(%s, %s, %s)", (code, brief, tokens)).fetchone()[0]
    assert len(forms) == len(sizes)
    used = sum({"code": c, "signature": b, None: 0}[f] for c, b, f in zip(code, brief, forms, strict=True))
    assert used <= tokens
    assert not sizes or code[0] > tokens or forms[0] == "code"
    assert all(used + b > tokens for b, f in zip(brief, forms, strict=True) if f is None), "room that is left"


@pytest.mark.parametrize("call", ["pack('x', {})", "outline('stdlib', {})"])
@pytest.mark.parametrize("tokens", ["0", "null", "-5", "1000001"])
def test_room_that_cannot_be_meant(asked, call, tokens):
    with pytest.raises(psycopg.Error, match="tokens is") as refused:
        asked.execute(f"select * from codesearch.{call.format(tokens)}")
    assert refused.value.sqlstate == "CS001"


@pytest.mark.parametrize(
    ("call", "sqlstate"),
    [
        ("pack('')", "CS001"),
        ("pack('x', kind => 'x')", "CS001"),
        ("pack('x', session => '')", "CS001"),
        ("pack('x', session => 's', log => false)", "CS001"),
        ("pack('x', repository => 'x')", "CS006"),
        ("outline('x')", "CS006"),
        ("outline(null)", "CS001"),
        ("outline('stdlib', language => 'x')", "CS001"),
    ],
)
def test_what_cannot_be_meant(asked, call, sqlstate):
    with pytest.raises(psycopg.Error) as refused:
        asked.execute(f"select * from codesearch.{call}")
    assert refused.value.sqlstate == sqlstate
    assert refused.value.diag.message_hint


@pytest.mark.parametrize("tokens", [3, 50, 400, 3000])
def test_a_map_has_room(asked, tokens):
    rows = outline(asked, "stdlib", tokens=tokens)
    text = "".join(row.text for row in rows)
    assert _tokens(asked, text) <= sum(row.tokens for row in rows) <= tokens
    assert bool(rows) == (tokens > 3)
    assert len({row.chunk_id for row in rows}) == len(rows)
    for row in rows:
        assert f"  {row.start_line}: " in row.text


def test_a_map_begins_with_what_matters(database):
    with database.connect() as connection:
        calls = "".join(f"def user_{n}():\n    central({n})\n\n\n" for n in range(8))
        upsert(connection, "z/core.py", "def central(x):\n    return x\n\n\ndef _hidden(x):\n    return x\n")
        upsert(connection, "a/users.py", calls)
        upsert(connection, "tests/test_core.py", "def test_central():\n    central(1)\n")
        chunk_all(database)
        rows = outline(connection, "demo")
        assert rows[0].text == "z/core.py\n  1: def central(x)\n"
        by_symbol = {row.symbol: row.importance for row in rows}
        assert by_symbol["central"] > by_symbol["user_1"] > by_symbol["_hidden"] > by_symbol["test_central"]
        assert [row.path for row in outline(connection, "demo", path="a/*")] == ["a/users.py"] * 8


def test_a_map_knows_what_the_code_leads_to(database):
    with database.connect() as connection:
        pairs = (("first", "second"), ("third", "fourth"))
        upsert(
            connection,
            "a.py",
            "".join(f"def {one}():\n    {two}()\n\n\ndef {two}():\n    return 1\n\n\n" for one, two in pairs),
        )
        users = "".join(f"def use_{n}():\n    return third\n\n\n" for n in range(9))
        upsert(connection, "b.py", f"from a import third\n\n\n{users}")
        chunk_all(database)

        def importance():
            return {row.symbol: row.importance for row in outline(connection, "demo")}

        before = importance()
        assert before["second"] == before["fourth"], "each is called once"
        database.rows("select codesearch.refresh_importance(repository_id) from codesearch.repository")
        after = importance()
        assert after["fourth"] > after["second"] > after["first"], "what much leads to, by who calls it"


def test_only_what_the_caller_may_see(server_url):
    with (
        fresh_database(server_url) as made,
        temporary_roles(made.url, "codesearch_reader", "codesearch_reader") as (reader, other),
        made.connect() as connection,
    ):
        fill_tenants(connection)
        connection.execute("select codesearch.enable_row_level_security()")
        for role in (reader, other):
            connection.execute("select codesearch.grant_repository('open', %s::name)", (role,))
        connection.execute(f"set role {reader}")
        first = pack(connection, "redirects cookie zanzibar", session="s")
        assert first.pieces
        assert SECRET not in first.text
        assert [p.form for p in pack(connection, "redirects cookie", session="s").pieces] == []
        with pytest.raises(Exception, match="no repository"):
            outline(connection, f"{SECRET}-vault")
        connection.execute(f"set role {other}")
        assert pack(connection, "redirects cookie", session="s").pieces, "a session is one role's"
        connection.execute("reset role")
        for role in (reader, other):
            connection.execute("drop owned by " + role)
