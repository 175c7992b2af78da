"""Embeds the messages of a repository's commits: work that is owed to its history, not to a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg

from pgcodesearch.indexing.encoding import RemoteEmbedder, encode_code

if TYPE_CHECKING:
    from pgcodesearch.embedding import Embedder

_MESSAGES_A_COMMIT = 128


def embed_messages(
    connection: psycopg.Connection[Any],
    worker: str,
    repository_id: int,
    model_version_id: int,
    load: Callable[[], Embedder | RemoteEmbedder],
    stopping: Callable[[], bool],
) -> bool:
    """Embed what lacks a vector of a model version, round by round, the newest first; False where it ended before all
    have one: told to stop, or the rest is being removed. Raises what the embedder raises, psycopg.Error."""
    wanted = _MESSAGES_A_COMMIT
    while not stopping():
        pending = connection.execute(
            "select commit_id, text from codesearch.pending_commits(%s, %s, %s)",
            (model_version_id, repository_id, wanted),
        ).fetchall()
        connection.commit()
        if not pending:
            return True
        embedder = load()
        wanted = int(getattr(embedder, "texts_a_request", wanted))
        pending = pending[:wanted]
        encoded = encode_code(embedder, [text for _, text in pending])
        row = connection.execute(
            "select codesearch.store_commit_embeddings(%s, %s, %s, %s)",
            (model_version_id, repository_id, [commit_id for commit_id, _ in pending], encoded.array),
        ).fetchone()
        connection.execute("select codesearch.renew_leases(%s)", (worker,))
        connection.commit()
        if not (row and row[0]):
            return False
    return False
