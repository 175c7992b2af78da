"""pgcodesearch outline."""

from __future__ import annotations

from typing import Any

import click

from pgcodesearch.cli._context import json_option, open_client


@click.command("outline")
@click.argument("repository")
@click.option("--tokens", type=int, default=2000, show_default=True, help="Room for the map.")
@click.option("--path", metavar="GLOB", help="Only files like this: 'src/**/*.py'.")
@click.option("--language", metavar="NAME", help="Only this language: python, typescript, go, ...")
@json_option
def command(repository: str, as_json: bool, **options: Any) -> None:
    """Print a map of REPOSITORY in a number of tokens: files and their most important definitions."""
    from dataclasses import asdict

    from pgcodesearch.cli._output import print_json
    from pgcodesearch.terminal import say, say_code

    with open_client() as client:
        rows = client.outline(repository, **options)
    if as_json:
        print_json([asdict(row) for row in rows])
    elif rows:
        say_code("".join(row.text for row in rows).rstrip("\n"))
    else:
        say(f"no definitions, or none has room in {options['tokens']} tokens")
