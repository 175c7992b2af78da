"""Parquet shards: FOLDER/train, validation, test, each with files of so many rows; whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.training.dataset.rows import Row, columns, schema
from pgcodesearch.training.dataset.splitting import SPLITS

REPORT = "report.json"


class ShardWriter:
    """Collects rows by split and writes a shard whenever one is full."""

    def __init__(self, folder: Path, shard_rows: int) -> None:
        self._folder, self._shard_rows = folder, shard_rows
        self._waiting: dict[str, list[Row]] = {split: [] for split in SPLITS}
        self._shards = dict.fromkeys(SPLITS, 0)
        for split in SPLITS:
            (folder / split).mkdir(parents=True)

    def add(self, row: Row) -> None:
        """Put a row into its split."""
        rows = self._waiting[row.split]
        rows.append(row)
        if len(rows) >= self._shard_rows:
            self._write(row.split)

    def finish(self) -> int:
        """Write what waits; the number of shards."""
        for split, rows in self._waiting.items():
            if rows:
                self._write(split)
        return sum(self._shards.values())

    def _write(self, split: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as parquet

        table = pa.table(columns(self._waiting[split]), schema=schema())
        parquet.write_table(
            table, self._folder / split / f"{self._shards[split]:05}.parquet", compression="zstd"
        )
        self._shards[split] += 1
        self._waiting[split] = []


@contextmanager
def new_folder(output: Path, overwrite: bool) -> Iterator[Path]:
    """A folder beside ``output`` that takes its place in the end; an interrupted run leaves nothing.

    Raises InvalidArgument where ``output`` is no dataset, or one and ``overwrite`` is not wished.
    """
    output = output.absolute()
    if output.exists():
        if not output.is_dir() or (any(output.iterdir()) and not (output / REPORT).is_file()):
            raise InvalidArgument(
                f"{output} exists and is no dataset", hint="choose another folder for --output"
            )
        if any(output.iterdir()) and not overwrite:
            raise InvalidArgument(f"{output} holds a dataset already", hint="--overwrite replaces it")
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if output.exists():
            shutil.rmtree(output)
        partial.rename(output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
