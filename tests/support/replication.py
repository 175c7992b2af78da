"""A primary and its hot standbys, as private servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pgcodesearch.database.embedded_programs import program_directory
from support.databases import Database, create_database, with_dbname
from support.servers import PrivateServer, temporary_home
from support.workers import wait_until

_DATABASE = "shared"


@dataclass
class Cluster:
    """``servers``: the primary first, until another one is promoted."""

    servers: list[PrivateServer]

    @property
    def primary(self) -> Database:
        return self.database(self.servers[0])

    def database(self, server: PrivateServer) -> Database:
        """The shared database on one of the servers."""
        return Database(with_dbname(server.url, _DATABASE))

    def url(self, target: str, servers: list[PrivateServer] | None = None) -> str:
        """A connection string with several hosts, of all servers unless told; ``target``: target_session_attrs."""
        named = servers or self.servers
        hosts = ",".join(str(server.home / "run") for server in named)
        return f"host={hosts} port=5432 user=postgres dbname={_DATABASE} target_session_attrs={target}"

    def wait_for_standbys(self) -> None:
        """Wait until every standby that runs has replayed what the primary has written."""
        position = self.primary.value("select pg_current_wal_lsn()")
        replayed = "select pg_last_wal_replay_lsn() >= %s::pg_lsn"
        for server in self.servers[1:]:
            standby = self.database(server)
            wait_until(lambda standby=standby: standby.value(replayed, (position,)), "a standby")

    def fail_over(self) -> None:
        """Kill the primary, as a power cut would, and promote the standby that received most."""
        self.servers[0].stop("immediate")
        received = "select coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn"
        standbys = sorted(self.servers[1:], key=lambda server: -self.database(server).value(received))
        promoted = standbys[0]
        promoted._control("promote")
        self.servers = [promoted, *standbys[1:], self.servers[0]]


@contextmanager
def cluster(standbys: int, *, synchronous: bool = False) -> Iterator[Cluster]:
    """A primary with the shared database, empty, and its standbys; gone afterwards. They follow whichever of them is
    the primary. ``synchronous``: a commit waits for any one of the standbys."""
    servers = [
        PrivateServer(temporary_home(f"pgcs-node{number}-"), program_directory())
        for number in range(standbys + 1)
    ]
    made = Cluster(servers)
    try:
        first, *rest = servers
        first.create()
        first.start()
        create_database(first.url, _DATABASE)
        for standby in rest:
            _copy(first, standby, made.url("primary"), synchronous)
        for standby in rest:
            standby.start()
        if synchronous:
            Database(first.url).rows("alter system set synchronous_standby_names = 'ANY 1 (*)'")
            Database(first.url).rows("select pg_reload_conf()")
        yield made
    finally:
        for server in servers:
            server.destroy()


def _copy(primary: PrivateServer, standby: PrivateServer, followed: str, synchronous: bool) -> None:
    """The primary's files, and what follows it, as a standby with a socket of its own."""
    user = standby._user()
    user.let_in(standby.home)
    user.let_in(standby.programs)
    for folder in (standby.data, standby.home / "run"):
        user.own_directory(folder)
    user.own_file(standby.home / "log")
    command = [primary.program("pg_basebackup"), "-D", str(standby.data), "-R", "-X", "stream", "-c", "fast"]
    user.run([*command, "-d", primary.url], cwd=standby.home)
    settings = [
        *standby.settings(),
        # Another server's log is fetched where that is another timeline now.
        "recovery_target_timeline = 'latest'",
        "wal_retrieve_retry_interval = '200ms'",
        *(["synchronous_standby_names = 'ANY 1 (*)'"] if synchronous else []),
    ]
    with (standby.data / "postgresql.conf").open("a") as config:
        config.write("\n".join(["", *settings, ""]))
    followed = followed.replace("dbname=shared", f"application_name={standby.home.name.replace('-', '_')}")
    with (standby.data / "postgresql.auto.conf").open("a") as config:
        config.write(f"primary_conninfo = '{followed}'\n")
