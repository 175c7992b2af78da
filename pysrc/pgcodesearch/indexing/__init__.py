"""From files on disk to searchable rows: walking, reading, storing, and the worker that chunks and embeds."""

from pgcodesearch.indexing.running import IndexOptions, IndexReport, index_folder
from pgcodesearch.indexing.sync import sync_repository
from pgcodesearch.indexing.target import SyncResult
from pgcodesearch.indexing.worker import Worker

__all__ = ["IndexOptions", "IndexReport", "SyncResult", "Worker", "index_folder", "sync_repository"]
