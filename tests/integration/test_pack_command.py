"""pgcodesearch pack and outline: the answer as text and as JSON, and what they say of too little room."""

import pytest

from support.commands import call, call_json
from support.databases import fresh_database
from support.indexing import chunk_all, upsert


@pytest.fixture(scope="module")
def database(server_url):
    with fresh_database(server_url) as made:
        with made.connect() as connection:
            upsert(connection, "a.py", "def frobnicate(gadget):\n    return gadget.spin()  # \x1b[31mred\n")
            upsert(connection, "b.py", "def caller():\n    frobnicate(1)\n")
            chunk_all(made)
        yield made


def test_an_answer_is_code_with_its_place(database):
    result = call(database, "pack", "frobnicate", "gadget", "--tokens", "500", "--no-log")
    assert result.exit_code == 0
    assert "demo a.py:1-2 frobnicate\ndef frobnicate(gadget):\n    return gadget.spin()" in result.output
    assert "\x1b" not in result.output
    assert "tokens; " in result.stderr


def test_json_has_the_pieces_and_what_they_save(database):
    found = call_json(database, "pack", "frobnicate", "gadget", "--session", "s")
    assert found["pieces"][0]["form"] == "code"
    assert found["total_tokens"] == sum(piece["tokens"] for piece in found["pieces"])
    assert found["query_id"]
    assert call_json(database, "pack", "frobnicate", "gadget", "--session", "s")["pieces"] == []


def test_too_little_room_is_said(database):
    assert "no results in 1 tokens" in call(database, "pack", "frobnicate", "--tokens", "1").output
    assert call(database, "pack", "frobnicate", "--tokens", "0").exit_code == 1
    assert "none has room in 1 tokens" in call(database, "outline", "demo", "--tokens", "1").output


def test_a_map(database):
    assert call(database, "outline", "demo").output == (
        "a.py\n  1: def frobnicate(gadget)\nb.py\n  1: def caller()\n"
    )
    assert [row["symbol"] for row in call_json(database, "outline", "demo")] == ["frobnicate", "caller"]
