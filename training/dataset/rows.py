"""A pair on its way from its source to a shard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pgcodesearch.chunking import Chunk


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class of a repository, with its id where its file's chunks are stored."""

    path: str
    language: str
    chunk: Chunk
    chunk_id: int | None
    content_hash: str

    @property
    def key(self) -> str:
        """What tells it from every other definition of its repository."""
        return f"{self.path}\n{self.chunk.symbol}\n{self.chunk.start_line}"


@dataclass(slots=True)
class Row:
    """A pair. ``source`` is docstring, keywords, comment, name, markdown, commit, feedback or click.

    ``negatives`` are codes that do not answer the query, the hardest first, each with its content hash beside it;
    ``twins`` content hashes of near-copies of the code, which answer it too and never are negatives.
    """

    query: str
    code: str
    source: str
    repository: str
    path: str = ""
    language: str = ""
    symbol: str = ""
    weight: float = 1.0
    chunk_id: int | None = None
    content_hash: str = ""
    negatives: list[str] = field(default_factory=list)
    negative_hashes: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)
    split: str = "train"
    _paths: list[str | None] = field(default_factory=list)  # of the negatives, where known

    def add_negative(self, code: str, content_hash: str, path: str | None = None) -> bool:
        """Take a negative unless it is there already, or a twin."""
        if content_hash in (self.content_hash, *self.negative_hashes, *self.twins) or code in self.negatives:
            return False
        self.negatives.append(code)
        self.negative_hashes.append(content_hash)
        self._paths.append(path)
        return True

    def keep_negatives(self, most: int, may_stay: Callable[[str | None], bool]) -> None:
        """Leave out negatives whose path may not stay, and then those over ``most``."""
        kept = [n for n, path in enumerate(self._paths) if may_stay(path)][:most]
        self.negatives = [self.negatives[n] for n in kept]
        self.negative_hashes = [self.negative_hashes[n] for n in kept]
        self._paths = [self._paths[n] for n in kept]


def schema() -> Any:
    """The columns of a shard. ``group`` is the repository, under the name that training.data knows it by."""
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return pa.schema(
        [
            pa.field("query", pa.string(), nullable=False),
            pa.field("code", pa.string(), nullable=False),
            pa.field("negatives", texts, nullable=False),
            pa.field("group", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("language", pa.string(), nullable=False),
            pa.field("weight", pa.float32(), nullable=False),
            pa.field("path", pa.string(), nullable=False),
            pa.field("symbol", pa.string(), nullable=False),
            pa.field("chunk_id", pa.int64()),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("negative_hashes", texts, nullable=False),
            pa.field("twins", texts, nullable=False),
        ]
    )


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """Rows as the columns of :func:`schema`."""
    names = {"group": "repository"}
    return {name: [getattr(row, names.get(name, name)) for row in rows] for name in schema().names}
