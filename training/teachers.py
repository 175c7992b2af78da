"""What a student learns from: cosines of encoders, its own from before, and scores that a slower model gave."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.config import DistillConfig, Teacher
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.precision import Precision
from pgcodesearch.training.tensors import embed_texts

PART = 4_000  # texts embedded between two saves


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class View:
    """An encoder's unit vectors of all queries and codes, (n, its dimension) float32, and its weight in the target."""

    weight: float
    queries: np.ndarray
    codes: np.ndarray


class Scores:
    """Scores of some pairs of a query and a code, in units of their temperature; NaN where there is none."""

    def __init__(self, teacher: Teacher, texts: Texts) -> None:
        """Raises TrainingError for a row that lacks something, and for a file none of whose pairs are in the texts."""
        self.weight = teacher.weight
        numbers: dict[str, list[int]] = {}
        for number, query in enumerate(texts.queries):
            numbers.setdefault(query, []).append(number)
        codes = {code: number for number, code in enumerate(texts.codes)}
        self._known: dict[tuple[int, int], float] = {}
        with open(teacher.scores, encoding="utf-8") as lines:
            for place, line in enumerate(lines, 1):
                row = json.loads(line)
                if not {"query", "code", "score"} <= row.keys():
                    raise TrainingError(
                        f"{teacher.scores}, row {place}: a score needs a query, a code and a score"
                    )
                if row["code"] in codes:
                    for asked in numbers.get(row["query"], ()):
                        self._known[asked, codes[row["code"]]] = float(row["score"]) / teacher.temperature
        if not self._known:
            raise TrainingError(
                f"{teacher.scores} has no score of a query and a code of the texts",
                hint="make it from the same texts: python -m pgcodesearch.training.cross_scores",
            )

    def of(self, codes: np.ndarray, queries: np.ndarray) -> torch.Tensor:
        """(queries, codes) float32 of a batch, by the numbers of both."""
        found = [
            [self._known.get((query, code), np.nan) for code in codes.tolist()] for query in queries.tolist()
        ]
        return torch.tensor(found, dtype=torch.float32).view(len(queries), len(codes))


@dataclass(frozen=True)
class Targets:
    """The views whose cosines are averaged, that of the student last; and the scores."""

    views: list[View]
    scores: list[Scores]

    @classmethod
    def of(cls, config: DistillConfig, texts: Texts, precision: Precision) -> Targets:
        """Ask each encoder, or read what it said; the student is asked once, before it is trained."""
        folder = Path(config.output)
        encoders = [teacher for teacher in config.teachers if teacher.model]
        total = sum(teacher.weight for teacher in encoders)
        own = config.own_share if encoders else 1.0
        asked = [(teacher, (1 - own) * teacher.weight / total) for teacher in encoders]
        asked.append((Teacher(model=config.model, pooling=config.pooling), own))
        views = []
        for teacher, weight in asked:
            if weight or len(asked) == 1:
                queries = vectors(teacher, config, texts.queries, config.query_tokens, folder, precision)
                codes = vectors(teacher, config, texts.codes, config.code_tokens, folder, precision)
                views.append(View(weight, queries, codes))
        return cls(views, [Scores(teacher, texts) for teacher in config.teachers if teacher.scores])

    def cosines(self, codes: np.ndarray, queries: np.ndarray) -> torch.Tensor:
        """(queries, codes) float32: the weighted mean of what the encoders see in a batch, by the numbers of both."""
        seen = [view.weight * view.queries[queries] @ view.codes[codes].T for view in self.views]
        return torch.from_numpy(np.sum(seen, axis=0, dtype=np.float32))


def vectors(
    teacher: Teacher,
    config: DistillConfig,
    texts: Sequence[str],
    max_tokens: int,
    folder: Path,
    precision: Precision,
) -> np.ndarray:
    """A teacher's unit vectors, (n, its dimension) float32, in parts on disk so that a killed run goes on."""
    told = f"{teacher.model} {teacher.pooling} {config.texts} {config.limit} {max_tokens} {len(texts)} {texts[0]}"
    parts = folder / f"vectors-{zlib.crc32(told.encode('utf-8', 'surrogatepass')):08x}"
    parts.mkdir(exist_ok=True)
    files = [parts / f"{start:07d}.npy" for start in range(0, len(texts), PART)]
    if missing := [file for file in files if not file.exists()]:
        tokenizer = load_tokenizer(teacher.model, max_tokens)
        encoder = SentenceEncoder.load(teacher.model, teacher.pooling).to(precision.device).eval()
        for file in missing:
            start = files.index(file) * PART
            with torch.inference_mode():
                found = embed_texts(encoder, tokenizer, texts[start : start + PART], max_tokens, precision)
            np.save(file.with_suffix(".part.npy"), found.cpu().numpy().astype(np.float16))
            file.with_suffix(".part.npy").replace(file)
    return np.concatenate([np.load(file) for file in files]).astype(np.float32)


def kl_divergence(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean Kullback-Leibler divergence of the rows' distributions from those of the target; both are logits."""
    return functional.kl_div(
        torch.log_softmax(found, dim=1), torch.softmax(target, dim=1), reduction="batchmean"
    )


def known_divergence(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The same over the entries whose target is known, not NaN; rows with fewer than two say nothing of an order.

    Both (queries, codes), logits. 0, with gradients of 0, where no row says anything.
    """
    known = ~target.isnan()
    rows = known.sum(dim=1) > 1
    if not rows.any():
        return found.sum() * 0.0
    hidden = torch.finfo(found.dtype).min
    inside = known[rows]
    logs = torch.log_softmax(found[rows].masked_fill(~inside, hidden), dim=1)
    wanted = torch.softmax(target[rows].masked_fill(~inside, hidden), dim=1)
    each = torch.where(inside, torch.xlogy(wanted, wanted) - wanted * logs, 0.0)
    return each.sum() / rows.sum()
