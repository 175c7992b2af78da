"""Embeds queries inside a PostgreSQL backend: what the PL/Python function ``codesearch.embed_in_server`` calls."""

from __future__ import annotations

import hashlib
import os
import signal
from typing import TYPE_CHECKING, Any

# A backend is a single-threaded process: libraries must not start threads that its signal handlers know nothing of.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Each backend would take its own share of a GPU's memory for as long as its session lasts.
os.environ["PGCODESEARCH_EMBEDDING_PROVIDER"] = "cpu"

if TYPE_CHECKING:
    from pgcodesearch.embedding.embedder import Embedder

_KEPT_MODELS = 2  # the active one and, while models are compared, a candidate
_STATE = "pgcodesearch.embedders"
_SLICE_BYTES = 1_000_000
_LIST = """
    select file, encode(sha256, 'hex') as sha256, octet_length(content) as size
    from codesearch.model_artefact where model_version_id = $1
"""
_SLICE = """
    select substring(content from $3 for $4) as slice
    from codesearch.model_artefact where model_version_id = $1 and file = $2
"""


def embed_query(plpy: Any, session: dict[str, Any], query: str, model_version_id: int) -> list[float]:
    """The query's unit vector, (dimension,) floats.

    ``plpy`` and ``session`` are PL/Python's module and its GD. Raises ArtefactCorrupt, also where there are no files.
    """
    embedder = _embedder(plpy, session, model_version_id)
    vector: list[float] = embedder.encode([query], kind="query")[0].tolist()
    return vector


def _embedder(plpy: Any, session: dict[str, Any], model_version_id: int) -> Embedder:
    """The session's embedder of these files, known by their SHA-256; read from the database where it is new."""
    listed = _run(plpy, session, _LIST, ["int4"], [model_version_id])
    names = ";".join(sorted(f"{row['file']}={row['sha256']}" for row in listed))
    digest = hashlib.sha256(names.encode()).hexdigest()
    kept: dict[str, Embedder] = session.setdefault(_STATE, {})
    if digest not in kept:
        kept[digest] = _load({row["file"]: _read(plpy, session, model_version_id, row) for row in listed})
        while len(kept) > _KEPT_MODELS:
            del kept[next(iter(kept))]
    return kept[digest]


def _read(plpy: Any, session: dict[str, Any], model_version_id: int, row: Any) -> bytes:
    """A file in slices: each copy that the server makes of a value stays with the backend's memory."""
    content = bytearray()
    while len(content) < row["size"]:
        given = [model_version_id, row["file"], len(content) + 1, _SLICE_BYTES]
        (piece,) = _run(plpy, session, _SLICE, ["int4", "text", "int4", "int4"], given)
        content += piece["slice"]
    return bytes(content)


def _load(files: dict[str, bytes]) -> Embedder:
    """Import the libraries and make the session, with every signal blocked: a thread that one of them starts all the
    same inherits that, so the backend's signals still reach the backend's own thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        from pgcodesearch.embedding.errors import EndpointUnavailable
        from pgcodesearch.embedding.loading import embedder_from

        embedder = embedder_from(files, threads=1)
        if embedder.remote:
            # embed_query refuses before; a version whose configuration does not tell ends here.
            raise EndpointUnavailable(
                "a backend waits for no endpoint, which would hold its snapshot", "Pass query_embedding."
            )
        embedder.encode(["x"], kind="query")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return embedder


def _run(plpy: Any, session: dict[str, Any], query: str, types: list[str], values: list[Any]) -> Any:
    plan = session.get(query)
    if plan is None:
        plan = session[query] = plpy.prepare(query, types)
    return plpy.execute(plan, values)
