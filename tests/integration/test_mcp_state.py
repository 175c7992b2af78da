"""The MCP server when things change or go wrong: files on disk, the queue, the database, who may connect."""

from __future__ import annotations

import os
import subprocess
import time

import httpx2
import pytest

from pgcodesearch.agents.http import BearerToken
from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.listening import Listening, is_loopback
from support.agents import COMMAND, ask, http_server, index, talk, text, write_files
from support.databases import Database


@pytest.fixture
def web(database, tmp_path):
    """A database without a model, and a folder that can be changed."""
    root = tmp_path / "web"
    write_files(root)
    # Files of the moment in which they are read are not trusted to stay.
    for file in root.rglob("*.py"):
        os.utime(file, ns=(time.time_ns() - 10**10,) * 2)
    index(database, "web", root)
    return root


async def changed(client, wanted: int | None) -> None:
    """Wait until answers say so many changed files."""
    for _ in range(100):
        (state,) = (await ask(client, "search_code", query="redirect"))["freshness"]
        if state["changed_files"] == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(state)


@pytest.mark.parametrize("with_git", [True, False])
def test_files_that_changed_since(database, web, with_git):
    if with_git:
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
        ):
            subprocess.run(["git", *command], cwd=web, check=True)
        index(database, "web", web)

    async def conversation(client):
        await changed(client, 0)
        (web / "src/retry.py").write_text("def other():\n    pass\n")
        (web / "src/new.py").write_text("def newer():\n    pass\n")
        (web / "src/many.py").unlink()
        os.utime(web / "src/session.py")  # the time alone
        await changed(client, 3)
        said = await text(client, "search_code", query="redirect")
        assert "3 files changed since: read those from disk" in said.splitlines()[-1]
        index(database, "web", web)
        await changed(client, 0)
        database.rows("select codesearch.upsert_file('web', 'src/late.py', 'x = 1')")
        await changed(client, 1)
        (state,) = (await ask(client, "search_code", query="redirect"))["freshness"]
        assert state["pending_files"] == 1

    talk(database, conversation)


def test_an_agent_that_opens_another_file_teaches(database, web):
    async def conversation(client):
        shown = await ask(client, "search_code", query="handler of an event", limit=1)
        assert {place["path"] for place in shown["results"]} == {"src/many.py"}
        read = await ask(client, "read_chunk", path="src/retry.py", repository="web")
        assert read["recorded"]
        again = await ask(client, "read_chunk", path="src/retry.py", repository="web")
        assert not again["recorded"]

    talk(database, conversation)
    rows = (
        "select q.query, q.session is not null, o.rank from codesearch.session_opened o"
        " join codesearch.query_log q using (query_id)"
    )
    assert database.rows(rows) == [("handler of an event", True, None)]


def test_a_folder_that_is_elsewhere_is_not_counted(database, web):
    database.rows("update codesearch.repository set root = '/nowhere/web'")
    talk(database, lambda client: changed(client, None))


def test_nothing_of_the_repository_is_executed(database, web, tmp_path):
    """Git would start what a repository's configuration names, when it compares files."""
    subprocess.run(["git", "init", "-q"], cwd=web, check=True)
    trap = tmp_path / "sprung"
    for name in ("core.fsmonitor", "filter.x.clean", "core.sshCommand", "diff.external"):
        subprocess.run(["git", "config", name, f"touch {trap}"], cwd=web, check=True)
    (web / ".gitattributes").write_text("* filter=x\n")

    async def conversation(client):
        await changed(client, 1)  # .gitattributes itself

    talk(database, conversation)
    assert not trap.exists()


def test_a_chunk_of_a_file_that_changed_is_said_to_be_old(database, web):
    async def conversation(client):
        found = await ask(client, "search_code", query="retry_after_failure", limit=1)
        chunk = found["results"][0]["chunk_id"]
        database.rows("select codesearch.upsert_file('web', 'src/retry.py', 'x = 1')")
        read = await ask(client, "read_chunk", chunk_id=chunk)
        assert not read["is_current"]
        assert "def retry_after_failure" in read["content"]
        assert not (await ask(client, "read_chunk", path="src/retry.py"))["is_current"]

    talk(database, conversation)


def test_long_files_are_read_in_parts(database):
    database.rows(
        "select codesearch.upsert_file('web', 'long.py', %s)",
        ("def long():\n" + "".join(f"    x = {n}\n" for n in range(1000)),),
    )
    index_nothing_else(database)

    async def conversation(client):
        lines, at = [], 1
        while at:
            part = await ask(client, "read_chunk", path="long.py", from_line=at)
            lines += part["content"].split("\n")
            at = part["next_line"]
        assert lines[1000] == "    x = 999"
        assert len(lines) == 1002

    talk(database, conversation)


def index_nothing_else(database: Database) -> None:
    from support.indexing import chunk_all

    chunk_all(database)


def test_nothing_is_indexed(database):
    async def conversation(client):
        assert "pgcodesearch index PATH" in await text(client, "search_code", query="x")
        assert "pgcodesearch index PATH" in await text(client, "index_status")
        assert "pgcodesearch index PATH" in await text(client, "search_code", query="x", repository="y")

    talk(database, conversation)


def test_a_database_without_the_schema(empty_database):
    async def conversation(client):
        assert "pgcodesearch init" in await text(client, "search_code", query="x")

    talk(empty_database, conversation)


def test_a_database_that_is_away(tmp_path):
    async def conversation(client):
        said = await text(client, "search_code", query="x")
        assert said.startswith("error: ")
        assert "hint: check --database or PGCODESEARCH_DATABASE_URL" in said

    talk(Database(f"host={tmp_path} dbname=x"), conversation)


def test_connections_that_the_server_ended_are_replaced(database, web):
    async def conversation(client):
        for _ in range(3):
            await ask(client, "search_code", query="redirect")
            database.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            time.sleep(0.2)

    talk(database, conversation)


def test_a_reader_asks_and_is_recorded(database, web):
    """A role that may only read: a read-only transaction logs nothing, and answers."""
    name = database.value("select current_database()")
    database.rows(f"alter database {name} set default_transaction_read_only = on")

    async def conversation(client):
        found = await ask(client, "search_code", query="redirect")
        assert found["query_id"] is None
        assert "not logged" in " ".join(found["notices"])
        assert not (await ask(client, "read_chunk", chunk_id=found["results"][0]["chunk_id"]))["recorded"]

    talk(database, conversation)


def test_http_beyond_loopback_needs_a_token():
    for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1"):
        assert is_loopback(host)
        Listening(host).check()
    for host in ("0.0.0.0", "::", "10.0.0.1", "no.such.host.invalid"):
        assert not is_loopback(host)
        with pytest.raises(InvalidArgument, match="no token"):
            Listening(host).check()
        Listening(host, token="0123456789abcdef").check()
    with pytest.raises(InvalidArgument, match="characters"):
        Listening(token="short").check()


def test_the_command_refuses_such_an_address(database):
    done = subprocess.run(
        [*COMMAND, "--database", database.url, "mcp", "--http", "--host", "0.0.0.0"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "PGCODESEARCH_MCP_TOKEN" in done.stderr


def test_who_is_let_in(database):
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    }  # fmt: skip
    accepts = {"accept": "application/json, text/event-stream"}
    token = "0123456789abcdef"
    with http_server(database, PGCODESEARCH_MCP_TOKEN=token) as url:

        def status(**headers):
            return httpx2.post(url, json=hello, headers={**accepts, **headers}, timeout=60).status_code

        right = {"authorization": f"Bearer {token}"}
        assert status() == 401
        assert status(authorization=f"Bearer {token}0") == 401
        assert status(authorization=token) == 401
        assert status(**right) == 200
        # A page that made a browser believe that its own name is this machine's.
        assert status(**right, host="evil.example") == 421
        assert status(**right, origin="https://evil.example") == 403
    assert BearerToken  # what the three are about


def test_a_taken_port_is_said(database):
    with http_server(database) as url:
        port = url.split(":")[2].split("/")[0]
        done = subprocess.run(
            [*COMMAND, "--database", database.url, "mcp", "--http", "--port", port],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "--port" in done.stderr
