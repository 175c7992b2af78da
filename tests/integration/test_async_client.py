"""The Python API for event loops, and the pool under it; examples of docs/agents.md are run."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from pathlib import Path

import pytest

from pgcodesearch.database.errors import CannotConnect, UnknownId
from pgcodesearch.searching import AsyncClient, Client
from pgcodesearch.searching.pool import ClientPool
from support.databases import fresh_database
from support.indexing import chunk_all, upsert

GUIDE = (Path(__file__).parents[2] / "docs/agents.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def web(server_url):
    with fresh_database(server_url) as database:
        with database.connect() as connection:
            for number in range(8):
                upsert(
                    connection,
                    f"src/a{number}.py",
                    f"def follow_redirect_{number}():\n    return {number}\n",
                    "web",
                )
        chunk_all(database)
        yield database


def test_the_same_methods_with_the_same_arguments():
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if name.startswith("_") or name in ("close", "embed", "grep_all"):
            continue
        awaited = getattr(AsyncClient, name)
        assert inspect.iscoroutinefunction(awaited), name
        assert inspect.signature(awaited) == inspect.signature(method)
        assert awaited.__doc__ == method.__doc__


def test_both_give_the_same(web):
    async def ask():
        async with AsyncClient(web.url, size=3) as client:
            answers = await asyncio.gather(*(client.search(f"redirect {n}", 3, log=False) for n in range(20)))
            read = await client.read_chunk(answers[0][0].chunk_id)
            with pytest.raises(UnknownId):
                await client.read_chunk(0)
            file = await client.read_file("src/a1.py", "web", from_line=2)
            fresh = await client.freshness()
            return answers, read, file, fresh

    answers, read, file, fresh = asyncio.run(ask())
    with Client(web.url) as client:
        assert answers == [client.search(f"redirect {n}", 3, log=False) for n in range(20)]
        assert read == client.read_chunk(answers[0][0].chunk_id)
        assert file == client.read_file("src/a1.py", "web", from_line=2)
        assert fresh == client.freshness()
    assert (file.content, file.first_line, file.total_lines) == ("    return 1\n", 2, 3)


def test_no_more_connections_than_the_pool_has(web):
    count = (
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    together = threading.Barrier(2)

    async def ask():
        async with AsyncClient(web.url, size=2) as client:
            await asyncio.gather(*(client.run(lambda one: together.wait(20)) for _ in range(2)))
            await asyncio.gather(*(client.search("x", log=False) for _ in range(12)))
            return web.value(count)

    assert asyncio.run(ask()) == 2


def test_a_connection_that_went_is_replaced_and_no_statement_sent_twice(web):
    pool = ClientPool(web.url, 1)
    with pool.client() as client:
        first = client.connection.info.backend_pid
    web.rows("select pg_terminate_backend(%s)", (first,))
    for _ in range(100):
        if not web.rows("select from pg_stat_activity where pid = %s", (first,)):
            break
    with pool.client() as client:
        assert client.connection.info.backend_pid != first
    pool.close()
    with pytest.raises(CannotConnect), pool.client():
        pass


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))
def test_the_guides_examples_run(web, example, monkeypatch, capsys):
    monkeypatch.setenv("PGCODESEARCH_DATABASE_URL", web.url)
    exec(compile(example, "docs/agents.md", "exec"), {"__name__": "__main__"})
    assert "src/a" in capsys.readouterr().out
