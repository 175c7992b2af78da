"""pgcodesearch pack."""

from __future__ import annotations

from typing import Any

import click

from pgcodesearch.cli._context import json_option, open_client


@click.command("pack")
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--tokens", type=int, default=2000, show_default=True, help="Room for the answer.")
@click.option("--repository", metavar="NAME", help="Only this repository, or NAME@BRANCH.")
@click.option("--path", metavar="GLOB", help="Only files like this: 'src/**/*.py'.")
@click.option("--language", metavar="NAME", help="Only this language: python, typescript, go, ...")
@click.option("--kind", metavar="KIND", help="Only function, method, class, module, block, ... (see search).")
@click.option("--session", metavar="NAME", help="Leave out code that this session was given before.")
@click.option("--no-log", is_flag=True, help="Keep this search out of the query log.")
@json_option
def command(words: tuple[str, ...], no_log: bool, as_json: bool, **options: Any) -> None:
    """Print the best code for QUERY... in a number of tokens: chunks as a whole, then signatures of what has no room.

    For a reader that pays by the token, like a language model. Tokens are estimated.
    """
    from dataclasses import asdict

    from pgcodesearch.cli._output import print_json
    from pgcodesearch.cli._search import nothing_found
    from pgcodesearch.searching.queries import query_text
    from pgcodesearch.terminal import say, say_code

    with open_client() as client:
        found = client.pack(query_text(words), log=not no_log, **options)
    if as_json:
        print_json(asdict(found))
    elif found.pieces:
        say_code(found.text.rstrip("\n"))
        say(f"{found.total_tokens} tokens; {found.saved_tokens} fewer than these files as a whole", err=True)
    else:
        say(f"{nothing_found({'symbol': None, 'min_score': None, **options})} in {options['tokens']} tokens")
