"""Does a graph give what the PyTorch model gives, and does it rank as well?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from pgcodesearch.evaluating.ranking import answer_ranks
from pgcodesearch.training.data import read_pairs
from pgcodesearch.training.encoder import SentenceEncoder, Tokenizer

BATCH = 8


def load_samples() -> list[str]:
    """Texts to compare graphs on: this package's own source in pieces, and a few odd ones."""
    lines: list[str] = []
    for source in sorted(Path(__file__).parent.glob("*.py")):
        lines.extend(source.read_text(encoding="utf-8").splitlines())
    pieces = ["\n".join(lines[start : start + 12]) for start in range(0, len(lines), 12)]
    return [*pieces[:96], "", "x", "where are redirects followed", "größte Länge 漢字 🎉", "word " * 600]


def graph_encoder(path: Path, tokenizer: Tokenizer) -> Callable[[Sequence[str]], np.ndarray]:
    """A function from texts to (n, dimension) float32 by the ONNX graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(texts: Sequence[str]) -> np.ndarray:
        tokens = tokenizer(list(texts), padding=True, truncation=True, return_tensors="np")
        feeds = {name: tokens[name].astype(np.int64) for name in ("input_ids", "attention_mask")}
        return session.run(None, feeds)[0]

    return lambda texts: in_batches(run, texts)


def torch_encoder(encoder: SentenceEncoder, tokenizer: Tokenizer) -> Callable[[Sequence[str]], np.ndarray]:
    """A function from texts to (n, dimension) float32 by PyTorch, without gradients."""
    device = next(encoder.parameters()).device

    @torch.no_grad()
    def run(texts: Sequence[str]) -> np.ndarray:
        tokens = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        return encoder(tokens["input_ids"].to(device), tokens["attention_mask"].to(device)).cpu().numpy()

    return lambda texts: in_batches(run, texts)


def in_batches(run: Callable[[Sequence[str]], np.ndarray], texts: Sequence[str]) -> np.ndarray:
    """Apply ``run`` to texts of similar length together; the order of the texts is kept."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    parts = [run([texts[i] for i in order[start : start + BATCH]]) for start in range(0, len(order), BATCH)]
    stacked = np.vstack(parts)
    result = np.empty_like(stacked)
    result[order] = stacked
    return result


def compare_graphs(
    encoder: SentenceEncoder, tokenizer: Tokenizer, graph: Path, texts: Sequence[str], prefix: str
) -> dict[str, float]:
    """Largest absolute difference, lowest and mean cosine between a graph and PyTorch, keys prefixed."""
    expected = torch_encoder(encoder, tokenizer)(texts)
    actual = graph_encoder(graph, tokenizer)(texts)
    cosines = (expected * actual).sum(axis=1)
    return {
        f"{prefix}_difference": float(np.abs(expected - actual).max()),
        f"{prefix}_cosine": float(cosines.min()),
        f"{prefix}_cosine_mean": float(cosines.mean()),
    }


def retrieval_ranks(graph: Path, tokenizer: Tokenizer, pairs: Path) -> np.ndarray:
    """:func:`reciprocal_ranks` of the pairs of a file that :func:`read_pairs` reads."""
    rows = read_pairs(pairs)
    encode = graph_encoder(graph, tokenizer)
    return reciprocal_ranks(encode([row.query for row in rows]), encode([row.code for row in rows]))


def mrr_at_10(queries: np.ndarray, codes: np.ndarray, others: np.ndarray | None = None) -> float:
    """The mean of :func:`reciprocal_ranks`."""
    return float(reciprocal_ranks(queries, codes, others).mean())


def reciprocal_ranks(queries: np.ndarray, codes: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """(n,) reciprocal ranks, 0 below 10, where code i answers query i; both (n, dimension), unit length.

    others: (m, dimension), codes that answer none of the queries. A tie counts against the right answer.
    """
    ranks = answer_ranks(queries, codes, others)
    return np.where(ranks <= 10, 1.0 / ranks, 0.0)
