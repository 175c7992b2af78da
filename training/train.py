"""Fine-tune an encoder on pairs of query and code.

    python -m pgcodesearch.training.train training/configs/minilm-code.toml [key=value …]
    torchrun --nproc_per_node=4 -m pgcodesearch.training.train …

Reads top to bottom: processes, data, model, then steps with metrics, validation and checkpoints.
Writes to the run's folder: best/ (a Hugging Face folder, chosen by validation MRR@10, never by
loss), state.pt (a killed run goes on from it, step for step), mined-N.jsonl, metrics.jsonl, config.json.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import torch

from pgcodesearch.training.auxiliary import AuxiliaryGradients
from pgcodesearch.training.checkpoint import Progress, Stateful, open_run, resume, save_encoder, save_state
from pgcodesearch.training.command import run_config
from pgcodesearch.training.config import TrainConfig, read_config
from pgcodesearch.training.curriculum import forget_mined, plan, stage_pairs, usable
from pgcodesearch.training.data import mix_replay, read_pairs, steps
from pgcodesearch.training.distributed import Processes, processes
from pgcodesearch.training.encoder import SentenceEncoder, freeze_lowest_layers, load_tokenizer
from pgcodesearch.training.ewc import ElasticWeights
from pgcodesearch.training.gradient_cache import BatchGradients
from pgcodesearch.training.lora import add_lora
from pgcodesearch.training.losses import separation
from pgcodesearch.training.metrics import MetricsSink
from pgcodesearch.training.objective import check_dimensions, loss_parts
from pgcodesearch.training.optimising import Optimiser, chosen_device, due, seed_step
from pgcodesearch.training.precision import chosen_precision
from pgcodesearch.training.tasks import TaskHeads
from pgcodesearch.training.unquantised import check_unquantised
from pgcodesearch.training.validation import validate, validate_cut, validation_pairs


def train(config: TrainConfig, sink: MetricsSink | None = None) -> dict[str, Any]:
    """Run the config to its end; returns steps, the base's and the best validation MRR@10, and the best step.

    sink: gets a record every ``metrics_every`` steps and at each validation; by default
    metrics.jsonl in the run's folder. Under torchrun each process calls this, and the first one reports.
    """
    device = chosen_device(config.device)
    with processes(device) as group:
        return _train(config, sink, device, group)


def _train(
    config: TrainConfig, sink: MetricsSink | None, device: torch.device, group: Processes
) -> dict[str, Any]:
    # 1. The run's folder; what reports.
    folder, report = open_run(config, sink, group.main)
    seed_step(config.seed, 0)

    # 2. Pairs, with replay of older ones; the stages.
    pairs = usable(read_pairs(config.train), config)
    replay = usable(read_pairs(config.replay), config) if config.replay else []
    if replay:
        pairs = mix_replay(pairs, replay, config.replay_fraction, config.replay_minimum, config.seed)
    validation = validation_pairs(config.validation, config.validation_limit, config.seed)
    stages = plan(config, pairs)
    total = stages[-1].end

    # 3. Model, heads, optimiser. Every process makes the same ones.
    tokenizer = load_tokenizer(config.model, config.code_tokens)
    if config.lora.rank:
        check_unquantised(config.model)
    encoder = SentenceEncoder.load(config.model, config.pooling).to(device)
    check_dimensions(config.matryoshka, encoder.dimension)
    if config.lora.rank:
        add_lora(encoder.backbone, config.lora)
    freeze_lowest_layers(encoder, config.frozen_layers)
    languages = {pair.language for pair in pairs} - {""}
    heads = TaskHeads(encoder, tokenizer, config.tasks, languages).to(device)
    precision = chosen_precision(config.precision, device)
    optimiser = Optimiser([encoder, heads], config, total, precision)
    ranking = BatchGradients(encoder, tokenizer, optimiser, group)
    elastic = ElasticWeights.measure(encoder, tokenizer, replay, config) if config.ewc_weight else None
    auxiliary = AuxiliaryGradients(encoder, tokenizer, heads, elastic, optimiser, group)

    # 4. Go on where a killed run stopped, or score the base first: what training must beat.
    state = Progress()
    parts: dict[str, Stateful] = {"encoder": encoder, "heads": heads, "optimiser": optimiser}
    if (folder / "state.pt").exists():
        state = resume(folder / "state.pt", config, parts)
    elif group.main:
        forget_mined(folder)
        state.base_mrr = state.best_mrr = validate(encoder, tokenizer, validation, config.precision)
        save_encoder(encoder, tokenizer, config, folder / "best")
        report({"step": 0, "validation_mrr": state.base_mrr})
    group.wait()

    # 5. Steps, stage after stage.
    started = time.monotonic()
    for stage in stages:
        if state.step >= stage.end:
            continue
        rows = stage_pairs(stage, pairs, encoder, tokenizer, config, group, report)
        now = dataclasses.replace(
            config, negatives=stage.settings.negatives, temperature=stage.settings.temperature
        )
        for number, step_batches in enumerate(steps(rows, config, config.seed + 10_000 * (stage.number - 1))):
            if number < state.step - stage.first:
                continue
            if state.step >= stage.end:
                break
            encoder.train()
            seed_step(config.seed, state.step, group.rank)
            share, losses = 1 / len(step_batches), []
            for batch in step_batches:
                loss, embedded = ranking.add(batch, now, share)
                losses.append(loss)
                task_losses = auxiliary.add_tasks(batch, now, share)
            auxiliary.add_penalty()
            norm = optimiser.step(state.step, group)
            state.step += 1

            if due(state.step, config.metrics_every):
                record = {
                    "step": state.step,
                    "loss": torch.stack(losses).mean().item(),
                    "gradient_norm": norm,
                }
                record |= {"learning_rate": optimiser.learning_rate, "seconds": time.monotonic() - started}
                record |= {f"loss_{name}": part.item() for name, part in loss_parts(embedded, now).items()}
                report(record | task_losses | separation(embedded))
            last = state.step == total
            if group.main and (due(state.step, config.validate_every) or last):
                mrr = validate(encoder, tokenizer, validation, config.precision)
                cut = validate_cut(encoder, tokenizer, validation, config)
                report({"step": state.step, "validation_mrr": mrr} | cut)
                if mrr > state.best_mrr:
                    state.best_mrr, state.best_step = mrr, state.step
                    save_encoder(encoder, tokenizer, config, folder / "best")
            if group.main and (due(state.step, config.checkpoint_every) or last):
                save_state(folder / "state.pt", config, state, parts)

    if group.main:
        save_encoder(encoder, tokenizer, config, folder / "last")
    group.wait()
    return dataclasses.asdict(state)


def main() -> None:
    """Run the command; prints the result as JSON."""
    run_config(__doc__, read_config, train)


if __name__ == "__main__":
    main()
