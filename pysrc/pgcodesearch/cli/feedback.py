"""pgcodesearch feedback."""

from __future__ import annotations

import click

from pgcodesearch.cli._context import json_option, open_client
from pgcodesearch.cli._output import print_json
from pgcodesearch.terminal import say

_SIGNALS = ["click", "dwell", "copy", "accept", "reject", "edit", "abandon"]


@click.command("feedback")
@click.argument("query_id", type=int)
@click.argument("chunk_id", type=int)
@click.argument("signal", type=click.Choice(_SIGNALS))
@click.option("--value", type=float, help="Seconds for dwell.")
@json_option
def command(query_id: int, chunk_id: int, signal: str, value: float | None, as_json: bool) -> None:
    """Record what you did with a result: QUERY_ID and CHUNK_ID are in what `search --json` prints.

    Models learn from copy, accept, and dwell of 30 seconds or more. abandon is for a search that found nothing of
    use: its CHUNK_ID is 0.
    """
    with open_client() as client:
        chunk = None if signal == "abandon" and chunk_id == 0 else chunk_id
        feedback_id = client.record_feedback(query_id, chunk, signal, value)
    if as_json:
        print_json({"feedback_id": feedback_id})
    else:
        say(f"recorded {signal}" if feedback_id else f"{signal} is kept, and sent when the primary answers")
