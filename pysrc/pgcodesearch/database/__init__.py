"""Connections, the embedded server, the schema and its SQL files, and typed errors."""

from pgcodesearch.database.connection import connect, resolve_url, without_password
from pgcodesearch.database.errors import CodeSearchError

__all__ = ["CodeSearchError", "connect", "resolve_url", "without_password"]
