"""What the shards of a coordinator are like, each asked by itself."""

from __future__ import annotations

from typing import Any

import psycopg

from pgcodesearch.database import connect, without_password
from pgcodesearch.database.errors import CodeSearchError
from pgcodesearch.database.rows import one_row
from pgcodesearch.database.schema import check_compatible
from pgcodesearch.database.shards import Shard, shards
from pgcodesearch.sharding.coordinator import model_state

_HELD = """
    select (select count(*) from codesearch.repository),
           (select count(*) from codesearch.source_file),
           (select coalesce(sum(chunk_count), 0)::bigint from codesearch.lexical_statistic where level = 0),
           (select coalesce(sum(pending_files), 0)::bigint from codesearch.index_status),
           (select min(vector_coverage) from codesearch.index_status)
"""


def shard_states(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """For each shard: whether it answers, its numbers, and in ``problems`` what is not as it should be."""
    wanted = model_state(connection)
    return [_state(connection, shard, wanted) for shard in shards(connection)]


def _state(connection: psycopg.Connection[Any], shard: Shard, wanted: tuple[Any, ...]) -> dict[str, Any]:
    state: dict[str, Any] = {
        "shard": shard.name, "state": "answers", "repositories": None, "files": None, "chunks": None, "pending": None,
        "coverage": None, "model": None, "database_url": without_password(shard.database_url), "problems": [],
    }  # fmt: skip
    try:
        with connect(shard.database_url, autocommit=True) as own:
            check_compatible(own)
            numbers = one_row(own, _HELD)
            state |= dict(
                zip(("repositories", "files", "chunks", "pending", "coverage"), numbers, strict=True)
            )
            model = model_state(own)
            state["model"] = model[0]
            if model != wanted:
                state["problems"].append(
                    f"its active model is {model[0]}, or has other weights, than here {wanted[0]}"
                )
            state["problems"] += _misplaced(connection, own, shard)
    except (CodeSearchError, psycopg.Error) as error:
        state["state"] = "does not answer"
        state["problems"].append(str(error).splitlines()[0])
    return state


def _misplaced(connection: psycopg.Connection[Any], own: psycopg.Connection[Any], shard: Shard) -> list[str]:
    held = {row[0] for row in own.execute("select name from codesearch.repository").fetchall()}
    on_the_way = dict(own.execute("select repository, state from codesearch.moved_repository").fetchall())
    placed = {
        row[0] for row in connection.execute(
            "select repository from codesearch.repository_place where shard_number = %s", [shard.shard_number]
        ).fetchall()
    }  # fmt: skip
    problems = [
        f"{name} is on its way ({on_the_way[name]}): run the move again"
        for name in sorted(held & set(on_the_way))
    ]
    problems += [
        f"{name} is here and placed elsewhere: it was indexed beside the coordinator"
        for name in sorted(held - placed - set(on_the_way))
    ]
    return problems
