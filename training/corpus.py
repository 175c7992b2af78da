"""Texts to learn a language from: of pairs, of plain text, of repositories' source files."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.scratch_config import CorpusConfig
from pgcodesearch.training.sources import read_exclusions, repositories, source_files

_COLUMNS = ("text", "code", "query")
_SUFFIXES = (".jsonl", ".parquet", ".txt")
_SEED = 5


def corpus_texts(corpus: CorpusConfig) -> Iterator[str]:
    """The texts in a fixed order, each once; raises TrainingError for a file that has none of the known columns.

    Once, because a pair's code is there again with every further query, and licences with every file.
    """
    seen: set[bytes] = set()

    def is_new(text: str) -> bool:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if digest in seen or not text.strip():
            return False
        seen.add(digest)
        return True

    return itertools.islice(filter(is_new, _all_texts(corpus)), corpus.limit or None)


def _all_texts(corpus: CorpusConfig) -> Iterator[str]:
    for name in corpus.files:
        for path in _files(Path(name)):
            yield from _texts_of_file(path)
    if corpus.sources:
        exclusions = read_exclusions(Path(corpus.exclude))
        for repository in repositories(Path(corpus.sources), exclusions):
            for _, content in source_files(repository, exclusions, corpus.files_of_repository, _SEED):
                yield content


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
    else:
        found = [path] if path.exists() and path.suffix in _SUFFIXES else []
    if not found:
        raise TrainingError(f"{path} holds no texts", hint=f"files end in {', '.join(_SUFFIXES)}")
    return found


def _texts_of_file(path: Path) -> Iterator[str]:
    """A line of a .txt, or what the columns of a row say."""
    if path.suffix == ".txt":
        with path.open(encoding="utf-8") as lines:
            yield from (line.rstrip("\n") for line in lines)
        return
    for number, row in enumerate(_rows(path), 1):
        texts = [row[column] for column in _COLUMNS if row.get(column)] + list(row.get("queries") or [])
        if not texts:
            raise TrainingError(
                f"{path}, row {number} has no text", hint=f"columns: {', '.join(_COLUMNS)}, queries"
            )
        yield from texts


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet  # only those who keep their texts so need it

        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(1_000):
            yield from batch.to_pylist()
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise TrainingError(f"{path}, row {number} is no JSON: {error}") from error
