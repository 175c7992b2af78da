"""Scores of a cross-encoder, which reads a query and a code together, for a student to learn from.

    python -m pgcodesearch.training.cross_scores --model FOLDER --retriever FOLDER --texts texts.jsonl \\
        --output scores.jsonl [--limit N] [--candidates 15]

It sees more than two vectors can say, and a pair takes it as long as a text takes an encoder. So each query is scored
with its own code and with the few that ``--retriever`` puts nearest: those that are hard to tell apart.
Interrupted, it goes on after the last query that it wrote.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification

from pgcodesearch.errors import TrainingError
from pgcodesearch.training.command import mendable_errors
from pgcodesearch.training.encoder import SentenceEncoder, load_tokenizer
from pgcodesearch.training.optimising import chosen_device
from pgcodesearch.training.precision import chosen_precision
from pgcodesearch.training.teachers import Texts
from pgcodesearch.training.tensors import embed_texts

_PAIRS_AT_ONCE = 32
_QUERY_TOKENS, _CODE_TOKENS = 48, 256


class CrossEncoder:
    """A local sequence classifier with one output: the higher, the better the code answers the query."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Raises TrainingError for a classifier with several outputs."""
        self._model = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True)
        if self._model.config.num_labels != 1:
            raise TrainingError(
                f"{folder} has {self._model.config.num_labels} outputs, and a cross-encoder has one"
            )
        self._model = self._model.to(device).eval()
        self._tokenizer = load_tokenizer(folder, _QUERY_TOKENS + _CODE_TOKENS)
        self._precision = chosen_precision("auto", device)

    @torch.inference_mode()
    def scores(self, query: str, codes: list[str]) -> list[float]:
        """A score of each code; where query and code are too long together, the code is cut."""
        found: list[float] = []
        for start in range(0, len(codes), _PAIRS_AT_ONCE):
            some = codes[start : start + _PAIRS_AT_ONCE]
            tokens = self._tokenizer(
                [query] * len(some), some, padding=True, truncation="only_second", return_tensors="pt"
            ).to(self._precision.device)
            with self._precision.autocast():
                found += self._model(**tokens).logits.squeeze(1).float().tolist()
        return found


def score_texts(
    model: Path, retriever: Path, texts: Texts, output: Path, candidates: int = 15, device: str = ""
) -> int:
    """Append a line for each query and each of its codes; returns how many queries were scored now."""
    chosen = chosen_device(device)
    done = _queries_done(output)
    cross = CrossEncoder(model, chosen)
    made = 0
    with output.open("a", encoding="utf-8") as out:
        for query, codes in candidates_of(retriever, texts, candidates, chosen):
            if query in done:
                continue
            rows = zip(codes, cross.scores(query, codes), strict=True)
            out.write("".join(
                json.dumps({"query": query, "code": code, "score": round(score, 5)}, ensure_ascii=False) + "\n"
                for code, score in rows
            ))  # fmt: skip
            out.flush()
            made += 1
    return made


def candidates_of(
    retriever: Path, texts: Texts, count: int, device: torch.device
) -> Iterator[tuple[str, list[str]]]:
    """Each query once, with its own code first and then the ``count`` others that lie nearest."""
    tokenizer = load_tokenizer(retriever, _CODE_TOKENS)
    encoder = SentenceEncoder.load(retriever).to(device).eval()
    precision = chosen_precision("auto", device)
    owner = np.repeat(np.arange(len(texts.codes)), np.diff(texts.first))
    first = {query: number for number, query in reversed(list(enumerate(texts.queries)))}
    with torch.inference_mode():
        codes = embed_texts(encoder, tokenizer, texts.codes, _CODE_TOKENS, precision)
        for query, number in sorted(first.items(), key=lambda item: item[1]):
            vector = embed_texts(encoder, tokenizer, [query], _QUERY_TOKENS, precision)
            near = (vector @ codes.T)[0].topk(min(count + 1, len(texts.codes))).indices.tolist()
            own = int(owner[number])
            others = [place for place in near if place != own][:count]
            yield query, [texts.codes[place] for place in [own, *others]]


def _queries_done(output: Path) -> set[str]:
    """Queries with all of their lines; a line that a kill cut off, and those of its query, are taken away."""
    if not output.exists():
        return set()
    rows = []
    for line in output.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    if not rows:
        output.write_text("")
        return set()
    # Whether the last query is whole is not known: it is scored again.
    kept = [row for row in rows if row["query"] != rows[-1]["query"]]
    scratch = output.with_suffix(".tmp")
    scratch.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), encoding="utf-8")
    scratch.replace(output)
    return {row["query"] for row in kept}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m pgcodesearch.training.cross_scores", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="local folder of a cross-encoder")
    parser.add_argument("--retriever", type=Path, required=True, help="local folder of an encoder")
    parser.add_argument("--texts", type=Path, required=True, help="of training.texts")
    parser.add_argument("--output", type=Path, required=True, help="JSON Lines to append to")
    parser.add_argument("--limit", type=int, default=0, help="rows of texts at most")
    parser.add_argument("--candidates", type=int, default=15, help="codes of a query beside its own")
    options = parser.parse_args()
    with mendable_errors():
        texts = Texts.read(options.texts, options.limit)
        made = score_texts(options.model, options.retriever, texts, options.output, options.candidates)
    print(f"{made} queries scored")


if __name__ == "__main__":
    main()
