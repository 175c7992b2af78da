"""The vector index of a model version, put in the place of another while searches and writers go on; and what share of
the nearest vectors it finds."""

from __future__ import annotations

from dataclasses import dataclass

from pgcodesearch.database.errors import mapped_errors
from pgcodesearch.database.rows import Connection, one_row


@dataclass(frozen=True)
class Recall:
    """Recall@10 where a search reads ``read`` vectors, ``overfetch`` for each that it keeps. The order is the index's
    (``index``), or that of bits compared with all vectors, which is the most an index of bits can give."""

    first_pass: str
    index: bool
    overfetch: float
    read: int
    recall: float


def change_vector_index(connection: Connection, name: str) -> bool:
    """Build the index that a model version's settings ask for and drop the other; False where there is nothing to do.

    Searches go by the one there is until the other is ready. Wants autocommit and the owner of the tables.
    Interrupted, the next call drops what was left and begins anew. Raises UnknownModel.
    """
    with mapped_errors():
        model = _model(connection, name)
        _drop_unwanted(connection, model)
        present, wanted, definition = one_row(
            connection,
            "select codesearch.vector_first_pass(m), codesearch.current_settings(m) ->> 'vector.first_pass',"
            " codesearch.vector_index_definition(m) from cast(%s as int) m",
            (model,),
        )
        if present in (None, wanted):
            return False
        (before,) = one_row(connection, "select current_setting('lock_timeout')")
        connection.execute("set lock_timeout = 0")  # it waits for running searches by design, and blocks none
        connection.execute(f"create index concurrently {definition}".encode())
        _drop_unwanted(connection, model)
        connection.execute("select set_config('lock_timeout', %s, false)", (before,))
        return True


def ensure_vector_indexes(connection: Connection) -> None:
    """See that each model version that is searched, or may be, has an index of its vectors, where they are enough; a
    transaction each."""
    rows = connection.execute(
        "select model_version_id from codesearch.model_version where status in ('active', 'candidate') order by 1"
    ).fetchall()
    connection.commit()
    for (model,) in rows:
        connection.execute("select codesearch.ensure_vector_index(%s)", (model,))
        connection.commit()


def build_vector_index(connection: Connection, name: str, first_pass: str | None = None) -> bool:
    """See that a model version has the index that its settings ask for; ``first_pass`` becomes its own setting before.

    False where it has it already, or too few vectors for one. Raises UnknownModel, InvalidArgument where the database's
    own setting says otherwise.
    """
    with mapped_errors():
        if first_pass is not None:
            connection.execute("select codesearch.choose_first_pass(%s, %s)", (name, first_pass))
        model = _model(connection, name)
        (built,) = one_row(connection, "select codesearch.ensure_vector_index(%s)", (model,))
    return change_vector_index(connection, name) or bool(built)


def measure_recall(connection: Connection, name: str, samples: int | None = None) -> list[Recall]:
    """What the index of a model version finds, and what one of bits could, for several lengths of the list.

    Asks queries that were asked where the database embeds them by look-up, else vectors of chunks. The index's own
    recall is kept in ``vector_recall``. Raises UnknownModel.
    """
    with mapped_errors():
        model = _model(connection, name)
        rows = connection.execute(
            "select codesearch.vector_first_pass(r.model_version_id), true, o.overfetch,"
            " ceil(codesearch.setting_number('search.candidates') * codesearch.setting_number('vector.overfetch')"
            " * o.overfetch)::int, r.recall"
            " from codesearch.measure_vector_recall(%(model)s, %(samples)s) r, codesearch.vector_order(%(model)s) o"
            " union all select 'bit', false, b.overfetch, b.read, b.recall"
            " from codesearch.measure_first_pass(%(model)s, %(samples)s) b where b.recall is not null",
            {"model": model, "samples": samples},
        ).fetchall()
    return [Recall(*row) for row in rows]


def _model(connection: Connection, name: str) -> int:
    return int(one_row(connection, "select model_version_id from codesearch.named_model(%s)", (name,))[0])


def _drop_unwanted(connection: Connection, model: int) -> None:
    rows = connection.execute("select codesearch.unwanted_vector_indexes(%s)::text", (model,)).fetchall()
    for (index,) in rows:
        connection.execute(f"drop index concurrently if exists {index}".encode())
