"""Fixtures: a private embedded server, a private Debian server, and a fresh database for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

from pgcodesearch.database.embedded import EmbeddedServer
from pgcodesearch.home import HOME_VARIABLE
from support.commands import installed_database
from support.databases import Database, administer, create_template, fresh_database
from support.endpoints import Service, serving
from support.extension import refresh_debian_extension
from support.servers import DebianServer, PrivateServer, missing_debian_parts, older_server, temporary_home

# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in its own
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests share a process of a parallel run: those of a file, of the SQL corpus, and those marked quiet."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(_group(item)))
        items.sort(key=_turn)


def _group(item: pytest.Item) -> str:
    if item.get_closest_marker("quiet"):
        return "quiet"
    if item.path.parent.name == "sql":
        return f"sql on {item.callspec.params['server_url']}"  # type: ignore[attr-defined]
    return item.path.name


def _turn(item: pytest.Item) -> tuple[bool, bool]:
    """Long groups begin early, so that the short ones of tests/unit fill the end."""
    return item.get_closest_marker("quiet") is None, item.path.parent.name == "unit"


@pytest.fixture(scope="session", autouse=True)
def _no_outer_database() -> Iterator[None]:
    """Tests never reach the database or the embedded server of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PGCODESEARCH_DATABASE_URL", raising=False)
        for name in [
            key for key in os.environ if key.startswith("PG") and not key.startswith("PGCODESEARCH")
        ]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def embedded_server(_no_outer_database: None) -> Iterator[EmbeddedServer]:
    """The embedded server in a temporary home; PGCODESEARCH_HOME names it for the whole session."""
    home = temporary_home("pgcs-")
    server = EmbeddedServer(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        server.ensure_running()
        # Creating and dropping a database sweeps all shared buffers: those that fit a machine cost a test a second.
        for setting in (
            "fsync = off",
            "full_page_writes = off",
            "shared_buffers = '128MB'",
            "max_wal_size = '256MB'",
        ):
            administer(server.url, f"alter system set {setting}")
        server.stop()
        server.ensure_running()
        yield server
        server.stop("immediate")
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server_url(embedded_server: EmbeddedServer) -> str:
    """The embedded server's URL, with the template of `database` made."""
    create_template(embedded_server.url)
    return embedded_server.url


@pytest.fixture
def database(server_url: str) -> Iterator[Database]:
    """A fresh database with the schema, on the embedded server."""
    with fresh_database(server_url) as made:
        yield made


@pytest.fixture
def installed(server_url: str) -> Iterator[Database]:
    """A fresh database with the schema and the shipped model, on the embedded server."""
    with installed_database(server_url) as made:
        yield made


@pytest.fixture
def empty_database(embedded_server: EmbeddedServer) -> Iterator[Database]:
    """A fresh database without the schema, on the embedded server."""
    with fresh_database(embedded_server.url, template=None) as made:
        yield made


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to `database`."""
    with database.connect() as made:
        yield made


@pytest.fixture
def service() -> Iterator[Service]:
    """An embeddings service on loopback."""
    with serving() as made:
        yield made


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def postgres_16(_no_outer_database: None) -> Iterator[PrivateServer]:
    """A private cluster of the PostgreSQL 16 that the embedded server's wheel carries too."""
    server = older_server(temporary_home("pgcs-16-"))
    try:
        server.create()
        server.start()
        create_template(server.url)
        yield server
    finally:
        server.destroy()


@pytest.fixture(scope="session")
def debian_server(_no_outer_database: None, shared_folder: Path) -> Iterator[DebianServer]:
    """A private cluster of Debian's PostgreSQL 15; skipped where docker/install-server.sh was not run."""
    missing = missing_debian_parts()
    if missing:
        reason = f"docker/install-server.sh was not run: missing {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server = DebianServer(temporary_home("pgcs-debian-"))
    try:
        refresh_debian_extension(server.home, shared_folder)
        server.create()
        server.start()
        create_template(server.url)
        yield server
    finally:
        server.destroy()


@pytest.fixture
def debian_database(debian_server: DebianServer) -> Iterator[Database]:
    """A fresh database with the schema, on Debian's PostgreSQL 15."""
    with fresh_database(debian_server.url) as made:
        yield made


@pytest.fixture
def debian_empty_database(debian_server: DebianServer) -> Iterator[Database]:
    """A fresh database without the schema, on Debian's PostgreSQL 15."""
    with fresh_database(debian_server.url, template=None) as made:
        yield made
