"""What is no use as a training pair, and why. A reason is counted in the report; None lets the thing pass."""

from __future__ import annotations

from pgcodesearch.chunking import Chunk
from pgcodesearch.indexing.secrets import find_secret

SKIPPED_FLAGS = ("test", "generated", "vendored")
QUERY_CHARACTERS = (3, 400)
CODE_CHARACTERS = (40, 40_000)
_LEAST_LINES = 2


def file_reason(path_flags: list[str]) -> str | None:
    """Tests ask for behaviour without having it; what a program wrote or someone copied in is not the repository's."""
    return next((flag for flag in SKIPPED_FLAGS if flag in path_flags), None)


def chunk_reason(chunk: Chunk) -> str | None:
    """Code that says too little, or too much for one vector."""
    lines = sum(1 for line in chunk.content.splitlines() if line.strip())
    if lines < _LEAST_LINES or len(chunk.content) < CODE_CHARACTERS[0]:
        return "code too short"
    return "code too long" if len(chunk.content) > CODE_CHARACTERS[1] else None


def pair_reason(path: str, query: str, code: str) -> str | None:
    """A query of a length that someone types, and no key or password in either text."""
    if not QUERY_CHARACTERS[0] <= len(query.strip()) <= QUERY_CHARACTERS[1]:
        return "query length"
    if not code.strip():
        return "no code"
    # A path that does not excuse placeholders: what looks like a secret in a test is none in a model either.
    return "secret" if find_secret(path or "unknown", f"{query}\n{code}") else None
