"""A coordinator and its shards on Debian's server, beside one database with the same repositories."""

from __future__ import annotations

import json as json_package
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import client, cookiejar, cookies
from pathlib import Path
from types import ModuleType

from pgcodesearch.indexing import Worker
from pgcodesearch.sharding.coordinator import add_shard
from support.corpus import ShortEmbedder, index_vectors
from support.databases import Database, fresh_database, installed_template

REPOSITORIES: dict[str, list[ModuleType]] = {
    "cookies": [cookiejar, cookies],
    "web": [client],
    "logs": [logging],
    "texts": [json_package, json_package.decoder, json_package.encoder],
}


@dataclass(frozen=True)
class Sharded:
    """``whole`` has all repositories, each shard one of them; ``coordinator`` asks the shards."""

    whole: Database
    coordinator: Database
    shards: list[Database]


@contextmanager
def coordinator_of(server_url: str, shards: list[Database]) -> Iterator[Database]:
    """A coordinator on a server with PL/Proxy, that asks these shards: s0, s1, ..."""
    with fresh_database(server_url, template=installed_template(server_url)) as coordinator:
        for number, shard in enumerate(shards):
            add_shard(coordinator.url, f"s{number}", shard.url)
        yield coordinator


def fill(database: Database, repositories: list[str], embedder: ShortEmbedder) -> None:
    """Store the repositories' modules, chunk them, and give every text its vector."""
    for name in repositories:
        for module in REPOSITORIES[name]:
            path = Path(str(module.__file__))
            database.rows(
                "select codesearch.upsert_file(%s, %s, %s)",
                (name, f"{path.parent.name}/{path.name}", path.read_text(encoding="utf-8")),
            )
    with database.connect(autocommit=False) as connection:
        Worker(connection, stages=("chunk",)).run_until_idle()
        index_vectors(connection, embedder)
        connection.execute(
            "select codesearch.refresh_lexical_index(repository_id) from codesearch.repository"
        )
        connection.commit()


@contextmanager
def sharded(server_url: str) -> Iterator[Sharded]:
    """All of :class:`Sharded`, filled; shards are filled through the coordinator, where a repository is one's each."""
    embedder = ShortEmbedder()
    with ExitStack() as stack:
        template = installed_template(server_url)
        made = [stack.enter_context(fresh_database(server_url, template=template)) for _ in range(4)]
        whole, shards = made[0], made[1:]
        coordinator = stack.enter_context(coordinator_of(server_url, shards))
        fill(whole, list(REPOSITORIES), embedder)
        for name in REPOSITORIES:
            coordinator.rows("select codesearch.upsert_file(%s, 'readme.py', 'pass')", (name,))
            coordinator.rows("select codesearch.delete_file(%s, 'readme.py')", (name,))
        placed = coordinator.rows("select repository, shard_number from codesearch.repository_place")
        for number, shard in enumerate(shards):
            fill(
                shard,
                sorted((name for name, place in placed if place == number), key=list(REPOSITORIES).index),
                embedder,
            )
        yield Sharded(whole, coordinator, shards)
