"""What chunking hands on: a file's chunks, and the texts of each chunk that are embedded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChunkText:
    """One text to embed. Lines are 1-based and inclusive, in the source file."""

    role: str  # 'whole' | 'window'
    start_line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in a chunk, and where the file says that it is from. Names are qualified with dots."""

    kind: str  # 'definition' | 'call' | 'import' | 'inherits' | 'use'
    name: str  # as its definition has it
    qualifier: str  # as written before it: receiver, module or class; the scope of a definition
    origin: str  # the module, and type, that it is a name of; empty where the file does not say
    alias: str  # what it is called here, where that is another name
    owner: str  # the class: that a definition is a member of, that inherits, or that a bare call stands in
    lines: tuple[int, ...]  # counted from the chunk's first line, which is 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of retrieval: a function, method, class, module (file) or block of other lines.

    Lines are 1-based and inclusive, counted as if the file were split at ``\\n`` alone, so that
    editors, git and Postgres agree. `content` is the exact text of those lines, except that members
    which are chunks of their own are elided to one line, ``<signature> ...``.
    """

    kind: str
    name: str
    symbol: str
    scope: str
    signature: str
    doc: str
    comments: str
    start_line: int
    end_line: int
    content: str
    references: tuple[Reference, ...]
    imports: tuple[str, ...]
    texts: tuple[ChunkText, ...]
    entity: str  # 'struct', 'trait', 'macro' …: what the language calls it; empty where it has no word
    role: str  # 'definition' | 'part' | 'extension' of one | 'declaration' without a body

    @property
    def calls(self) -> tuple[str, ...]:
        """Names that are called or constructed, each once, in source order."""
        return tuple(dict.fromkeys(item.name for item in self.references if item.kind == "call"))


@dataclass(frozen=True, slots=True)
class FileChunks:
    """All chunks of a file, the module first, then by line."""

    language: str | None
    parser: str  # 'tree-sitter' | 'lines'
    chunks: list[Chunk]
    has_errors: bool
