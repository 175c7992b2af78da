"""Hard negatives: what the live model puts near a query, and other code of the answer's file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from pgcodesearch.chunking.words import split_words
from pgcodesearch.database.rows import Connection
from pgcodesearch.embedding.stored import describe_model, load_stored
from pgcodesearch.training.dataset.database import Mined, mine
from pgcodesearch.training.dataset.definitions import Definitions
from pgcodesearch.training.dataset.exclusions import ExcludedFiles
from pgcodesearch.training.dataset.filters import file_reason
from pgcodesearch.training.dataset.rows import Row
from pgcodesearch.words.near_duplicates import NearDuplicates, overlap

_OF_FILE = 5
_LIKE = 0.8


class NegativeMiner:
    """Adds negatives to rows, at most ``wanted`` each; counts the verdicts on what it saw."""

    def __init__(self, connection: Connection, wanted: int, forbidden: NearDuplicates) -> None:
        self.verdicts: Counter[str] = Counter()
        self._connection, self._wanted, self._forbidden = connection, wanted, forbidden
        # One model for the whole dataset, whatever is activated meanwhile.
        model = describe_model(connection) if wanted else None
        self.model = model.name if model else None
        self._embedder = load_stored(connection, model) if model else None
        self._allowed: dict[str, bool] = {}  # content hash → like no forbidden code

    def add(
        self,
        row: Row,
        definitions: Definitions | None,
        excluded: ExcludedFiles,
        same_split: Callable[[str], bool],
    ) -> None:
        """Mined ones first, the nearest first; then those of the same file with the most alike names.

        ``same_split``: whether code of a path may be shown to this row's split.
        """
        shown = len(row.negatives)
        row.keep_negatives(
            self._wanted, lambda path: path is None or (same_split(path) and not excluded.holds(path))
        )
        self.verdicts["shown"] += len(row.negatives)
        self.verdicts["another split"] += shown - len(row.negatives)
        if not self._wanted:
            return
        room = self._wanted - min(_OF_FILE, self._wanted // 3)
        others = self._of_file(row, definitions) if definitions else []
        self._mine(
            row, self._wanted if not others else max(room, self._wanted - len(others)), excluded, same_split
        )
        for code, content_hash in others:
            if len(row.negatives) < self._wanted and row.add_negative(code, content_hash, row.path):
                self.verdicts["same file"] += 1

    def _mine(self, row: Row, most: int, excluded: ExcludedFiles, same_split: Callable[[str], bool]) -> None:
        if row.chunk_id is None or len(row.negatives) >= most or self._embedder is None or self.model is None:
            return
        embedding = self._embedder.encode([row.query], kind="query")[0]
        # More than are kept: some belong to another split, or to nobody.
        for found in mine(self._connection, row.chunk_id, embedding, self.model, 3 * most):
            verdict = found.verdict
            if found.text is not None:
                verdict = self._verdict(row, found, found.text, excluded, same_split)
                if verdict == "negative" and len(row.negatives) >= most:
                    verdict = "beyond"
                elif verdict == "negative":
                    verdict = (
                        "mined"
                        if row.add_negative(found.text, found.content_hash, found.path)
                        else "answers too"
                    )
            self.verdicts[verdict] += 1

    def _verdict(
        self, row: Row, found: Mined, text: str, excluded: ExcludedFiles, same_split: Callable[[str], bool]
    ) -> str:  # fmt: skip
        if excluded.holds(found.path):
            return "excluded name"
        if reason := file_reason(found.path_flags):
            return f"{reason} file"
        if not same_split(found.path):
            return "another split"
        if found.content_hash not in self._allowed:
            self._allowed[found.content_hash] = not self._forbidden.holds_like(text)
        if not self._allowed[found.content_hash]:
            return "like forbidden code"
        return "near-duplicate" if overlap(text, row.code) >= _LIKE else "negative"

    def _of_file(self, row: Row, definitions: Definitions) -> list[tuple[str, str]]:
        """Other definitions of the file, the most alike names first: easily confused, and not the answer."""
        own = _name_words(row.symbol)
        found = [
            item for item in definitions.by_file.get(row.path, ())
            if item.content_hash != row.content_hash
            and not row.symbol.startswith(f"{item.chunk.symbol}.")
            and not item.chunk.symbol.startswith(f"{row.symbol}.")
        ]  # fmt: skip
        found.sort(key=lambda item: (-len(own & _name_words(item.chunk.symbol)), item.chunk.start_line))
        texts = [(item.chunk.texts[0].text, item.content_hash) for item in found[: 2 * _OF_FILE]]
        return [item for item in texts if overlap(item[0], row.code) < _LIKE][: min(_OF_FILE, self._wanted)]


def _name_words(symbol: str) -> set[str]:
    return set(split_words(symbol.rsplit(".", 1)[-1]).split())
