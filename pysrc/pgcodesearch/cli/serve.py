"""pgcodesearch serve."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import database, read_database
from pgcodesearch.terminal import say


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Where to listen. Beyond loopback only with a token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=8366, show_default=True,
              help="The port; 0 for any that is free.")  # fmt: skip
@click.option("--allow-host", "names", multiple=True, metavar="NAME",
              help="A name that browsers may call this machine, beside localhost; repeatable.")  # fmt: skip
def command(host: str, port: int, names: tuple[str, ...]) -> None:
    """Serve a page to search, judge and look after the index in a browser, and a JSON API.

    It asks the database as the role of --database. Where the environment variable PGCODESEARCH_PAGE_TOKEN is set,
    people sign in with it and programs send it as a bearer token.
    """
    import os

    from pgcodesearch.extras import require_extra

    require_extra("page", "jinja2", "pygments", "starlette", "uvicorn")
    from pgcodesearch.listening import Listening
    from pgcodesearch.serving.app import TOKEN_VARIABLE, run

    where = Listening(host, port, os.environ.get(TOKEN_VARIABLE) or None, names, TOKEN_VARIABLE)
    run(database(), where, lambda url: say(f"serving {url}"), read_database())
