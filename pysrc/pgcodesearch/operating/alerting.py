"""Posts the alerts that wait in the database: at least once each, by one poster at a time."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.rows import Connection, one_row
from pgcodesearch.operating.webhook import Webhook, WebhookFailed


def post_alerts(connection: Connection, webhook: Webhook) -> str:
    """Post all that wait; what was done, in words. Raises WebhookFailed: what was not taken waits for the next call.

    As with jobs, the claim is committed before the post and settled after it: no row is locked while a receiver takes
    its time, and what a poster that died had claimed is posted by another when its lease ends.
    """
    posted = 0
    while alerts := _claim(connection):
        ids = [alert["alert_id"] for alert in alerts]
        try:
            webhook.post(document(connection.info.dbname, alerts))
        except WebhookFailed as error:
            waiting = _settle(connection, ids, error.message)
            raise WebhookFailed(f"{error.message}; {waiting} alerts wait") from None
        _settle(connection, ids, None)
        posted += len(ids)
    return f"{posted} alerts posted"


def document(database: str, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    """What is posted: ``text`` for receivers that show one (Slack, Mattermost), and the alerts for those that read."""
    lines = [f"pgcodesearch, database {database}:", *(alert["text"] for alert in alerts)]
    return {"text": "\n".join(lines), "database": database, "alerts": alerts}


def _claim(connection: Connection) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        alerts = cursor.execute(
            "select alert_id, raised_at, subject, state, previous_state, text, details from codesearch.claim_alerts()"
        ).fetchall()
    connection.commit()
    return alerts


def _settle(connection: Connection, ids: list[int], error: str | None) -> int:
    row = one_row(connection, "select codesearch.settle_alerts(%s, %s)", (ids, error))
    connection.commit()
    return int(row[0])
