"""pgcodesearch init."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json


@click.command("init")
@json_option
def command(as_json: bool) -> None:
    """Create or upgrade the codesearch schema, and store the model that ships.

    Harmless when repeated. Without --database it starts the embedded server first.
    """
    from pgcodesearch.operating.installing import install

    report = install(database())
    if as_json:
        print_json(report)
        return
    click.echo(f"database         {report['database_url']}")
    click.echo(f"schema revision  {report['schema_revision']} ({report['schema_change']})")
    click.echo(f"model            {report['model'] or 'none'}")
    click.echo(f"server embedding {report['server_embedding']}")
