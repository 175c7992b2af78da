"""The stages of a run: where each begins and ends, and the pairs that it trains on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import Stage, TrainConfig
from pgcodesearch.training.data import Pair, read_pairs, steps_per_epoch, with_negatives, write_pairs
from pgcodesearch.training.distributed import Processes
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer
from pgcodesearch.training.metrics import MetricsSink
from pgcodesearch.training.mining import mine


@dataclass(frozen=True)
class PlannedStage:
    """A stage with its number, its first step, and how many it has."""

    number: int
    first: int
    steps: int
    settings: Stage

    @property
    def end(self) -> int:
        """The step after its last."""
        return self.first + self.steps


def usable(pairs: list[Pair], config: TrainConfig) -> list[Pair]:
    """The pairs with as many negatives as the stage that takes the fewest of those a pair has."""
    least = fewest_negatives(config)
    return [pair for pair in pairs if len(pair.negatives) >= least]


def fewest_negatives(config: TrainConfig) -> int:
    """Of the stages that don't mine; 0 where all do."""
    return min((stage.negatives for stage in config.all_stages if not stage.mine), default=0)


def plan(config: TrainConfig, pairs: list[Pair]) -> list[PlannedStage]:
    """The stages in their order. What a stage will mine is not known yet: its epochs are those of all pairs.

    Raises TrainingError where a stage has no pair with as many negatives as it takes.
    """
    planned: list[PlannedStage] = []
    for number, stage in enumerate(config.all_stages, 1):
        rows = pairs if stage.mine else with_negatives(pairs, stage.negatives)
        if not rows:
            raise TrainingError(f"{config.train} has no pair with {stage.negatives} hard negatives")
        epoch = steps_per_epoch(len(rows), config.batch_size, config.accumulate)
        first = planned[-1].end if planned else 0
        planned.append(PlannedStage(number, first, stage.steps or stage.epochs * epoch, stage))
    return planned


def stage_pairs(
    stage: PlannedStage, pairs: list[Pair], encoder: SentenceEncoder, tokenizer: Tokenizer, config: TrainConfig,
    group: Processes, sink: MetricsSink,
) -> list[Pair]:  # fmt: skip
    """The pairs of a stage, each with as many negatives as it takes.

    What is mined is kept in the run's folder: a killed run that goes on in the middle of the stage has another encoder
    by then. Raises TrainingError where mining leaves no pair.
    """
    wanted = stage.settings.negatives
    if not stage.settings.mine:
        return with_negatives(pairs, wanted)
    path = Path(config.output) / f"mined-{stage.number}.jsonl"
    if group.main and not path.exists():
        mined, verdicts = mine(encoder, tokenizer, pairs, wanted, config)
        write_pairs(path.with_suffix(".tmp"), mined)
        path.with_suffix(".tmp").replace(path)
        sink({"step": stage.first, "mined_pairs": len(mined), "mined": dict(verdicts)})
    group.wait()
    mined = read_pairs(path)
    if not mined:
        raise TrainingError(
            f"no pair of {config.train} has {wanted} negatives among its {config.mined_candidates} nearest codes",
            hint="set fewer negatives, or more mined_candidates",
        )
    return mined


def forget_mined(folder: Path) -> None:
    """Remove what an earlier run of the folder mined."""
    for path in folder.glob("mined-*.jsonl"):
        path.unlink()
