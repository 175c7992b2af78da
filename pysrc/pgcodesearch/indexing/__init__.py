"""From files on disk to searchable rows: walking, reading, storing, and the worker that chunks and embeds."""

from pgcodesearch.indexing.sync import SyncResult, sync_repository
from pgcodesearch.indexing.worker import Worker

__all__ = ["SyncResult", "Worker", "sync_repository"]
