"""The embedder of a model version that a database keeps, without reading its 23 MB from there at every start.

The files come from the package where they are the ones that ship, else from the cache
``$PGCODESEARCH_HOME/models/<digest>``, else from the database, which fills the cache. A process loads the same files
once, whichever database names them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.database.errors import UnknownModel
from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.embedder import Embedder
from pgcodesearch.embedding.errors import ArtefactCorrupt
from pgcodesearch.embedding.loaded import LoadedModels
from pgcodesearch.embedding.loading import embedder_from
from pgcodesearch.embedding.threads import available_cpus

LOADED = LoadedModels()

_DESCRIBE = """
    select m.model_version_id, m.name, m.dimension, a.file, encode(a.sha256, 'hex'),
        (codesearch.query_encoder(m.model_version_id)).encoder = 'table'
    from codesearch.model_version m left join codesearch.model_artefact a using (model_version_id)
    where m.name = %(name)s or m.model_version_id = %(id)s
       or (%(name)s::text is null and %(id)s::int is null and m.status = 'active')
"""


@dataclass(frozen=True)
class StoredModel:
    """A row of model_version, the SHA-256 of each of its files in hexadecimal, and whether the database embeds its
    queries by look-up."""

    model_version_id: int
    name: str
    dimension: int
    sha256: Mapping[str, str]
    has_query_table: bool

    @property
    def digest(self) -> str:
        """One name for all the files together."""
        listed = "".join(f"{file}={self.sha256[file]};" for file in sorted(self.sha256))
        return hashlib.sha256(listed.encode()).hexdigest()

    @property
    def has_graph(self) -> bool:
        """Whether it runs here, and not behind an endpoint."""
        return "model.onnx" in self.sha256


def describe_model(
    connection: Connection, name: str | None = None, model_version_id: int | None = None
) -> StoredModel | None:
    """The model version of a name or an id, the active one without either; None where none is active.

    Raises UnknownModel for a name or id the database does not have.
    """
    rows = connection.execute(_DESCRIBE, {"name": name, "id": model_version_id}).fetchall()
    if not rows:
        if name is None and model_version_id is None:
            return None
        raise UnknownModel(f"there is no model version {name or model_version_id!r}")
    found, stored_name, dimension, *_, by_table = rows[0]
    sha256 = {file: found for *_, file, found, _ in rows if file}
    return StoredModel(found, stored_name, dimension, sha256, bool(by_table))


def load_stored(connection: Connection, model: StoredModel, threads: int | None = None) -> Embedder:
    """The embedder of a model version, the same for all that ask in this process with the same ``threads``.

    Raises ArtefactCorrupt, UnknownModel where it has no files.
    """
    if not model.sha256:
        raise UnknownModel(f"model version {model.name!r} has no files", hint="add it again with its files")
    return LOADED.get(_key(model, threads), lambda: _load(connection, model, threads))


def load_named(connection: Connection, name: str | None = None) -> Embedder | None:
    """The embedder of a model version by name, of the active one without a name; None where none is active.

    Raises UnknownModel for a name the database does not have, or a model version without files.
    """
    model = describe_model(connection, name)
    return load_stored(connection, model) if model else None


def query_embedder(connection: Connection, name: str | None = None) -> Embedder | None:
    """What embeds queries for a model version: as :func:`load_named`, None where the database does it by look-up."""
    model = describe_model(connection, name)
    return load_stored(connection, model) if model and not model.has_query_table else None


def load_local(model: StoredModel) -> Embedder | None:
    """What :func:`load_stored` gives, ready to run, where its files are on this machine; needs no connection."""
    if not model.sha256:
        return None
    embedder = LOADED.get(_key(model, None), lambda: _load_local(model, None))
    if embedder and not embedder.remote:
        embedder.encode([model.name])
    return embedder


def is_loaded(model: StoredModel) -> bool:
    """Whether this process has the model that :func:`load_local` gives."""
    return LOADED.has(_key(model, None))


def _key(model: StoredModel, threads: int | None) -> tuple[str, int]:
    return model.digest, threads or available_cpus()


def _load(connection: Connection, model: StoredModel, threads: int | None) -> Embedder:
    local = _load_local(model, threads)
    return local or embedder_from(_fetch(connection, model), threads)


def _load_local(model: StoredModel, threads: int | None) -> Embedder | None:
    # Reading and hashing 23 MB leaves the interpreter free for the imports.
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_local_files, model)
        if model.has_graph:
            from pgcodesearch.embedding import graph  # noqa: F401

        local = reading.result()
    return embedder_from(local, threads, compared=True) if local else None


def _local_files(model: StoredModel) -> dict[str, bytes] | None:
    from pgcodesearch.embedding.artefact import SHIPPED_MODELS, read_matching

    for folder in (SHIPPED_MODELS / model.name.replace("/", "_"), cache_folder() / model.digest):
        files = read_matching(folder, model.sha256)
        if files:
            return files
    return None


def _fetch(connection: Connection, model: StoredModel) -> dict[str, bytes]:
    rows = connection.execute(
        "select file, content from codesearch.model_artefact where model_version_id = %s",
        (model.model_version_id,),
        binary=True,
    ).fetchall()
    files = {file: bytes(content) for file, content in rows}
    # Others in this process take them by these hashes, clients of another database too.
    for file, sha256 in model.sha256.items():
        if hashlib.sha256(files.get(file, b"")).hexdigest() != sha256:
            raise ArtefactCorrupt(
                f"{file} of model version {model.name!r} is not the file on record", "Add the model again."
            )
    # Without a cache it is only slower: a full or read-only disk must not stop a search.
    with contextlib.suppress(OSError):
        _write_cache(cache_folder() / model.digest, files)
    return files


def cache_folder() -> Path:
    """Where models of databases are kept between runs; may be deleted at any time."""
    from pgcodesearch.home import home

    return home() / "models"


def _write_cache(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write beside the final place and rename: another process never reads half a model."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        for name, content in files.items():
            if os.path.basename(name) == name:
                (fresh / name).write_bytes(content)
        if folder.exists():  # damaged: it did not match
            shutil.rmtree(folder)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
