"""Alembic's environment: revisions run files of sql/, then every replaceable object is created again.

There are no SQLAlchemy models, so autogenerate has nothing to compare and is refused: it would propose to drop
every HNSW and expression index.
"""

from __future__ import annotations

import psycopg
import sqlalchemy
from alembic import context

from pgcodesearch.database import sql_files
from pgcodesearch.database.connection import APPLICATION_NAME, resolve_url
from pgcodesearch.database.installation import keep_installed
from pgcodesearch.database.loading import prepare_session, run_files
from pgcodesearch.database.shards import install_proxies

SCHEMA = "codesearch"


def run(connection: sqlalchemy.Connection) -> None:
    """Run the wanted revisions and the replaceable files in one transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    context.configure(
        connection=connection,
        version_table_schema=SCHEMA,
        target_metadata=None,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        prepare_session(driver)
        context.run_migrations()
        if _replaces_objects():
            run_files(driver, sql_files.replaceable_files())
            install_proxies(driver)
            keep_installed(driver)


def _replaces_objects() -> bool:
    """True when this is an upgrade: by the package's API, or by `alembic upgrade` on the command line."""
    config = context.config
    if "replace_objects" in config.attributes:
        return bool(config.attributes["replace_objects"])
    chosen = getattr(config.cmd_opts, "cmd", None)
    if chosen is not None and getattr(config.cmd_opts, "autogenerate", False):
        raise SystemExit("write revisions by hand: autogenerate would drop the indexes of sql/")
    return chosen is not None and chosen[0].__name__ == "upgrade"


if context.is_offline_mode():
    raise SystemExit("offline mode is not supported: the revisions run the files of sql/ on a connection")

given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = resolve_url()
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url, application_name=APPLICATION_NAME)
    )
    with engine.begin() as own:
        run(own)
