"""Which language model describes chunks, and how much it may: settings of the database, the place also from the
environment (``PGCODESEARCH_DESCRIBE_URL``, ``…_MODEL``, ``…_API_KEY_VARIABLE``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.endpoint.config import EndpointConfig
from pgcodesearch.reranking.chosen import chosen_endpoint, read_settings


@dataclass(frozen=True)
class DescribeConfig:
    """``endpoint`` has url, model, api_key_variable and timeout; the others are the settings ``describe.*``.

    ``tokens_a_run``: 0 sets no limit.
    """

    endpoint: EndpointConfig
    answer_tokens: int
    tokens_a_call: int
    tokens_a_run: int


def read_config(connection: Connection, environment: Mapping[str, str] = os.environ) -> DescribeConfig:
    """The configuration that holds now; raises InvalidArgument where no model is set, InvalidEndpoint."""
    settings = read_settings(connection, "describe")
    endpoint = chosen_endpoint(settings, "describe", "describe code", environment)
    return DescribeConfig(
        endpoint, int(settings["describe.answer_tokens"]), int(settings["describe.tokens_a_call"]),
        int(settings["describe.tokens_a_run"]),
    )  # fmt: skip
