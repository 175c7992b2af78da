"""What a training round from feedback is asked to do, and what it says at its end. Readable without PyTorch."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pgcodesearch.database.errors import InvalidArgument
from pgcodesearch.evaluating.comparing import GateRule

# Nobody watches a round that cron started: it promotes only what is better beyond doubt, where `compare --gate`
# lets through what holds. A model that answers the same is not worth a switch.
ROUND_GATE = GateRule(min_gain=0.001, min_low=0.0)
HELD_OUT_SET = "feedback-held-out"


@dataclass(frozen=True)
class RoundConfig:
    """A round; all has a default. Shares are of distinct queries, 0 to 1."""

    base: Path | None = None  # local Hugging Face folder to train instead of the active model's weights
    pooling: str = "mean"  # of ``base``; the active model has its own
    dataset: Path | None = None  # folder of `pgcodesearch dataset`: replay comes from it
    query_set: str | None = None  # judged queries of the gate; None: those of held-out feedback
    name: str | None = None  # of the candidate; None: the base's with the run's number
    work: Path | None = None  # where the round keeps its files until it ends; None: the data folder
    force: bool = False  # train even where the advice is not to
    activate: bool = True  # False: a candidate that passes waits for `models activate`
    dry_run: bool = False  # only say what there is to learn from
    min_triplets: int = 10_000  # of the advice: fewer are too few
    held_out: float = 0.2  # queries that only judge
    validation: float = 0.1  # queries that only choose the checkpoint
    average_shares: tuple[float, ...] = (
        0.5,
        1.0,
    )  # of the trained weights, the rest is the base's; the best is kept
    gate: GateRule = ROUND_GATE
    training: dict[str, Any] = field(default_factory=dict)  # settings of TrainConfig
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidArgument for what cannot be meant."""
        if not (0 < self.held_out < 1 and 0 < self.validation < 1 and self.held_out + self.validation < 1):
            raise InvalidArgument(
                f"held_out {self.held_out} and validation {self.validation} leave nothing to train on"
            )
        if not self.average_shares or not all(0 < share <= 1 for share in self.average_shares):
            raise InvalidArgument(f"average_shares must be above 0 and at most 1, not {self.average_shares}")

    @property
    def judged_set(self) -> str:
        """The judged queries of the gate."""
        return self.query_set or HELD_OUT_SET

    def described(self) -> dict[str, Any]:
        """As JSON: a killed round goes on only with the same description."""
        told = dataclasses.asdict(self)
        for key in ("force", "activate", "dry_run", "work"):
            told.pop(key)
        return {
            key: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
            for key, value in told.items()
        }


@dataclass(frozen=True)
class RoundResult:
    """``outcome`` is activated, promoted (passed, not activated), refused, skipped, busy or dry run.

    ``numbers`` are those the outcome comes from; ``run_id`` and ``model`` are None where nothing was trained.
    """

    outcome: str
    reason: str
    run_id: int | None = None
    model: str | None = None
    base_model: str | None = None
    numbers: dict[str, Any] = field(default_factory=dict)


def read_round(path: Path | None, **given: Any) -> RoundConfig:
    """A round from a TOML file: ``[round]`` and ``[gate]`` have this module's settings, the top level the training's.

    ``given``, from the command line, goes before the file where it is not None. Raises InvalidArgument for an unknown
    key.
    """
    values: dict[str, Any] = {}
    if path is not None:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        values = dict(document.pop("round", {}))
        gate = document.pop("gate", {})
        values["training"] = document.pop("training", {}) | document
        if gate:
            values["gate"] = dataclasses.replace(ROUND_GATE, **_known(gate, GateRule, "gate"))
    _known(values, RoundConfig, "round")
    for key in ("base", "dataset", "work"):
        if key in values:
            values[key] = Path(values[key])
    if "average_shares" in values:
        values["average_shares"] = tuple(values["average_shares"])
    values |= {key: value for key, value in given.items() if value is not None}
    return RoundConfig(**values)


def _known(values: dict[str, Any], kind: Any, section: str) -> dict[str, Any]:
    names = [item.name for item in dataclasses.fields(kind)]
    for key in values:
        if key not in names:
            raise InvalidArgument(
                f"unknown setting {key!r} in [{section}]", hint=f"known are {', '.join(names)}"
            )
    return values
