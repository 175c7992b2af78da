"""Where the rows of a repository are: in the database that was named, or in the shard that it places it in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from pgcodesearch.database import connect
from pgcodesearch.sharding.coordinator import shard_url


@contextmanager
def at_home(
    url: str, connection: psycopg.Connection[Any], repository: str
) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """URL and connection of the database that has a repository, or will have it; ``connection`` itself unless that is
    a coordinator's. A coordinator's is kept in a transaction, so that the repository is not moved meanwhile.
    """
    home = shard_url(connection, repository, place=True)
    if home is None:
        connection.commit()
        yield url, connection
        return
    with connect(home) as own:
        yield home, own
    connection.commit()
