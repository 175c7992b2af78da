"""What a system under measurement must offer, and the data all of them are given.

A system lives in a process of its own (see ``measure.py``), so that its memory can be read off the
process and no garbage collector or thread pool of one system disturbs another.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CANDIDATES = 50  # of each leg, before fusion
RESULTS = 10
RRF_K = 60
# The graph of every HNSW index, the same as the product's defaults vector.m and vector.ef_construction.
HNSW_M = 32
HNSW_EF_CONSTRUCTION = 200


@dataclass(frozen=True)
class Corpus:
    """Chunks as every system gets them.

    ``ids`` are chunk ids (int64, n), ``tokens`` one string of blank-separated terms a chunk, made by the
    product's own tokenizer, ``vectors`` float32 (n, dimension) of unit length.
    """

    ids: np.ndarray
    tokens: list[str]
    vectors: np.ndarray


@dataclass(frozen=True)
class Query:
    """One query: its class (``identifier`` or ``language``), raw text, terms, and unit-length vector."""

    kind: str
    text: str
    tokens: str
    vector: np.ndarray


class System(ABC):
    """Build an index in a folder, open it, answer queries with chunk ids, best first."""

    name: str = ""
    version: str = ""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.settings = settings

    @abstractmethod
    def build(self, corpus: Corpus) -> None:
        """Index the corpus; the caller takes the time."""

    @abstractmethod
    def open(self) -> None:
        """Make ready to answer, after ``build`` in this or in another process."""

    @abstractmethod
    def search(self, query: Query) -> list[int]:
        """The ten best chunk ids."""

    def nearest(self, query: Query) -> list[int] | None:
        """The ten nearest by vector alone, for recall; None where the system has no such leg."""
        return None

    def disk_bytes(self) -> int:
        """Bytes of the files in the system's folder."""
        return folder_bytes(self.folder)

    def other_processes(self) -> list[int]:
        """Process ids, besides the one that asks, whose memory belongs to the system."""
        return []


def folder_bytes(folder: Path) -> int:
    """Bytes of all the files under ``folder``."""
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(folder) for f in files)


def reciprocal_rank_fusion(*legs: list[int]) -> list[int]:
    """Fuse ranked lists by the sum of 1 / (60 + rank) (Cormack, Clarke and Buettcher, 2009); ties by id."""
    scores: dict[int, float] = {}
    for leg in legs:
        for rank, chunk_id in enumerate(leg, 1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + 1.0 / (RRF_K + rank)
    return sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))[:RESULTS]
