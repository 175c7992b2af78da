"""The state of model versions: listed, switched, dropped, and whether to train another."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.database.rows import Connection, one_row


def list_models(connection: Connection) -> list[dict[str, Any]]:
    """The rows of codesearch.model_status, the active model first, then the newest."""
    with mapped_errors(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from codesearch.model_status order by status <> 'active', model_version_id desc"
        ).fetchall()


def activate(connection: Connection, name: str, reason: str | None = None, force: bool = False) -> bool:
    """Let a model version answer; False where it does already.

    Raises UnknownModel, ModelNotReady, CandidateRefused; ``force`` passes over the last two.
    """
    with mapped_errors():
        (activation,) = one_row(
            connection, "select codesearch.activate_model(%s, %s, %s)", (name, reason, force)
        )
    return activation is not None


def rollback(connection: Connection) -> str:
    """Undo the newest switch; the name of the model that answers now. Raises ModelInUse where there is none before."""
    with mapped_errors():
        (name,) = one_row(connection, "select codesearch.rollback_model()")
    return str(name)


def change_model(connection: Connection, action: str, name: str) -> None:
    """``drop`` or ``retire`` a model version. Raises UnknownModel, ModelInUse."""
    statement = {
        "drop": "select codesearch.drop_model(%s)",
        "retire": "select codesearch.retire_model(%s)",
    }[action]
    with mapped_errors():
        connection.execute(statement, (name,))


def training_advice(connection: Connection, few: int = 10_000) -> dict[str, Any]:
    """Whether to train on this database's use: ``answer``, ``reason``, and the ``numbers`` it comes from.

    ``few``: triplets below which a gain is not to be expected.
    """
    with mapped_errors():
        return dict(one_row(connection, "select codesearch.training_advice(few => %s)", (few,))[0])
