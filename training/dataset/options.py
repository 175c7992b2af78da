"""What a dataset is made from, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pgcodesearch.errors import TrainingError

SOURCES = ("repositories", "feedback", "both")
# Names that quality is measured on: a model trained on them could not be judged by anybody.
DEFAULT_EXCLUSIONS = Path(__file__).parent.parent / "configs" / "exclude.txt"


@dataclass(frozen=True)
class DatasetOptions:
    """One dataset. Shares are of pairs, 0 to 1; ``repositories`` are globs of names, none for all."""

    output: Path
    repositories: tuple[str, ...] = ()
    sources: str = "both"
    exclude: tuple[Path, ...] = (DEFAULT_EXCLUSIONS,)
    forbidden: tuple[Path, ...] = ()
    hard_negatives: int = 15  # of a pair at most, mined and of the same file together
    held_out: float = 0.2  # half of it for validation, half for test
    limit: int = 2_000  # pairs of one repository
    commits: int = 300  # newest commits read of one repository
    shard_rows: int = 20_000
    seed: int = 1
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be meant, naming the option."""
        if self.sources not in SOURCES:
            raise TrainingError(f"sources {self.sources!r} is unknown: use one of {', '.join(SOURCES)}")
        if not 0 <= self.held_out < 1:
            raise TrainingError(f"held_out must be at least 0 and below 1, and is {self.held_out}")
        for key, least in (("hard_negatives", 0), ("commits", 0), ("limit", 1), ("shard_rows", 1)):
            if getattr(self, key) < least:
                raise TrainingError(f"{key} must be at least {least}, and is {getattr(self, key)}")

    def described(self) -> dict[str, Any]:
        """The options as the report keeps them."""
        return {
            key: [str(item) for item in value]
            if isinstance(value, tuple)
            else str(value)
            if key == "output"
            else value
            for key, value in asdict(self).items()
        }
