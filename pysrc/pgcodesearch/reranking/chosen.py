"""The language model of a purpose: settings of the database say where it is, or, together, the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from pgcodesearch.database.errors import InvalidArgument, mapped_errors
from pgcodesearch.embedding.endpoint.config import EndpointConfig


def read_settings(connection: psycopg.Connection[Any], part: str, *others: str) -> dict[str, Any]:
    """The settings ``part``.* and others by name, as they hold now."""
    with mapped_errors(), connection.cursor(row_factory=tuple_row) as cursor:
        return dict(
            cursor.execute(
                "select name, value from codesearch.settings where starts_with(name, %s) or name = any(%s)",
                (f"{part}.", list(others)),
            ).fetchall()
        )


def chosen_endpoint(
    settings: Mapping[str, Any], part: str, purpose: str, environment: Mapping[str, str]
) -> EndpointConfig:
    """The endpoint that ``part``.url, .model, .api_key_variable and .timeout of the settings name.

    ``PGCODESEARCH_<PART>_URL``, ``…_MODEL`` and ``…_API_KEY_VARIABLE`` take the place of the first three, together.
    Raises InvalidArgument, which names the ``purpose``, where no model is set; InvalidEndpoint for one that may not be
    asked: a key sent without encryption, an address with a password.
    """
    variables = {
        name: f"PGCODESEARCH_{part.upper()}_{name.upper()}" for name in ("url", "model", "api_key_variable")
    }
    if environment.get(variables["url"]):
        url, model, variable = (environment.get(name, "") for name in variables.values())
    else:
        url, model, variable = (settings[f"{part}.{name}"] for name in variables)
    if not url or not model:
        raise InvalidArgument(
            f"no language model is set to {purpose}: there is no {'url' if not url else 'model'}",
            hint=f"select codesearch.change_setting('{part}.url', '\"https://…/v1\"'), and {part}.model; "
            f"or {variables['url']} and {variables['model']}",
        )
    return EndpointConfig.from_mapping(
        {
            "url": url,
            "model": model,
            "api_key_variable": variable or None,
            "timeout": settings[f"{part}.timeout"],
        }
    )
