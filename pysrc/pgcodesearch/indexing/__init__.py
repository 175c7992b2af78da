"""From files on disk to searchable rows: walking, reading, storing, and the worker that chunks and embeds."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pgcodesearch.indexing.running import IndexOptions, IndexReport, index_folder
    from pgcodesearch.indexing.sync import sync_repository
    from pgcodesearch.indexing.target import SyncResult
    from pgcodesearch.indexing.worker import Worker

__all__ = ["IndexOptions", "IndexReport", "SyncResult", "Worker", "index_folder", "sync_repository"]

_MODULES = {"SyncResult": "target", "Worker": "worker", "sync_repository": "sync"}


def __getattr__(name: str) -> Any:
    # What only looks at a folder needs neither parsers nor workers.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'running')}")
    return getattr(module, name)
