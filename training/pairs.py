"""Make training pairs from unpacked packages, with the texts that the product embeds.

    python -m pgcodesearch.training.pairs --sources FOLDER --output FOLDER --exclude NAMES.txt [--forbidden CODE.json …]

FOLDER/<registry>_<package>/ is one repository each; whole repositories are held out for validation.
Writes train.jsonl, validation.jsonl and report.json. Code nearly like code in a ``--forbidden`` file
(a JSON object whose keys are code) or folder (of source files) never becomes a pair.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from pgcodesearch.chunking import chunk_file
from pgcodesearch.training.chunk_pairs import KINDS, queries_of_chunk
from pgcodesearch.training.data import Pair, write_pairs
from pgcodesearch.training.forbidden import read_forbidden
from pgcodesearch.training.sources import read_exclusions, repositories, source_files
from pgcodesearch.words.near_duplicates import NearDuplicates

NEGATIVES = 3


def pairs_of_repository(
    repository: Path, exclusions: set[str], forbidden: NearDuplicates, files: int, limit: int, seed: int
) -> list[Pair]:
    """At most ``limit`` pairs from at most ``files`` files of a repository, without duplicate queries."""
    shuffle = random.Random(f"{seed} {repository.name}")
    found: dict[str, Pair] = {}
    own = NearDuplicates(share=0.9)
    for path, content in source_files(repository, exclusions, files, seed):
        chunks = [chunk for chunk in chunk_file(path, content).chunks if chunk.kind in KINDS]
        for chunk in chunks:
            if forbidden.holds_like(chunk.content) or own.holds_like(chunk.content):
                continue
            own.add(chunk.content)
            others = [other.texts[0].text for other in chunks if other.symbol != chunk.symbol]
            for _, query, code in queries_of_chunk(chunk, shuffle):
                negatives = shuffle.sample(others, min(NEGATIVES, len(others)))
                found.setdefault(query.lower(), Pair(query, code, negatives, repository.name))
    pairs = list(found.values())
    shuffle.shuffle(pairs)
    return pairs[:limit]


def split(pairs: dict[str, list[Pair]], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Training and validation pairs; a repository is in one of them only."""
    names = sorted(name for name, rows in pairs.items() if rows)
    held_out = set(random.Random(seed).sample(names, round(share * len(names))))
    train = [pair for name in names if name not in held_out for pair in pairs[name]]
    return train, [pair for name in sorted(held_out) for pair in pairs[name]]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m pgcodesearch.training.pairs", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--exclude", type=Path, required=True, help="names that may never be training data")
    parser.add_argument("--forbidden", type=Path, nargs="*", default=[], help="JSON of code, or folders")
    parser.add_argument("--files", type=int, default=80, help="files of one repository at most")
    parser.add_argument("--limit", type=int, default=300, help="pairs of one repository at most")
    parser.add_argument("--held-out", type=float, default=0.06, help="share of repositories for validation")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    exclusions, forbidden = read_exclusions(options.exclude), read_forbidden(options.forbidden)
    pairs = {
        repository.name: pairs_of_repository(
            repository, exclusions, forbidden, options.files, options.limit, options.seed
        )
        for repository in repositories(options.sources, exclusions)
    }
    train, validation = split(pairs, options.held_out, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    write_pairs(options.output / "train.jsonl", train)
    write_pairs(options.output / "validation.jsonl", validation)
    groups = [Counter(pair.group for pair in part) for part in (train, validation)]
    settings = {key: str(value) for key, value in vars(options).items()}
    report = {"train": groups[0], "validation": groups[1], "settings": settings}
    (options.output / "report.json").write_text(json.dumps(report, indent=1))
    print(
        f"{len(train)} pairs of {len(groups[0])} repositories to train on, "
        f"{len(validation)} of {len(groups[1])} to validate"
    )


if __name__ == "__main__":
    main()
