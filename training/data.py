"""Training pairs: reading, writing, mixing in replay, batches."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import TrainConfig


@dataclass(frozen=True)
class Pair:
    """A query and the code that answers it; hard negatives if any; the repository it came from; its weight.

    What else is known of the code: its language, and its symbol and path in the repository (what holds it, or is held
    by it, is no negative); the hash of its content, and those of near-copies, which answer the query too.
    """

    query: str
    code: str
    negatives: list[str] = field(default_factory=list)
    group: str = ""
    weight: float = 1.0
    language: str = ""
    symbol: str = ""
    path: str = ""
    content_hash: str = ""
    twins: list[str] = field(default_factory=list)


_TEXTS = ("group", "language", "symbol", "path", "content_hash")
_LISTS = ("negatives", "twins")


def read_pairs(path: str | Path) -> list[Pair]:
    """Read ``.jsonl`` or ``.parquet`` with columns query, code and, if there, the others of :class:`Pair`.

    A folder stands for all such files in it, in the order of their names: a split of ``pgcodesearch dataset``.
    Raises TrainingError naming the file and line where a row has no query or code, or a weight that is not above 0.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".jsonl", ".parquet"))
        if not files:
            raise TrainingError(f"{path} holds no pairs: neither .jsonl nor .parquet files")
        return [pair for file in files for pair in read_pairs(file)]
    if path.suffix == ".parquet":
        import pyarrow.parquet  # only those who keep their pairs so need it

        rows = pyarrow.parquet.read_table(path).to_pylist()
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    pairs = []
    for number, row in enumerate(rows, 1):
        if not row.get("query") or not row.get("code"):
            raise TrainingError(f"{path}, row {number}: a pair needs a query and a code")
        weight = float(row.get("weight") or 1.0)
        if not weight > 0:
            raise TrainingError(f"{path}, row {number}: weight {weight} is not above 0")
        known: dict[str, Any] = {name: row[name] for name in _TEXTS if row.get(name)}
        known |= {name: list(row[name]) for name in _LISTS if row.get(name)}
        pairs.append(Pair(row["query"], row["code"], weight=weight, **known))
    return pairs


def write_pairs(path: str | Path, pairs: Sequence[Pair]) -> None:
    """Write JSON Lines that :func:`read_pairs` reads."""
    with Path(path).open("w", encoding="utf-8") as out:
        for pair in pairs:
            out.write(json.dumps(vars(pair), ensure_ascii=False) + "\n")


def mix_replay(pairs: list[Pair], replay: list[Pair], fraction: float, minimum: int, seed: int) -> list[Pair]:
    """Add older pairs against forgetting: ``fraction`` of the new ones, at least ``minimum``, at most all."""
    wanted = min(len(replay), max(minimum, round(fraction * len(pairs))))
    return pairs + random.Random(seed).sample(replay, wanted)


def with_negatives(pairs: list[Pair], count: int) -> list[Pair]:
    """The pairs that have ``count`` hard negatives, cut to it; all pairs, without negatives, for 0."""
    return [
        dataclasses.replace(pair, negatives=pair.negatives[:count])
        for pair in pairs
        if len(pair.negatives) >= count
    ]


def steps_per_epoch(pairs: int, batch_size: int, accumulate: int) -> int:
    """Steps of ``accumulate`` batches that an epoch of so many pairs has; at least one."""
    return max(1, pairs // (batch_size * accumulate))


def steps(pairs: list[Pair], config: TrainConfig, seed: int) -> Iterator[list[list[Pair]]]:
    """The batches of each step, epoch after epoch without end, the same for the same seed.

    An epoch's last batches are left out where they don't fill a step, unless it is the only one.
    """
    in_epoch = steps_per_epoch(len(pairs), config.batch_size, config.accumulate)
    for epoch in itertools.count():
        made = batches(pairs, config.batch_size, config.group_size, seed + epoch)
        for _ in range(in_epoch):
            yield list(itertools.islice(made, config.accumulate))


def batches(pairs: list[Pair], size: int, group_size: int, seed: int) -> Iterator[list[Pair]]:
    """Shuffled full batches of one epoch, the same for the same seed.

    ``group_size`` rows of one group stay together: code of the same repository is a harder negative
    than code of another. A last batch that is not full is left out (fewer negatives, another scale),
    unless it is the only one.
    """
    shuffle = random.Random(seed)
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.group].append(pair)
    blocks: list[list[Pair]] = []
    for rows in groups.values():
        shuffle.shuffle(rows)
        blocks.extend(rows[start : start + group_size] for start in range(0, len(rows), group_size))
    shuffle.shuffle(blocks)
    order = [pair for block in blocks for pair in block]
    for start in range(0, max(len(order) - size, 0) + 1, size):
        yield order[start : start + size]
