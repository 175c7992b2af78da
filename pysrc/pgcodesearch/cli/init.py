"""pgcodesearch init."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database, json_option
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say


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
    say(f"database         {report['database_url']}")
    say(f"schema revision  {report['schema_revision']} ({report['schema_change']})")
    say(f"model            {report['model'] or 'none'}")
    say(f"server embedding {report['server_embedding']}")
