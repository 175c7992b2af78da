"""Which language model is asked, and how much: settings of the database, the place also from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from pgcodesearch.embedding.endpoint.config import EndpointConfig
from pgcodesearch.reranking.chosen import chosen_endpoint, read_settings

# Instead of the settings rerank.url, .model and .api_key_variable, together.
URL_VARIABLE = "PGCODESEARCH_RERANK_URL"
MODEL_VARIABLE = "PGCODESEARCH_RERANK_MODEL"
KEY_VARIABLE = "PGCODESEARCH_RERANK_API_KEY_VARIABLE"


@dataclass(frozen=True)
class RerankConfig:
    """``endpoint`` has url, model, api_key_variable and timeout; the others are the settings ``rerank.*``.

    ``most_results`` is the database's ``search.max_results``: no search may ask for more candidates.
    """

    endpoint: EndpointConfig
    candidates: int
    snippet_characters: int
    answer_tokens: int
    tokens_a_call: int
    most_results: int

    @property
    def name(self) -> str:
        """What the log calls the model."""
        return self.endpoint.model


def read_config(
    connection: psycopg.Connection[Any], environment: Mapping[str, str] = os.environ
) -> RerankConfig:
    """The configuration that holds now.

    Raises InvalidArgument where no model is set, InvalidEndpoint for one that may not be asked: a key sent without
    encryption, an address with a password.
    """
    settings = read_settings(connection, "rerank", "search.max_results")
    endpoint = chosen_endpoint(settings, "rerank", "put results in order", environment)
    return RerankConfig(
        endpoint, int(settings["rerank.candidates"]), int(settings["rerank.snippet_characters"]),
        int(settings["rerank.answer_tokens"]), int(settings["rerank.tokens_a_call"]),
        int(settings["search.max_results"]),
    )  # fmt: skip
