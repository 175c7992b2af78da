"""Teach an encoder the similarities that a larger one sees, without any labels.

    python -m pgcodesearch.training.texts --sources FOLDER --output texts.jsonl --exclude NAMES.txt \
        [--forbidden CODE.json …]
    python -m pgcodesearch.training.distill training/configs/distill-minilm-code-v2.toml [key=value …]

The target is a mean of cosines, those of the teachers and the student's own before training: together several models
rank better than any of them. The student learns, for each query, the distribution over the codes of its batch that this
mean gives (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network"), so only the order and the distances
within a batch count; codes that the first teacher finds alike share a batch. A cross-encoder reads query and code
together and is too slow to ask of every pair: its scores of a few codes a query (``training.cross_scores``) are a
distribution of their own, over those of the batch that have one (Hofstätter et al. 2020, "Improving Efficient Neural
Ranking Models with Cross-Architecture Knowledge Distillation"). With ``int8`` the student is trained with its weights
as they will run (``pgcodesearch.training.fake_quant``).

Reads top to bottom: texts, teachers, student, targets, steps. Writes to the run's folder: vectors-…/ (of each teacher,
in parts; a killed run goes on after the last, and of the student before), state.pt, metrics.jsonl, step-N/ and last/,
and with ``validation`` best/ (Hugging Face folders).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.checkpoint import Progress, Stateful, resume, save_encoder, save_state
from pgcodesearch.training.command import run_config
from pgcodesearch.training.config import DistillConfig, read_distill_config
from pgcodesearch.training.distributed import Processes
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.fake_quant import rounded_weights
from pgcodesearch.training.metrics import JsonLinesSink, MetricsSink
from pgcodesearch.training.optimising import Optimiser, chosen_device, due, seed_step
from pgcodesearch.training.precision import chosen_precision
from pgcodesearch.training.teachers import Targets, Texts, kl_divergence, known_divergence
from pgcodesearch.training.tensors import embed_texts
from pgcodesearch.training.validation import validate, validation_pairs

ALIKE = 24  # codes of one cluster that share a batch
CLUSTER = 40  # codes of a cluster on average


def distill(config: DistillConfig, sink: MetricsSink | None = None) -> dict[str, float]:
    """Run the config to its end; returns its steps and the divergence left on held-out codes."""
    # 1. The run's folder, its random numbers, the texts.
    folder = Path(config.output)
    folder.mkdir(parents=True, exist_ok=True)
    sink = sink or JsonLinesSink(folder / "metrics.jsonl")
    seed_step(config.seed, 0)
    if config.threads:
        torch.set_num_threads(config.threads)
    texts = Texts.read(config.texts, config.limit)
    trained = len(texts.codes) - config.held_out
    if trained < config.batch_size:
        raise TrainingError(
            f"{config.texts} has {len(texts.codes)} codes: too few for a batch beside {config.held_out} held out"
        )

    # 2. Student, optimiser.
    device = chosen_device(config.device)
    tokenizer = load_tokenizer(config.model, config.code_tokens)
    encoder = SentenceEncoder.load(config.model, config.pooling).to(device)
    encoder.backbone.get_input_embeddings().requires_grad_(False)
    total = config.epochs * (trained // config.batch_size)
    precision = chosen_precision(config.precision, device)
    optimiser = Optimiser([encoder], config, total, precision)
    parts: dict[str, Stateful] = {"encoder": encoder, "optimiser": optimiser}

    # 3. What the teachers see in the texts, and what the student saw before.
    targets = Targets.of(config, texts, precision)

    def divergence(codes: np.ndarray, queries: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of a batch, and the part of it that is reported: rows of queries against codes."""
        target = targets.cosines(codes, queries).to(device)
        asked = [texts.queries[number] for number in queries]
        answers = [texts.codes[number] for number in codes]
        found = (
            embed_texts(encoder, tokenizer, asked, config.query_tokens, precision)
            @ embed_texts(encoder, tokenizer, answers, config.code_tokens, precision).T
        )
        rows = kl_divergence(found / config.temperature, target / config.temperature)
        # Cosines must also keep their scale, up to a shift: searches standardise them by one mean and deviation.
        scale = functional.mse_loss(found - found.mean(), target - target.mean())
        turned = kl_divergence(found.T / config.temperature, target.T / config.temperature)
        loss = rows + 0.3 * turned + 30 * scale
        for scores in targets.scores:
            known = scores.of(codes, queries).to(device)
            loss = loss + scores.weight * known_divergence(found / config.temperature, known)
        return loss, rows

    as_int8 = (lambda: rounded_weights(encoder.backbone)) if config.int8 else contextlib.nullcontext

    def held_out() -> float:
        codes = np.arange(trained, len(texts.codes))
        some = [codes[start : start + 200] for start in range(0, len(codes), 200)]
        with torch.inference_mode(), as_int8():
            return float(np.mean([divergence(part, texts.first[part])[1].item() for part in some]))

    def save(name: str) -> None:
        # Rounded weights are the model; the exact ones only gather the steps that are too small to see.
        with as_int8():
            save_encoder(encoder, tokenizer, config, folder / name)

    pairs = (
        validation_pairs(config.validation, config.validation_limit, config.seed) if config.validation else []
    )

    def choose() -> None:
        """Keep the weights as best/ where they rank the validation pairs better than any before."""
        if pairs:
            with as_int8():
                mrr = validate(encoder, tokenizer, pairs, config.precision)
            sink({"step": state.step, "validation_mrr": mrr})
            if state.step == 0:
                state.base_mrr = mrr
            if mrr > state.best_mrr:
                state.best_mrr, state.best_step = mrr, state.step
                save("best")

    # 4. Steps; a killed run goes on after its last checkpoint.
    state = Progress()
    if (folder / "state.pt").exists():
        state = resume(folder / "state.pt", config, parts)
    else:
        sink({"step": 0, "held_out": held_out()})
        choose()
    groups, started = clusters(targets.views[0].codes[:trained], config.seed), time.monotonic()
    for number, codes in enumerate(batches(groups, config, total)):
        if number < state.step:
            continue
        seed_step(config.seed, state.step)
        with as_int8():
            loss, reported = divergence(codes, queries_of(texts, codes, config.seed + number))
            optimiser.scale(loss).backward()
        optimiser.step(state.step, Processes())
        state.step += 1
        if due(state.step, config.metrics_every):
            record = {"step": state.step, "loss": loss.item(), "divergence": reported.item()}
            sink(record | {"seconds": time.monotonic() - started})
        if due(state.step, config.checkpoint_every) or state.step == total:
            sink({"step": state.step, "held_out": held_out()})
            choose()
            save(f"step-{state.step}")
            save_state(folder / "state.pt", config, state, parts)
    result: dict[str, float] = {"steps": state.step, "held_out": held_out()}
    if pairs:
        result |= {"base_mrr": state.base_mrr, "best_mrr": state.best_mrr, "best_step": state.best_step}
    save("last")
    return result


def clusters(vectors: np.ndarray, seed: int) -> list[np.ndarray]:
    """Row numbers of unit vectors that lie together, by five rounds of spherical k-means."""
    chance = np.random.default_rng(seed)
    centres = vectors[chance.choice(len(vectors), max(1, len(vectors) // CLUSTER), replace=False)]
    for _ in range(5):
        nearest = np.concatenate(
            [np.argmax(vectors[at : at + 5000] @ centres.T, axis=1) for at in range(0, len(vectors), 5000)]
        )
        for number in range(len(centres)):
            if (members := vectors[nearest == number]).size:
                centres[number] = members.mean(axis=0) / np.linalg.norm(members.mean(axis=0))
    return [np.flatnonzero(nearest == number) for number in range(len(centres))]


def batches(groups: Sequence[np.ndarray], config: DistillConfig, total: int) -> Iterator[np.ndarray]:
    """``total`` batches of code numbers, the same for the same seed: pieces of clusters in random order."""
    made, epoch = 0, 0
    while made < total:
        chance = np.random.default_rng([config.seed, epoch])
        pieces = []
        for group in groups:
            shuffled = chance.permutation(group)
            pieces += [shuffled[start : start + ALIKE] for start in range(0, len(group), ALIKE)]
        flat = np.concatenate([pieces[number] for number in chance.permutation(len(pieces))])
        for start in range(0, len(flat) - config.batch_size + 1, config.batch_size):
            if made < total:
                yield flat[start : start + config.batch_size]
            made += 1
        epoch += 1


def queries_of(texts: Texts, codes: np.ndarray, seed: int) -> np.ndarray:
    """Numbers of two queries of each code, or of as many as it has."""
    chance = np.random.default_rng(seed)
    return np.concatenate(
        [chance.permutation(np.arange(texts.first[code], texts.first[code + 1]))[:2] for code in codes]
    )


def main() -> None:
    """Run the command; prints the result as JSON."""
    run_config(__doc__, read_distill_config, distill)


if __name__ == "__main__":
    main()
