"""Training pairs: reading, writing, mixing in replay, batches."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pgcodesearch.errors import TrainingError


@dataclass(frozen=True)
class Pair:
    """A query and the code that answers it; hard negatives if any; the repository it came from; its weight."""

    query: str
    code: str
    negatives: list[str] = field(default_factory=list)
    group: str = ""
    weight: float = 1.0


def read_pairs(path: str | Path) -> list[Pair]:
    """Read ``.jsonl`` or ``.parquet`` with columns query, code and, if there, negatives, group and weight.

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
        negatives = list(row.get("negatives") or [])
        pairs.append(Pair(row["query"], row["code"], negatives, row.get("group") or "", weight))
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
