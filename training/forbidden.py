"""Code that must not come back as training data, whatever its repository is called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pgcodesearch.chunking import chunk_file
from pgcodesearch.training.chunk_pairs import KINDS
from pgcodesearch.training.sources import CODE_SUFFIXES
from pgcodesearch.words.near_duplicates import NearDuplicates


def read_forbidden(paths: Sequence[Path]) -> NearDuplicates:
    """Code that must not come back as training data, from JSON keys or source folders."""
    forbidden = NearDuplicates()
    for path in paths:
        if path.is_file():
            forbidden.update(json.loads(path.read_text(encoding="utf-8")))
            continue
        for file in sorted(path.rglob("*")):
            if file.suffix in CODE_SUFFIXES and file.is_file():
                content = file.read_text(encoding="utf-8", errors="replace")
                forbidden.update(
                    chunk.content for chunk in chunk_file(file.name, content).chunks if chunk.kind in KINDS
                )
    return forbidden
