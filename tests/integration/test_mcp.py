"""The MCP server, asked by the official SDK's client over both transports, in both eras of the protocol."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from support.agents import FILES, WAYS, ask, connected, http_server, index, talk, text, write_files
from support.commands import installed_database
from support.databases import Database

each_way = pytest.mark.parametrize("way", WAYS, ids=["-".join(way) for way in WAYS])


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def web(server_url, root):
    """A database with one repository and its vectors."""
    with installed_database(server_url) as database:
        index(database, "web", root)
        yield database


@pytest.fixture(scope="module")
def url(web):
    with http_server(web) as served:
        yield served


@pytest.fixture
def converse(web, url, way):
    transport, mode = way
    return lambda conversation: talk(web, conversation, url if transport == "http" else None, mode)


@each_way
def test_every_tool_answers(converse):
    async def conversation(client):
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        for tool in listed.values():
            assert tool.description
            assert len(tool.description) < 300, tool.name
            assert tool.output_schema
            for name, argument in tool.input_schema["properties"].items():
                assert argument.get("description"), (tool.name, name)
            assert tool.annotations.read_only_hint == (tool.name != "record_feedback")
        asked = set()

        async def answer(name, **arguments):
            asked.add(name)
            return await ask(client, name, **arguments)

        found = await answer("search_code", query="where are redirects followed", limit=3)
        best = found["results"][0]
        assert (best["repository"], best["path"]) == ("web", "src/session.py")
        assert 0 <= best["confidence"] <= 1
        sure = await answer("search_code", query="zxqv brmpf knoddel", only_sure=True)
        assert sure["results"] == []
        assert "likely" in sure["notices"][0]
        assert FILES["src/session.py"].split("\n")[best["start_line"] - 1].strip() in best["snippet"]
        named = await answer(
            "search_by_embedder", query="redirect", model="minilm-code-v2", vectors_only=True
        )
        assert "src/session.py" in {one["path"] for one in named["results"]}
        read = await answer("read_chunk", chunk_id=best["chunk_id"], before=1, after=100)
        assert read["content"] in FILES["src/session.py"]
        assert read["last_line"] == read["total_lines"]
        assert read["next_line"] is None
        similar = await answer("find_similar", chunk_id=best["chunk_id"], limit=2)
        assert len(similar["results"]) == 2
        assert similar["next_offset"] == 2
        steps = await answer("search_hops", query="where are redirects followed", hops=2, limit=5)
        assert steps["results"][0]["repository"] == "web"
        assert steps["stopped"]
        assert all(one["trail"] for one in steps["results"])
        explained = await answer(
            "explain_result", query="where are redirects followed", chunk_id=best["chunk_id"]
        )
        (row,) = explained["results"]
        assert sum(row["shares"].values()) == pytest.approx(row["score"], abs=0.01)
        lines = sum(text.count("redirect") for text in FILES.values())
        every, after = [], None
        while after is not None or not every:
            page = await answer("grep", pattern="redirect", limit=3, **({"after": after} if after else {}))
            every += page["results"]
            after = page["next_page"]
        assert len(every) == lines
        assert (await answer("grep", pattern="REDIRECT"))["results"] == []
        packed = await answer("pack", query="where are redirects followed", tokens=300)
        assert packed["total_tokens"] <= 300
        assert FILES["src/session.py"].split("\n")[best["start_line"] - 1].strip() in packed["content"]
        name = best["symbol"].rpartition(".")[2]
        defined = (await answer("find_definition", symbol=best["symbol"]))["results"]
        assert [(one["path"], name in one["text"]) for one in defined] == [("src/session.py", True)]
        used = (await answer("find_usages", symbol=name))["results"]
        called = (await answer("callers", chunk_id=best["chunk_id"]))["results"]
        assert {(one["path"], one["line"]) for one in called} <= {(one["path"], one["line"]) for one in used}
        assert (await answer("find_implementations", symbol="NoSuchType"))["results"] == []
        assert all(one["text"] for one in (await answer("callees", chunk_id=best["chunk_id"]))["results"])
        affected = (await answer("impact", symbol=best["symbol"], task="follow fewer"))["results"]
        assert (affected[0]["role"], affected[0]["chunk_id"]) == ("definition", best["chunk_id"])
        assert {one["chunk_id"] for one in called} <= {one["chunk_id"] for one in affected}
        assert (await answer("search_changes", query="redirects"))["results"] == []
        assert (await answer("changed_together", path="src/session.py", repository="web"))["results"] == []
        map_ = await answer("outline", repository="web", tokens=500)
        assert "src/session.py" in map_["content"]
        status = await answer("index_status")
        assert [(one["repository"], one["files"]) for one in status["repositories"]] == [("web", len(FILES))]
        assert status["models"] == ["minilm-code-v2"]
        await answer(
            "record_feedback", query_id=found["query_id"], chunk_id=best["chunk_id"], signal="accept"
        )
        assert asked == set(listed), "a tool without a test"

    converse(conversation)


@pytest.mark.parametrize("way", [way for way in WAYS if way[0] == "stdio"], ids="-".join)
def test_no_code_is_given_twice_in_a_session(converse):
    async def conversation(client):
        codes = []
        for _ in range(2):
            packed = await ask(client, "pack", query="where are redirects followed", tokens=300)
            codes.append(
                {chunk for one in packed["pieces"] if one["form"] == "code" for chunk in one["chunk_ids"]}
            )
        assert codes[0]
        assert not codes[0] & codes[1]

    converse(conversation)


@each_way
def test_text_is_short_and_ends_with_freshness(converse):
    async def conversation(client):
        said = await text(client, "search_code", query="retry after failure", limit=2, snippet_lines=0)
        first, *_, last = said.splitlines()
        assert first.startswith("1. src/retry.py:1-6 retry_after_failure (function) chunk ")
        assert last.startswith("web: indexed 20")
        assert len(said.splitlines()) == 5
        said = await text(client, "read_chunk", path="src/retry.py", from_line=2, to_line=3)
        assert said.splitlines()[:2] == [
            "src/retry.py:2-3 of 7",
            '2\t    """Call an action again while it fails."""',
        ]

    converse(conversation)


@each_way
def test_pages_cover_everything_once(converse):
    async def conversation(client):
        offset, seen = 0, []
        while offset is not None:
            page = await ask(
                client, "search_code", query="handle an event of some kind", limit=7, offset=offset,
                path="src/many.py", kind="function", per_file=100,
            )  # fmt: skip
            seen += [(one["rank"], one["chunk_id"]) for one in page["results"]]
            offset = page["next_offset"]
        assert [rank for rank, _ in seen] == list(range(1, len(seen) + 1))
        assert len({chunk for _, chunk in seen}) == len(seen) > 20

    converse(conversation)


@each_way
def test_errors_say_what_to_do(converse):
    cases = [
        ("search_code", {"query": "x", "repository": "wbe"}, ["no repository 'wbe'", "indexed are: web"]),
        ("index_status", {"repository": "wbe"}, ["no repository 'wbe'", "indexed are: web"]),
        (
            "search_by_embedder",
            {"query": "x", "model": "none"},
            ["no model version 'none'", "model versions: minilm-code-v2"],
        ),
        ("search_code", {"query": "x", "k": 3}, ["there is no argument k", "limit"]),
        ("search_code", {}, ["argument query is missing"]),
        ("search_code", {"query": "x", "limit": 1000}, ["limit is 1000", "1 to 100"]),
        ("search_code", {"query": "x", "kind": "thing"}, ["thing", "method"]),
        ("search_code", {"query": "a\0b"}, ["NUL"]),
        ("read_chunk", {}, ["chunk_id or path"]),
        ("read_chunk", {"chunk_id": 10**12}, ["no chunk"]),
        ("read_chunk", {"chunk_id": 10**30}, ["out of range"]),
        ("read_chunk", {"path": "lib/session.py"}, ["no file", "did you mean src/session.py"]),
        ("read_chunk", {"path": "src/retry.py", "from_line": 99}, ["1 to 7"]),
        ("record_feedback", {"query_id": 10**9, "chunk_id": 1, "signal": "accept"}, ["query 1000000000"]),
        ("record_feedback", {"query_id": 1, "chunk_id": 1, "signal": "like"}, ["like", "accept"]),
        ("explain_result", {"query": "redirect", "chunk_id": 10**9}, ["not among"]),
        ("search_kode", {"query": "x"}, ["no tool 'search_kode'", "search_code"]),
    ]

    async def conversation(client):
        for tool, arguments, parts in cases:
            result = await client.call_tool(tool, arguments)
            said = result.content[0].text
            assert result.is_error, (tool, arguments)
            assert [part for part in parts if part not in said] == [], said
            assert "hint: " in said, said
        assert (await ask(client, "search_code", query="redirect", limit="2"))["next_offset"] == 2
        empty = await text(client, "search_code", query="redirect", path="*.rs", repository="web")
        assert empty.startswith("Nothing found.\nnote: nothing passes repository=web, path=*.rs")

    converse(conversation)


@each_way
def test_what_is_opened_is_recorded_once(converse, web, way):
    def clicks(query_id):
        return web.rows(
            "select chunk_id, signal from codesearch.query_feedback where query_id = %s order by 1",
            (query_id,),
        )

    async def conversation(client):
        query = f"redirects followed {way}"
        found = await ask(client, "search_code", query=query, limit=2)
        one, other = found["results"]
        assert (await ask(client, "read_chunk", chunk_id=one["chunk_id"]))["recorded"] == (
            way[1] == "legacy" or way[0] == "stdio"
        )
        assert not (await ask(client, "read_chunk", chunk_id=one["chunk_id"]))["recorded"]
        read = await ask(
            client, "read_chunk", path=other["path"], from_line=other["start_line"], query_id=None
        )
        assert read["path"] == other["path"]
        assert (one["chunk_id"], "click") in clicks(found["query_id"])

    async def sessionless(client):
        found = await ask(client, "search_code", query=f"redirects followed {way}", limit=1)
        chunk = found["results"][0]["chunk_id"]
        await ask(client, "search_code", query=f"redirects followed {way}", limit=1)
        # Two searches, maybe of two clients, showed it: nobody knows which of them made this one open it.
        assert not (await ask(client, "read_chunk", chunk_id=chunk))["recorded"]
        assert (await ask(client, "read_chunk", chunk_id=chunk, query_id=found["query_id"]))["recorded"]
        assert clicks(found["query_id"]) == [(chunk, "click")]

    converse(sessionless if way == ("http", "auto") else conversation)


def test_sessions_are_apart(web, url):
    async def conversation():
        async with connected(web, url) as one, connected(web, url) as other:
            found = await ask(one, "search_code", query="call an action again", limit=1)
            chunk = found["results"][0]["chunk_id"]
            assert not (await ask(other, "read_chunk", chunk_id=chunk))["recorded"]
            assert (await ask(one, "read_chunk", chunk_id=chunk))["recorded"]

    asyncio.run(conversation())


@each_way
def test_several_repositories_and_branches(converse, web):
    for path, repository in (("a.py", "tools"), ("b.py", "tools@next")):
        web.rows(
            "select codesearch.upsert_file(%s, %s, %s)",
            (repository, path, f"def sharpen_{path[0]}():\n    return 'sharp'\n"),
        )
    index_pending(web)

    async def conversation(client):
        both = await ask(client, "search_code", query="sharpen")
        assert {(one["repository"], one["path"]) for one in both["results"]} >= {("tools", "a.py")}
        branch = await ask(client, "search_code", query="sharpen_b", repository="tools@next")
        assert branch["results"][0]["path"] == "b.py"
        assert [one["repository"] for one in branch["freshness"]] == ["tools@next"]
        read = await ask(client, "read_chunk", path="b.py", repository="tools@next")
        assert "sharpen_b" in read["content"]
        names = {one["repository"] for one in (await ask(client, "index_status"))["repositories"]}
        assert names == {"web", "tools", "tools@next"}

    try:
        converse(conversation)
    finally:
        web.rows("select codesearch.forget_repository('tools')")


def index_pending(database: Database) -> None:
    from pgcodesearch.indexing import Worker

    with database.connect(autocommit=False) as connection:
        Worker(connection).run_until_idle()


def test_twenty_clients_at_once(web, url):
    async def one(number):
        async with connected(web, url, ("legacy", "auto")[number % 2]) as client:
            for turn in range(3):
                found = await ask(client, "search_code", query=f"handler {number} event {turn}", limit=3)
                await ask(client, "read_chunk", chunk_id=found["results"][0]["chunk_id"])
                await ask(client, "index_status")

    async def all_of_them():
        await asyncio.gather(*map(one, range(20)))

    asyncio.run(all_of_them())
