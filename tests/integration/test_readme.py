"""The examples of README.md are true."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from support.commands import installed_database

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> tuple[str, list[list[str]]]:
    """The first SQL example and the rows shown under it."""
    query, table = re.findall(r"```sql\n(.*?)```\n```\n(.*?)```", README, re.DOTALL)[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()[2:] if line.strip()]
    return query, rows


@pytest.mark.slow
def test_first_example_gives_the_rows_it_shows(server_url: str, example: tuple[str, list[list[str]]]) -> None:
    """With the vectors of the model that ships, and the query embedded by look-up."""
    from pgcodesearch.indexing import Worker, sync_repository

    query, shown = example
    with installed_database(server_url) as database, database.connect(autocommit=False) as connection:
        sync_repository(connection, "click", Path(click.__file__).parent)
        Worker(connection).run_until_idle()
        rows = connection.execute(query).fetchall()
        connection.rollback()
        (encoder,) = connection.execute("select encoder from codesearch.query_encoder(1)").fetchone() or (
            None,
        )
    assert encoder == "table"
    assert [[str(value) for value in row] for row in rows] == shown


def test_named_files_exist() -> None:
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / target).exists(), target
