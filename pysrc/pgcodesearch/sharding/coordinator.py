"""Sets a coordinator up: which databases it asks, and where it places repositories."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import conninfo, sql

from pgcodesearch.database import connect
from pgcodesearch.database.errors import InvalidArgument, ShardError, mapped_errors
from pgcodesearch.database.installation import keep_installed
from pgcodesearch.database.rows import one_row
from pgcodesearch.database.schema import check_compatible
from pgcodesearch.database.shards import Shard, install_proxies, shards

CLUSTER = "codesearch_shards"  # the foreign server that PL/Proxy reads


def shard_named(connection: psycopg.Connection[Any], name: str) -> Shard:
    """The shard of a name. Raises ShardError."""
    for shard in shards(connection):
        if shard.name == name:
            return shard
    raise ShardError(f"there is no shard {name}", hint="pgcodesearch shards status lists them")


def shard_url(connection: psycopg.Connection[Any], repository: str, place: bool = False) -> str | None:
    """The database of a repository; None where this is no coordinator. ``place``: a new one gets its shard."""
    found = shards(connection)
    if not found:
        return None
    query = "select codesearch.writing_shard(%s)" if place else "select codesearch.one_shard(%s)"
    with mapped_errors():
        (number,) = one_row(connection, query, (repository,))
    return next(shard.database_url for shard in found if shard.shard_number == number)


def add_shard(coordinator: str, name: str, url: str) -> Shard:
    """Let ``coordinator`` ask the database at ``url`` too, and place its repositories there.

    The coordinator is a database with the schema and no repositories, on a server with PL/Proxy, and the role a
    superuser there. The shard has the same schema and the same active model. Raises ShardError.
    """
    if "password" in conninfo.conninfo_to_dict(url):
        raise InvalidArgument(
            "the URL has a password, which everyone who may connect to the coordinator could read",
            hint=f"leave it out; give it in a user mapping of the server {CLUSTER}, or in a password file",
        )
    with connect(coordinator) as connection, connect(url) as shard, mapped_errors():
        check_compatible(connection)
        check_compatible(shard)
        _check_coordinator(connection)
        if (own := model_state(connection)) != (other := model_state(shard)):
            raise ShardError(
                f"the active model of the coordinator is {own[0]}, of {name} {other[0]}",
                hint="activate the same model in both, with the same weights: pgcodesearch models",
            )
        # One after the other: numbers have no gaps, PL/Proxy counts them.
        connection.execute("lock table codesearch.shard in share row exclusive mode")
        added = Shard(len(shards(connection)), name, url)
        names = [
            row[0] for row in shard.execute("select name from codesearch.repository order by 1").fetchall()
        ]
        taken = connection.execute(
            "select repository from codesearch.repository_place where repository = any(%s)", [names]
        ).fetchall()
        if taken:
            raise ShardError(
                f"another shard has the repository {taken[0][0]}",
                hint="pgcodesearch index --forget takes a repository out of a database",
            )
        shard.execute("select codesearch.claim_ids(%s)", [added.shard_number])
        connection.execute(
            "insert into codesearch.shard (shard_number, name, database_url) values (%s, %s, %s)",
            [added.shard_number, name, url],
        )
        connection.execute(
            "insert into codesearch.repository_place (repository, shard_number) select unnest(%s::text[]), %s",
            [names, added.shard_number],
        )
        _tell_proxy(connection, added)
        install_proxies(connection)
        keep_installed(connection)
        shard.commit()
    return added


def model_state(connection: psycopg.Connection[Any]) -> tuple[Any, ...]:
    """Name, dimension and a hash of the weights of the active model: what has to be the same in all shards."""
    row = connection.execute(
        "select m.name, m.dimension, (select md5(string_agg(encode(a.sha256, 'hex'), '' order by a.file))"
        " from codesearch.model_artefact a where a.model_version_id = m.model_version_id)"
        " from codesearch.model_version m where m.status = 'active'"
    ).fetchone()
    return tuple(row) if row else (None, None, None)


def _check_coordinator(connection: psycopg.Connection[Any]) -> None:
    if one_row(connection, "select exists (select from codesearch.repository)")[0]:
        raise ShardError(
            "a coordinator has no repositories of its own, and this database has some",
            hint="make another database the coordinator, and add this one as its first shard",
        )
    superuser, available = one_row(
        connection,
        "select (select rolsuper from pg_roles where rolname = current_user),"
        " exists (select from pg_available_extensions where name = 'plproxy')",
    )
    if not available:
        raise ShardError(
            "the coordinator's server has no PL/Proxy",
            hint="install it there: Debian has it as postgresql-15-plproxy",
        )
    if not superuser:
        raise ShardError(
            "only a superuser of the coordinator can add shards", hint="PL/Proxy is an untrusted language"
        )


def _tell_proxy(connection: psycopg.Connection[Any], added: Shard) -> None:
    connection.execute("create extension if not exists plproxy")
    partition = sql.Identifier(f"p{added.shard_number}")
    # Without a role: PL/Proxy connects as the one that asks, so that its rights in the shard hold.
    parameters: dict[str, Any] = conninfo.conninfo_to_dict(added.database_url)
    parameters["connect_timeout"] = _CONNECT_SECONDS
    parameters.pop("user", None)
    url = sql.Literal(conninfo.make_conninfo(**parameters))
    server = sql.Identifier(CLUSTER)
    if added.shard_number == 0:
        connection.execute(
            sql.SQL(
                "create server {} foreign data wrapper plproxy options (modular_mapping '1', {} {})"
            ).format(server, partition, url)
        )
        connection.execute(sql.SQL("create user mapping for public server {}").format(server))
        connection.execute(
            sql.SQL(
                "grant usage on foreign server {} to codesearch_reader, codesearch_writer, codesearch_admin"
            ).format(server)
        )
        # Kept answers are made invalid by changes, which a coordinator doesn't see.
        connection.execute("select codesearch.change_setting('result_cache.max_entries', '0')")
    else:
        connection.execute(sql.SQL("alter server {} options (add {} {})").format(server, partition, url))


_CONNECT_SECONDS = 5
