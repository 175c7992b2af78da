"""Teach an encoder the similarities that a larger one sees, without any labels.

    python -m pgcodesearch.training.texts --sources FOLDER --output texts.jsonl --exclude NAMES.txt \
        [--forbidden CODE.json …]
    python -m pgcodesearch.training.distill training/configs/distill-minilm-code-v2.toml [key=value …]

The target is the mean of two cosines, the teacher's and the student's own before training: together two models rank
better than either. The student learns, for each query, the distribution over the codes of its batch that this mean
gives (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network"), so only the order and the distances within a
batch count; codes that the teacher finds alike share a batch. With ``int8`` the student is trained with its weights as
they will run (``pgcodesearch.training.fake_quant``).

Reads top to bottom: texts, teacher, student, targets, steps. Writes to the run's folder: teacher/ (its vectors, in
parts; a killed run goes on after the last), own.npz (the student's before), state.pt, metrics.jsonl, step-N/ and last/
(Hugging Face folders).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.checkpoint import Progress, Stateful, resume, save_encoder, save_state
from pgcodesearch.training.config import DistillConfig, read_distill_config
from pgcodesearch.training.distributed import Processes
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer, load_tokenizer
from pgcodesearch.training.fake_quant import rounded_weights
from pgcodesearch.training.metrics import JsonLinesSink, MetricsSink
from pgcodesearch.training.optimising import Optimiser, due, seed_step
from pgcodesearch.training.precision import Precision, chosen_precision
from pgcodesearch.training.tensors import to_tensors

PART = 4_000  # texts embedded between two saves
PIECE = 48  # texts of like length that go through a model together
ALIKE = 24  # codes of one cluster that share a batch
CLUSTER = 40  # codes of a cluster on average


@dataclasses.dataclass(frozen=True)
class Texts:
    """Codes, and the queries of each: those of code i are ``queries[first[i]:first[i + 1]]``."""

    codes: list[str]
    queries: list[str]
    first: np.ndarray  # (codes + 1,) int64

    @classmethod
    def read(cls, path: str | Path, limit: int = 0) -> Texts:
        """JSON Lines with ``code`` and ``queries``, at most ``limit`` rows; raises TrainingError for none."""
        with open(path, encoding="utf-8") as lines:
            rows = [json.loads(line) for _, line in zip(range(limit or 10**9), lines, strict=False)]
        if not rows:
            raise TrainingError(f"{path} holds no texts")
        counts = [len(row["queries"]) for row in rows]
        return cls(
            [row["code"] for row in rows],
            [query for row in rows for query in row["queries"]],
            np.concatenate([[0], np.cumsum(counts)]),
        )


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

    # 2. What the teacher sees in them.
    teacher_codes = teacher_vectors(config, texts.codes, "code", config.code_tokens)
    teacher_queries = teacher_vectors(config, texts.queries, "query", config.query_tokens)

    # 3. Student, optimiser, schedule.
    tokenizer = load_tokenizer(config.model, config.code_tokens)
    encoder = SentenceEncoder.load(config.model, config.pooling)
    encoder.backbone.get_input_embeddings().requires_grad_(False)
    total = config.epochs * (trained // config.batch_size)
    precision = chosen_precision(config.precision, torch.device("cpu"))
    optimiser = Optimiser([encoder], config, total, precision)
    parts: dict[str, Stateful] = {"encoder": encoder, "optimiser": optimiser}

    # 4. What the student saw before, once; it is half of the target.
    own = folder / "own.npz"
    if not own.exists():
        with torch.inference_mode():
            codes = embed(encoder, tokenizer, texts.codes, config.code_tokens, precision)
            queries = embed(encoder, tokenizer, texts.queries, config.query_tokens, precision)
        np.savez(own, codes=codes.numpy(), queries=queries.numpy())
    own_vectors = np.load(own)
    views = [
        (config.teacher_share, teacher_queries, teacher_codes),
        (1 - config.teacher_share, own_vectors["queries"], own_vectors["codes"]),
    ]

    def divergence(codes: np.ndarray, queries: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of a batch, and the part of it that is reported: rows of queries against codes."""
        target = sum(share * torch.from_numpy(q[queries] @ c[codes].T) for share, q, c in views)
        found = (
            embed(encoder, tokenizer, [texts.queries[i] for i in queries], config.query_tokens, precision)
            @ embed(encoder, tokenizer, [texts.codes[i] for i in codes], config.code_tokens, precision).T
        )
        rows = _divergence(found, target, config.temperature)
        # Cosines must also keep their scale, up to a shift: searches standardise them by one mean and deviation.
        scale = functional.mse_loss(found - found.mean(), target - target.mean())
        return rows + 0.3 * _divergence(found.T, target.T, config.temperature) + 30 * scale, rows

    as_int8 = (lambda: rounded_weights(encoder.backbone)) if config.int8 else contextlib.nullcontext

    def held_out() -> float:
        codes = np.arange(trained, len(texts.codes))
        parts = [codes[start : start + 200] for start in range(0, len(codes), 200)]
        with torch.inference_mode(), as_int8():
            return float(np.mean([divergence(part, texts.first[part])[1].item() for part in parts]))

    def save(name: str) -> None:
        # Rounded weights are the model; the exact ones only gather the steps that are too small to see.
        with as_int8():
            save_encoder(encoder, tokenizer, config, folder / name)

    # 5. Steps; a killed run goes on after its last checkpoint.
    state = Progress()
    if (folder / "state.pt").exists():
        state = resume(folder / "state.pt", config, parts)
    else:
        sink({"step": 0, "held_out": held_out()})
    groups, started = clusters(teacher_codes[:trained], config.seed), time.monotonic()
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
            save(f"step-{state.step}")
            save_state(folder / "state.pt", config, state, parts)
    result = {"steps": state.step, "held_out": held_out()}
    save("last")
    return result


def teacher_vectors(config: DistillConfig, texts: Sequence[str], kind: str, max_tokens: int) -> np.ndarray:
    """The teacher's unit vectors, (n, its dimension) float32, in parts on disk so that a killed run goes on."""
    folder = Path(config.output) / "teacher"
    folder.mkdir(exist_ok=True)
    files = [folder / f"{kind}-{start:07d}.npy" for start in range(0, len(texts), PART)]
    if missing := [file for file in files if not file.exists()]:
        tokenizer = load_tokenizer(config.teacher, max_tokens)
        precision = chosen_precision(config.precision, torch.device("cpu"))
        encoder = SentenceEncoder.load(config.teacher)
        for file in missing:
            start = files.index(file) * PART
            with torch.inference_mode():
                found = embed(encoder, tokenizer, texts[start : start + PART], max_tokens, precision)
            np.save(file.with_suffix(".part.npy"), found.numpy().astype(np.float16))
            file.with_suffix(".part.npy").replace(file)
    return np.concatenate([np.load(file) for file in files])[: len(texts)].astype(np.float32)


def embed(
    encoder: SentenceEncoder,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    max_tokens: int,
    precision: Precision,
) -> torch.Tensor:
    """(n, dimension) unit vectors with their gradients; texts of like length go together, which spares padding."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    parts = []
    for start in range(0, len(order), PIECE):
        piece = [texts[index] for index in order[start : start + PIECE]]
        with precision.autocast():
            parts.append(encoder(*to_tensors(tokenizer, piece, max_tokens)))
    places = torch.empty(len(order), dtype=torch.int64)
    places[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(parts)[places]


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


def _divergence(found: torch.Tensor, target: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean Kullback-Leibler divergence of the rows' distributions from those of the target."""
    return functional.kl_div(
        torch.log_softmax(found / temperature, dim=1),
        torch.softmax(target / temperature, dim=1),
        reduction="batchmean",
    )


def main() -> None:
    """Run the command; prints the result as JSON."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        raise SystemExit(2 if len(sys.argv) < 2 else 0)
    print(json.dumps(distill(read_distill_config(sys.argv[1], sys.argv[2:])), indent=2))


if __name__ == "__main__":
    main()
