"""Query tables in the database."""

from __future__ import annotations

import numpy as np
from pgvector import HalfVector
from psycopg.types.json import Jsonb

from pgcodesearch.database.errors import InvalidArgument, UnknownModel, mapped_errors
from pgcodesearch.database.rows import Connection
from pgcodesearch.query_tables.judging import Verdict
from pgcodesearch.query_tables.table import QueryTable


def store(connection: Connection, model: str, table: QueryTable) -> None:
    """Give a model version its query table, in place of the one it has, until :func:`keep_verdict` says otherwise.

    Raises UnknownModel; InvalidArgument for a table of another dimension.
    """
    with mapped_errors(), connection.transaction():
        version = held_version(connection, model, "query table", table.vectors.shape[1])
        connection.execute("delete from codesearch.query_table where model_version_id = %s", (version,))
        connection.execute(
            "insert into codesearch.query_table (model_version_id, tokenizer, settings, accepted, metrics)"
            " values (%s, %s, %s, true, %s)",
            (version, Jsonb(table.tokenizer), Jsonb(table.settings), Jsonb(table.metrics)),
        )
        _copy(connection, version, table)


def held_version(connection: Connection, model: str, kind: str, dimension: int) -> int:
    """The id of a model version, held until the transaction ends, whose table of a kind has this dimension.

    Raises UnknownModel; InvalidArgument where the model's dimension is another.
    """
    row = connection.execute(
        "select model_version_id, dimension from codesearch.model_version where name = %s for update",
        (model,),
    ).fetchone()
    if row is None:
        raise UnknownModel(f"there is no model version {model!r}")
    version, own = row
    if dimension != own:
        raise InvalidArgument(
            f"the {kind} has dimension {dimension}, model version {model!r} has {own}",
            hint="it was made for another model",
        )
    return int(version)


def _copy(connection: Connection, version: int, table: QueryTable) -> None:
    statement = "copy codesearch.query_token (model_version_id, token, embedding) from stdin (format binary)"
    halves = table.vectors.astype(np.float16)
    with connection.cursor() as cursor, cursor.copy(statement) as rows:
        rows.set_types(["int4", "text", "halfvec"])
        for token, half, there in zip(table.tokens, halves, table.has_vector, strict=True):
            if token:
                rows.write_row((version, token, HalfVector(half) if there else None))


def keep_verdict(connection: Connection, model: str, verdict: Verdict) -> None:
    """Keep what the gate said of a stored query table."""
    with mapped_errors():
        connection.execute(
            "update codesearch.query_table set accepted = %s, reason = %s, metrics = metrics || %s"
            " where model_version_id = (select model_version_id from codesearch.model_version where name = %s)",
            (verdict.accepted, verdict.reason, Jsonb(verdict.metrics()), model),
        )
