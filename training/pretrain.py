"""Pretrain an encoder from random weights on texts without labels.

    python -m pgcodesearch.training.pretrain training/configs/scratch/pretrain-6x384.toml [key=value …]
    torchrun --nproc_per_node=8 -m pgcodesearch.training.pretrain …

Reads top to bottom: processes, blocks of tokens, model, steps. Writes to the run's folder: blocks/ (the corpus as token
numbers), state.pt (a killed run goes on from it, step for step), metrics.jsonl, config.json, and last/: a Hugging Face
folder that ``training.train`` takes as its ``model``.
"""

from __future__ import annotations

import time
from collections import defaultdict

import torch

from pgcodesearch.training.blocks import Blocks, write_blocks
from pgcodesearch.training.checkpoint import Progress, Stateful, open_run, resume, save_encoder, save_state
from pgcodesearch.training.command import run_config
from pgcodesearch.training.distributed import Processes, processes
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.metrics import MetricsSink
from pgcodesearch.training.optimising import Optimiser, chosen_device, due, seed_step
from pgcodesearch.training.precision import Precision, chosen_precision
from pgcodesearch.training.pretraining import MaskedTokens, ReplacedTokens, new_objective
from pgcodesearch.training.scratch_config import PretrainConfig, read_pretrain_config

_HELD_OUT_SEED = 12_345  # the same tokens are hidden whenever the held-out blocks are asked


def pretrain(config: PretrainConfig, sink: MetricsSink | None = None) -> dict[str, float]:
    """Run the config to its end; returns its steps and the losses on held-out blocks.

    sink: gets a record every ``metrics_every`` steps and at each validation; by default metrics.jsonl.
    """
    device = chosen_device(config.device)
    with processes(device) as group:
        return _pretrain(config, sink, device, group)


def _pretrain(
    config: PretrainConfig, sink: MetricsSink | None, device: torch.device, group: Processes
) -> dict[str, float]:
    # 1. The run's folder; what reports.
    folder, report = open_run(config, sink, group.main)

    # 2. The corpus as blocks of tokens.
    tokenizer = load_tokenizer(config.tokenizer, config.encoder.positions)
    if group.main:
        write_blocks(config, tokenizer, folder / "blocks")
    group.wait()
    blocks = Blocks(folder / "blocks" / "tokens.bin", config.tokens, config.held_out)

    # 3. Encoder, objective, optimiser. Every process makes the same ones.
    seed_step(config.seed, 0)
    objective = new_objective(config, tokenizer).to(device)
    precision = chosen_precision(config.precision, device)
    optimiser = Optimiser([objective], config, config.max_steps, precision)

    # 4. Go on where a killed run stopped.
    state = Progress()
    parts: dict[str, Stateful] = {"objective": objective, "optimiser": optimiser}
    if (folder / "state.pt").exists():
        state = resume(folder / "state.pt", config, parts)
    elif group.main:
        report({"step": 0} | held_out_losses(objective, blocks, config, precision))
    group.wait()

    # 5. Steps.
    started = time.monotonic()
    while state.step < config.max_steps:
        objective.train()
        seed_step(config.seed, state.step, group.rank)
        own = group.own(list(blocks.batch(state.step, config.batch_size, config.seed)))
        size = config.piece_size or len(own)
        told: dict[str, float] = defaultdict(float)
        for start in range(0, len(own), size):
            piece = torch.stack(own[start : start + size]).to(device)
            with precision.autocast():
                loss, parts_of = objective(piece)
            share = len(piece) / len(own)
            optimiser.scale(loss * share / group.count).backward()
            for name, value in ({"loss": loss.detach()} | parts_of).items():
                told[name] += share * value.item()
        norm = optimiser.step(state.step, group)
        state.step += 1

        if due(state.step, config.metrics_every):
            record = {"step": state.step, "gradient_norm": norm, "learning_rate": optimiser.learning_rate}
            report(record | told | {"seconds": time.monotonic() - started})
        last = state.step == config.max_steps
        if group.main and (due(state.step, config.validate_every) or last):
            report({"step": state.step} | held_out_losses(objective, blocks, config, precision))
        if group.main and (due(state.step, config.checkpoint_every) or last):
            save_state(folder / "state.pt", config, state, parts)

    result: dict[str, float] = {"step": state.step}
    if group.main:
        result |= held_out_losses(objective, blocks, config, precision)
        save_encoder(SentenceEncoder(objective.backbone), tokenizer, config, folder / "last")
    group.wait()
    return result


@torch.no_grad()
def held_out_losses(
    objective: MaskedTokens | ReplacedTokens, blocks: Blocks, config: PretrainConfig, precision: Precision
) -> dict[str, float]:
    """The mean losses on the held-out blocks, as ``held_out_<loss>``."""
    objective.eval()
    seed_step(_HELD_OUT_SEED, 0)
    found: dict[str, float] = defaultdict(float)
    for batch in blocks.held_out_batches(config.piece_size or min(config.batch_size, config.held_out)):
        with precision.autocast():
            _, told = objective(batch.to(precision.device))
        for name, value in told.items():
            found[f"held_out_{name}"] += value.item() * len(batch) / blocks.held_out
    return dict(found)


def main() -> None:
    """Run the command; prints the result as JSON."""
    run_config(__doc__, read_pretrain_config, pretrain)


if __name__ == "__main__":
    main()
