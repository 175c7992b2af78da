"""The definitions of one repository that may answer a query, each kind of code once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from pgcodesearch.chunking import Chunk, chunk_file
from pgcodesearch.database.rows import Connection
from pgcodesearch.training.chunk_pairs import KINDS
from pgcodesearch.training.dataset.database import SourceFile, read_files
from pgcodesearch.training.dataset.exclusions import MANIFESTS, ExcludedFiles
from pgcodesearch.training.dataset.filters import chunk_reason, file_reason
from pgcodesearch.training.dataset.rows import Definition
from pgcodesearch.words.near_duplicates import NearCopies, NearDuplicates


class Definitions:
    """Usable definitions by file and by name, near-copies of earlier ones left out.

    ``copies`` is shared by all repositories: code that is in two of them would otherwise be in two splits.
    """

    def __init__(
        self, repository: str, copies: NearCopies, forbidden: NearDuplicates, filtered: Counter[str]
    ) -> None:
        self.repository = repository
        self.by_file: dict[str, list[Definition]] = defaultdict(list)
        self.by_name: dict[str, list[Definition]] = defaultdict(list)
        self.markdown: list[SourceFile] = []
        self.twins: dict[str, list[str]] = defaultdict(list)  # content hash → hashes of its near-copies
        self._copies, self._forbidden, self._filtered = copies, forbidden, filtered

    def read(self, connection: Connection, excluded: ExcludedFiles) -> Iterator[int]:
        """Read the repository; yields after each file, for progress."""
        for number, file in enumerate(read_files(connection, self.repository), 1):
            if excluded.holds(file.path):
                self._filtered["excluded name"] += 1
            elif reason := file_reason(file.path_flags):
                self._filtered[f"{reason} file"] += 1
            elif file.language == "markdown":
                self.markdown.append(file)
            else:
                self._take(file)
            yield number

    def unique(self, name: str) -> Definition | None:
        """The one definition of a name (``Class.method`` too); None where there are several or none."""
        last = name.rsplit(".", 1)[-1]
        found = [
            item for item in self.by_name.get(last, ())
            if item.chunk.symbol == name or item.chunk.symbol.endswith(f".{name}")
        ]  # fmt: skip
        return found[0] if len(found) == 1 else None

    def at(self, path: str, symbol: str) -> Definition | None:
        """The one definition of a symbol in a file."""
        found = [item for item in self.by_file.get(path, ()) if item.chunk.symbol == symbol]
        return found[0] if len(found) == 1 else None

    def all(self) -> Iterator[Definition]:
        """Every definition, by path and line."""
        for path in self.by_file:
            yield from self.by_file[path]

    def _take(self, file: SourceFile) -> None:
        stored = {(c["kind"], c["symbol"], c["start_line"], c["end_line"]): c for c in file.chunks}
        for chunk in chunk_file(file.path, file.content).chunks:
            if chunk.kind not in KINDS:
                continue
            row = stored.get((chunk.kind, chunk.symbol, chunk.start_line, chunk.end_line), {})
            content_hash = str(row.get("content_hash", "")).replace("-", "")
            if self._is_usable(chunk, content_hash):
                found = Definition(file.path, file.language or "", chunk, row.get("chunk_id"), content_hash)
                self.by_file[file.path].append(found)
                self.by_name[chunk.name].append(found)

    def _is_usable(self, chunk: Chunk, content_hash: str) -> bool:
        reason = chunk_reason(chunk)
        if reason is None and self._forbidden.holds_like(chunk.content):
            reason = "like forbidden code"
        if reason is None and (original := self._copies.find(chunk.content)):
            reason = "near-duplicate"
            self.twins[original].append(content_hash)
        if reason:
            self._filtered[reason] += 1
            return False
        self._copies.add(content_hash or f"{self.repository} {chunk.symbol}", chunk.content)
        return True


def manifests(connection: Connection, repository: str) -> Iterator[tuple[str, str]]:
    """Path and content of the files that declare a package's name."""
    for file in read_files(connection, repository, MANIFESTS):
        yield file.path, file.content
