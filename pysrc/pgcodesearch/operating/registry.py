"""Model versions of a database: added from a folder, filled with vectors, switched, dropped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from pgcodesearch.database import connect
from pgcodesearch.database.errors import InvalidArgument, mapped_errors

if TYPE_CHECKING:
    from pgcodesearch.embedding import Embedder

Connection = psycopg.Connection[Any]
Progress = Callable[[int, int], None]

_POLL_SECONDS = 0.5
# Another precision of the same model leaves cosines above this, another model does not.
_SAME_MODEL = 0.98
_TEXTS_COMPARED = 8


@dataclass(frozen=True)
class Backfill:
    """What a backfill left: coverage 0 to 1, failed files, whether it built the vector index just now, and the settings
    of the model's scale where it measured them."""

    name: str
    embedded_files: int
    failed_files: int
    coverage: float
    index_built: bool
    scale: dict[str, float] | None = None


def list_models(connection: Connection) -> list[dict[str, Any]]:
    """The rows of codesearch.model_status, the active model first, then the newest."""
    with mapped_errors(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from codesearch.model_status order by status <> 'active', model_version_id desc"
        ).fetchall()


def add_model(
    connection: Connection, model: str | Path, name: str | None = None, parent: str | None = None
) -> str:
    """Store a shipped model, or the folder of an ONNX model or of an endpoint's configuration, as a model version; its
    name. Raises ModelNotFound, and what :func:`add_files` raises.
    """
    from pgcodesearch.embedding.artefact import find_model, read_artefact

    return add_files(connection, read_artefact(find_model(model)), name, parent)


def add_files(
    connection: Connection, given: Mapping[str, bytes], name: str | None = None, parent: str | None = None
) -> str:
    """Store a model's files as a model version and queue its vectors; its name.

    The model is loaded and run once first, an endpoint asked: what does not work is not stored. Without ``name`` it has
    that of its config. Raises ArtefactCorrupt, DimensionMismatch, EndpointUnavailable; InvalidArgument for a name that
    is taken.
    """
    from pgcodesearch.embedding.artefact import CONFIG_FILE

    embedder = _probed(given)
    files = embedder.artefact()
    stored_as = name or embedder.name
    with mapped_errors(), connection.transaction():
        # The files as binary parameters: inside one JSON document they may have 255 MB at most.
        (model_version_id,) = _one(
            connection, "select codesearch.add_model(%s, %s, %s, '{}', %s, %s)",
            stored_as, embedder.dimension, embedder.max_tokens, Jsonb(json.loads(files[CONFIG_FILE])), parent,
        )  # fmt: skip
        for file, content in files.items():
            connection.execute(
                "insert into codesearch.model_artefact (model_version_id, file, content, sha256)"
                " values (%s, %s, %s, sha256(%s))",
                (model_version_id, file, content, content),
            )
    return stored_as


def _probed(files: Mapping[str, bytes]) -> Embedder:
    from pgcodesearch.embedding import Embedder
    from pgcodesearch.embedding.artefact import CONFIG_FILE, has_endpoint

    if has_endpoint(files.get(CONFIG_FILE)):
        from pgcodesearch.embedding.endpoint_adding import connect_endpoint

        return connect_endpoint(files)
    embedder = Embedder.from_artefact(files)
    embedder.encode(["def probe(): pass"])
    return embedder


def move_endpoint(connection: Connection, name: str, changes: Mapping[str, Any]) -> None:
    """Let a model version be reached at another place; ``changes`` are keys of the ``endpoint`` of its config.json.

    The new place is asked first, for vectors that the database has: another model's are not taken for this one's.
    Raises UnknownModel, InvalidEndpoint, InvalidArgument for a model without an endpoint, EndpointUnavailable,
    DimensionMismatch.
    """
    from pgcodesearch.embedding.artefact import CONFIG_FILE, ENDPOINT_KEY
    from pgcodesearch.embedding.endpoint_adding import connect_endpoint
    from pgcodesearch.embedding.stored import describe_model, load_stored

    with mapped_errors():
        model = describe_model(connection, name)
        assert model is not None
        if model.has_graph:
            raise InvalidArgument(
                f"model version {name!r} is not behind an endpoint", hint="it runs where the texts are"
            )
        files = load_stored(connection, model).artefact()
    config = json.loads(files[CONFIG_FILE])
    config[ENDPOINT_KEY] |= changes
    embedder = connect_endpoint(files | {CONFIG_FILE: json.dumps(config).encode()})
    _check_same_model(connection, model.model_version_id, embedder)
    with mapped_errors():
        moved = embedder.artefact()[CONFIG_FILE].decode()
        connection.execute("select codesearch.move_endpoint(%s, %s)", (name, moved))


def _check_same_model(connection: Connection, model_version_id: int, embedder: Embedder) -> None:
    """Raises InvalidEndpoint where an embedder's vectors are not those that are stored of the same texts."""
    import numpy as np

    from pgcodesearch.embedding.errors import InvalidEndpoint

    (table,) = _one(connection, "select codesearch.embedding_table(%s)", model_version_id)
    rows = connection.execute(
        f"select s.text, e.embedding::text from {table} e join codesearch.stored_text s using (text_hash)"  # noqa: S608
        f" order by e.text_hash limit {_TEXTS_COMPARED}"
    ).fetchall()
    if not rows:
        return
    stored = np.array([json.loads(vector) for _, vector in rows], dtype=np.float32)
    cosines = (embedder.encode([text for text, _ in rows], "code") * stored).sum(axis=1)
    if cosines.min() < _SAME_MODEL:
        raise InvalidEndpoint(
            f"the endpoint gives other vectors than those that are stored: cosine {cosines.min():.3f}",
            "It serves another model: add it under a name of its own with `pgcodesearch models add`.",
        )


def backfill(
    database: str | None, name: str, progress: Progress = lambda done, total: None, scaled: bool = True
) -> Backfill:
    """Embed all that a model version lacks, in this process, beside other workers; then build its vector index.

    A model without a scale of its own gets it (:func:`pgcodesearch.evaluating.scale.fit_scale`), unless ``scaled`` is
    False. Killed at any point it goes on when called again. Raises UnknownModel; EndpointUnavailable, DimensionMismatch
    where the model's endpoint cannot be used, and what is embedded stays.
    """
    from pgcodesearch.evaluating.scale import fit_scale
    from pgcodesearch.indexing.pool import local_workers_that_died
    from pgcodesearch.indexing.worker import Worker

    with connect(database) as connection, mapped_errors():
        if died := local_workers_that_died(connection):
            connection.execute("select codesearch.release_jobs(%s, died => true)", (died,))
        (total,) = _one(connection, "select codesearch.backfill_model(%s)", name)
        (model_version_id,) = _one(
            connection, "select model_version_id from codesearch.model_version where name = %s", name
        )
        connection.commit()
        worker = Worker(connection, stages=("embed",))
        try:
            while owed := _owed_files(connection, name):
                progress(total - owed, total)
                if not worker.run_once()[1]:
                    worker.absences.check(model_version_id)
                    time.sleep(_POLL_SECONDS)  # other workers hold the rest
        except BaseException:
            if not connection.closed:
                worker.release()
            raise
        (built,) = _one(connection, "select codesearch.ensure_vector_index(%s)", model_version_id)
        connection.commit()
        failed, coverage = _one(
            connection, "select failed_files, coverage from codesearch.model_status where name = %s", name
        )
        progress(total, total)
        connection.commit()
        connection.autocommit = True
        scale = fit_scale(connection, name) if scaled else None
        return Backfill(name, total - failed, failed, coverage, built, scale)


def _owed_files(connection: Connection, name: str) -> int:
    """Files that are due or being worked on; those that failed and wait for another attempt are left out."""
    (owed,) = _one(
        connection, "select count(*) from codesearch.index_job j"
        " join codesearch.model_version m using (model_version_id)"
        " where m.name = %s and (j.state = 'running' or (j.state = 'queued' and j.run_after <= clock_timestamp()))",
        name,
    )  # fmt: skip
    connection.commit()
    return int(owed)


def activate(connection: Connection, name: str, reason: str | None = None, force: bool = False) -> bool:
    """Let a model version answer; False where it does already.

    Raises UnknownModel, ModelNotReady, CandidateRefused; ``force`` passes over the last two.
    """
    with mapped_errors():
        (activation,) = _one(connection, "select codesearch.activate_model(%s, %s, %s)", name, reason, force)
    return activation is not None


def rollback(connection: Connection) -> str:
    """Undo the newest switch; the name of the model that answers now. Raises ModelInUse where there is none before."""
    with mapped_errors():
        (name,) = _one(connection, "select codesearch.rollback_model()")
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
        return dict(_one(connection, "select codesearch.training_advice(few => %s)", few)[0])


def _one(connection: Connection, statement: str, *parameters: Any) -> tuple[Any, ...]:
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return tuple(row)
