"""The options of `models add` and `models move` for a model behind an endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

# How a model is reached.
_PLACE = [
    click.option("--endpoint", metavar="URL", help="Base of the service's addresses: https://api.openai.com/v1."),
    click.option("--remote-model", metavar="NAME", help="The service's name of its model."),
    click.option("--api-key-variable", metavar="VARIABLE",
                 help="Environment variable that has the key wherever texts are embedded: OPENAI_API_KEY."),
    click.option("--batch-texts", metavar="N", type=click.IntRange(1, 2048), help="Texts of one request; default: 32."),
    click.option("--timeout", metavar="SECONDS", type=click.FloatRange(1, 3600),
                 help="Wait for an answer while indexing; default: 45."),
]  # fmt: skip
# What it makes of a text: it never changes under a name.
_MODEL = [
    click.option("--dimension", metavar="N", type=click.IntRange(1, 4000),
                 help="Width its vectors must have; default: what it answers."),
    click.option("--send-dimensions", is_flag=True, default=None,
                 help="Ask for vectors of --dimension, of a model that can shorten them."),
    click.option("--max-tokens", metavar="N", type=click.IntRange(min=3),
                 help="Tokens of a text that the model reads; default: 512."),
    click.option("--tokenizer", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="The model's tokenizer.json, to count tokens exactly instead of two bytes for each."),
    click.option("--query-prefix", metavar="TEXT", help="What the model wants before a query."),
    click.option("--code-prefix", metavar="TEXT", help="What the model wants before a text of the index."),
]  # fmt: skip


def endpoint_options(function: Function) -> Function:
    """Add the options; the command gets them by keyword, for :func:`files_of`."""
    for option in reversed(_PLACE + _MODEL):
        function = option(function)
    return function


def move_options(function: Function) -> Function:
    """Add the options that say how a model is reached; the command gets them by keyword, for :func:`changes_of`."""
    function = click.option("--no-api-key", is_flag=True, default=None, help="Send no key any more.")(
        function
    )
    for option in reversed(_PLACE):
        function = option(function)
    return function


def changes_of(options: dict[str, Any]) -> dict[str, Any]:
    """The keys of an endpoint's configuration that the options change; raises click.UsageError for none."""
    given = {option: value for option, value in options.items() if value is not None}
    if given.pop("no_api_key", None):
        if "api_key_variable" in given:
            raise click.UsageError("--no-api-key and --api-key-variable exclude each other")
        given["api_key_variable"] = None
    if not given:
        raise click.UsageError("nothing to change: give --endpoint or another option")
    names = {"endpoint": "url", "remote_model": "model"}
    return {names.get(option, option): value for option, value in given.items()}


def files_of(model: str, name: str | None, options: dict[str, Any]) -> dict[str, bytes] | None:
    """The files of the model version that the options describe, None without --endpoint; raises click.UsageError."""
    given = {option: value for option, value in options.items() if value is not None}
    if "endpoint" not in given:
        if given:
            raise click.UsageError(
                f"--{next(iter(given)).replace('_', '-')} is for models behind an --endpoint"
            )
        return None
    if "remote_model" not in given:
        raise click.UsageError("--endpoint needs --remote-model, the service's name of its model")
    if name is not None:
        raise click.UsageError("with --endpoint MODEL is the name: leave --name out")
    from pgcodesearch.embedding.endpoint.adding import endpoint_files

    endpoint = {"url": given["endpoint"], "model": given["remote_model"]} | {
        key: given[key]
        for key in ("api_key_variable", "send_dimensions", "batch_texts", "timeout")
        if key in given
    }
    prefixes = {kind: given[f"{kind}_prefix"] for kind in ("query", "code") if f"{kind}_prefix" in given}
    tokenizer = given["tokenizer"].read_bytes() if "tokenizer" in given else None
    return endpoint_files(
        model, endpoint, dimension=given.get("dimension"), max_tokens=given.get("max_tokens"), prefixes=prefixes,
        tokenizer=tokenizer,
    )  # fmt: skip
