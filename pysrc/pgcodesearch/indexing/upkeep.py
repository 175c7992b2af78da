"""What a worker does when the queue is empty: the steps that are worth their time only after many changes."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from pgcodesearch.operating.alerting import post_alerts
from pgcodesearch.operating.vector_indexes import ensure_vector_indexes
from pgcodesearch.operating.webhook import Webhook, WebhookFailed
from pgcodesearch.terminal import say

# Each write appends a part to the inverted index; from here on folding them pays.
_PARTS = 200
_SECONDS_BETWEEN = 60.0


class Upkeep:
    """Folds inverted indexes that were written to often, builds a vector index once there is something to index, and
    posts the alerts that wait where there is a webhook."""

    def __init__(self, connection: psycopg.Connection[Any], webhook: Webhook | None = None) -> None:
        self._connection = connection
        self._webhook = webhook
        self._next_post = 0.0
        self._stages: set[str] = set()
        self._next = 0.0

    def note(self, stage: str) -> None:
        """Jobs of a stage were done since the last run."""
        self._stages.add(stage)

    def run(self) -> None:
        """Do what is due; on the indexes nothing where no job was done since, or the last time was a moment ago."""
        self._post()
        if not self._stages or time.monotonic() < self._next:
            return
        if "chunk" in self._stages:
            self._fold()
        if "embed" in self._stages:
            ensure_vector_indexes(self._connection)
        self._stages.clear()
        self._next = time.monotonic() + _SECONDS_BETWEEN

    def _fold(self) -> None:
        rows = self._connection.execute(
            "select repository_id from codesearch.lexical_statistic where level = 0"
            " group by 1 having count(*) > %s order by 1",
            (_PARTS,),
        ).fetchall()
        self._connection.commit()
        for (repository_id,) in rows:
            self._connection.execute("select codesearch.refresh_lexical_index(%s)", (repository_id,))
            self._connection.commit()

    def _post(self) -> None:
        if self._webhook is None or time.monotonic() < self._next_post:
            return
        self._next_post = time.monotonic() + _SECONDS_BETWEEN
        try:
            post_alerts(self._connection, self._webhook)
        except WebhookFailed as error:
            say(f"alerts: {error.message}", err=True)
        except psycopg.errors.InsufficientPrivilege:
            self._connection.rollback()
            self._webhook = None
            say("alerts: not posted: this takes the rights of codesearch_admin", err=True)
