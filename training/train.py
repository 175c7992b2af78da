"""Fine-tune an encoder on pairs of query and code.

    python -m pgcodesearch.training.train training/configs/minilm-code.toml [key=value …]

Reads top to bottom: settings, data, model, then steps with metrics, validation and checkpoints.
Writes to the run's folder: best/ (a Hugging Face folder, chosen by validation MRR@10, never by
loss), state.pt (a killed run goes on from it, step for step), metrics.jsonl, config.json.
"""

from __future__ import annotations

import dataclasses
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.checkpoint import Progress, resume, save_encoder, save_state
from pgcodesearch.training.config import TrainConfig, read_config
from pgcodesearch.training.data import Pair, batches, mix_replay, read_pairs, with_negatives
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer, freeze_lowest_layers, load_tokenizer
from pgcodesearch.training.ewc import ElasticWeights
from pgcodesearch.training.losses import LOSSES, separation
from pgcodesearch.training.metrics import JsonLinesSink, MetricsSink
from pgcodesearch.training.optimising import chosen_device, due, learning_rate_factor, parameter_groups
from pgcodesearch.training.proof import mrr_at_10, torch_encoder
from pgcodesearch.training.tensors import embed_batch


def train(config: TrainConfig, sink: MetricsSink | None = None) -> dict[str, Any]:
    """Run the config to its end; returns steps, the base's and the best validation MRR@10, and the best step.

    sink: gets a record every ``metrics_every`` steps and at each validation; by default
    metrics.jsonl in the run's folder.
    """
    # 1. The run's folder and its random numbers.
    folder = Path(config.output)
    folder.mkdir(parents=True, exist_ok=True)
    sink = sink or JsonLinesSink(folder / "metrics.jsonl")
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config), indent=1))
    torch.manual_seed(config.seed)
    random.seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)

    # 2. Pairs, with replay of older ones.
    pairs = with_negatives(read_pairs(config.train), config.negatives)
    replay = with_negatives(read_pairs(config.replay), config.negatives) if config.replay else []
    if replay:
        pairs = mix_replay(pairs, replay, config.replay_fraction, config.replay_minimum, config.seed)
    validation = read_pairs(config.validation)
    random.Random(config.seed).shuffle(validation)
    validation = validation[: config.validation_limit]
    if not pairs:
        raise TrainingError(f"{config.train} has no pair with {config.negatives} hard negatives")

    # 3. Model, optimiser, schedule.
    tokenizer = load_tokenizer(config.model, config.code_tokens)
    encoder = SentenceEncoder.load(config.model, config.pooling).to(chosen_device(config.device))
    freeze_lowest_layers(encoder, config.frozen_layers)
    optimizer = torch.optim.AdamW(parameter_groups(encoder, config.weight_decay), lr=config.learning_rate)
    steps_per_epoch = max(1, len(pairs) // config.batch_size)
    total = config.max_steps or steps_per_epoch * config.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate_factor(step, total, config.warmup_fraction)
    )
    elastic = None
    if config.ewc_weight:
        elastic = ElasticWeights.measure(encoder, tokenizer, replay, config)

    # 4. Go on where a killed run stopped, or score the base first: what training must beat.
    state = Progress()
    if (folder / "state.pt").exists():
        state = resume(folder / "state.pt", config, encoder, optimizer, schedule)
    else:
        state.base_mrr = state.best_mrr = validate(encoder, tokenizer, validation, config.bf16)
        save_encoder(encoder, tokenizer, config, folder / "best")
        sink({"step": 0, "validation_mrr": state.base_mrr})

    # 5. Steps.
    loss_function, started = LOSSES[config.loss], time.monotonic()
    while state.step < total:
        epoch, skip = divmod(state.step, steps_per_epoch)
        for number, rows in enumerate(
            batches(pairs, config.batch_size, config.group_size, config.seed + epoch)
        ):
            if number < skip:
                continue
            if state.step >= total or number >= steps_per_epoch:
                break
            encoder.train()
            embedded = embed_batch(encoder, tokenizer, rows, config)
            loss = loss_function(embedded, config)
            if elastic:
                loss = loss + elastic.penalty(encoder)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            gradient = torch.nn.utils.clip_grad_norm_(encoder.parameters(), config.clip_norm)
            optimizer.step()
            schedule.step()
            state.step += 1

            if due(state.step, config.metrics_every):
                record = {"step": state.step, "loss": loss.item(), "gradient_norm": gradient.item()}
                record |= {"learning_rate": schedule.get_last_lr()[0], "seconds": time.monotonic() - started}
                sink(record | separation(embedded))
            if due(state.step, config.validate_every) or state.step == total:
                mrr = validate(encoder, tokenizer, validation, config.bf16)
                sink({"step": state.step, "validation_mrr": mrr})
                if mrr > state.best_mrr:
                    state.best_mrr, state.best_step = mrr, state.step
                    save_encoder(encoder, tokenizer, config, folder / "best")
            if due(state.step, config.checkpoint_every) or state.step == total:
                save_state(folder / "state.pt", config, state, encoder, optimizer, schedule)

    save_encoder(encoder, tokenizer, config, folder / "last")
    return dataclasses.asdict(state)


def validate(encoder: SentenceEncoder, tokenizer: Tokenizer, pairs: list[Pair], bf16: bool) -> float:
    """MRR@10 of the validation queries against all validation codes, and their hard negatives where they have any."""
    encoder.eval()
    encode = torch_encoder(encoder, tokenizer)
    codes = [pair.code for pair in pairs]
    others = sorted({text for pair in pairs for text in pair.negatives} - set(codes))
    with torch.autocast(next(encoder.parameters()).device.type, dtype=torch.bfloat16, enabled=bf16):
        found = encode([pair.query for pair in pairs]), encode(codes)
        return mrr_at_10(*found, encode(others) if others else None)


def main() -> None:
    """Run the command; prints the result as JSON."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        raise SystemExit(2 if len(sys.argv) < 2 else 0)
    print(json.dumps(train(read_config(sys.argv[1], sys.argv[2:])), indent=2))


if __name__ == "__main__":
    main()
