"""Results of a search put in order by a language model: kept orders, what it may cost, and what fails."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, tuple_row

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.embedding.endpoint.http import Refused
from pgcodesearch.embedding.errors import EndpointUnavailable
from pgcodesearch.reranking.answer import read_order
from pgcodesearch.reranking.chat import Chat
from pgcodesearch.reranking.completion import NoAnswer, used_tokens
from pgcodesearch.reranking.config import RerankConfig, read_config
from pgcodesearch.reranking.prompt import FORM, Piece, estimated_tokens, fitting

Connection = psycopg.Connection[Any]
# A model that failed is not asked for so long, or as long as it says: every search would wait for it.
_PAUSE_SECONDS = 15.0


@dataclass(frozen=True)
class Order:
    """``places``: those of the search, 1-based, best first, each once; ``failure``: why they are the search's own."""

    places: list[int]
    failure: str | None = None


class Reranker:
    """Asks the model that is configured now; not safe to share between threads."""

    def __init__(self) -> None:
        self._chats: dict[Any, Chat] = {}
        self._paused_until = 0.0

    def config(self, connection: Connection) -> RerankConfig:
        """The configuration; raises InvalidArgument where there is none, InvalidEndpoint."""
        return read_config(connection)

    def order(
        self, connection: Connection, config: RerankConfig, query: str, chunk_ids: Sequence[int]
    ) -> Order:
        """Put chunks in order; whatever the model does, the result is a permutation of them."""
        count = len(chunk_ids)
        unchanged = list(range(1, count + 1))
        if count < 2:
            return Order(unchanged)
        ids = list(chunk_ids)
        with mapped_errors(), connection.cursor(row_factory=class_row(Piece)) as cursor:
            pieces = cursor.execute(
                "select path, symbol, kind, start_line, text from codesearch.rerank_candidates(%s::bigint[], %s)"
                " order by place",
                (ids, config.snippet_characters),
            ).fetchall()
        if len(pieces) != count:
            return Order(unchanged, "the index has changed meanwhile")
        chat = fitting(query, pieces, config.tokens_a_call - config.answer_tokens)
        reserved = estimated_tokens(chat) + config.answer_tokens
        limits = f"{config.snippet_characters} {config.tokens_a_call} {config.answer_tokens}"
        form = f"{FORM} {limits} {config.endpoint.url} {config.endpoint.model}"
        paused = time.monotonic() < self._paused_until
        key, places, refused = _begin(connection, query, ids, form, 0 if paused else reserved)
        if places is not None:
            # A role writes its own kept orders: they are read as an answer is.
            valid = sorted(places) == unchanged
            return Order(places) if valid else Order(unchanged, "the order that was kept is none")
        if paused:
            return Order(unchanged, "the model failed a moment ago, and is not asked again yet")
        if refused is not None:
            return Order(unchanged, refused)
        return self._asked(connection, config, key, chat, reserved, unchanged)

    def _asked(
        self, connection: Connection, config: RerankConfig, key: UUID, chat: list[dict[str, str]], reserved: int,
        unchanged: list[int],
    ) -> Order:  # fmt: skip
        used: int | None = None
        places = None
        failure = None
        try:
            document = self._chat(config).ask(chat, config.answer_tokens)
            used = used_tokens(document)
            places = read_order(document, len(unchanged))
        except NoAnswer as error:
            failure = str(error)
        except Refused as error:
            failure, used = str(error), 0
        except EndpointUnavailable as error:
            # One that had no more time may have done the work, and ask for its price.
            failure, used = str(error), None if error.timed_out else 0
            self._paused_until = time.monotonic() + max(error.retry_after, _PAUSE_SECONDS)
        finally:
            _settle(connection, key, reserved, used, places)
        return Order(places) if places is not None else Order(unchanged, failure)

    def _chat(self, config: RerankConfig) -> Chat:
        if config.endpoint not in self._chats:
            self._chats = {config.endpoint: Chat(config.endpoint)}
        return self._chats[config.endpoint]


def _begin(
    connection: Connection, query: str, ids: list[int], form: str, tokens: int
) -> tuple[UUID, list[int] | None, str | None]:
    with mapped_errors(), connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(
            "with k as materialized (select codesearch.rerank_key(%(query)s, %(ids)s::bigint[], %(form)s) as key)"
            " select k.key, b.places, b.refused from k, codesearch.begin_rerank(k.key, %(query)s, %(tokens)s) b",
            {"query": query, "ids": ids, "form": form, "tokens": tokens},
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _settle(
    connection: Connection, key: UUID, reserved: int, used: int | None, places: list[int] | None
) -> None:
    with mapped_errors():
        connection.execute(
            "select codesearch.settle_rerank(%s, %s, %s, %s::int[])", (key, reserved, used, places)
        )
